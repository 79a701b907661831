package dev.caravan.job.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.amqp.AmqpException;
import org.springframework.beans.BeanUtils;

/** The routes of schedules as they are in {@code routes/}, and the component; Redis and the broker are played. */
@Timeout(120)
class SchedulesRoutesTest {
    private final FileSchedules files = new FileSchedules(mock());
    private final ScheduleFirings firings = mock();
    private final JobSubmissions submissions =
            new JobSubmissions(Settings.defaults(), new JobTypes(new DefaultCamelContext()));
    private final List<JobTransition> submitted = new CopyOnWriteArrayList<>();
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private DefaultCamelContext context;

    @BeforeEach
    void start() throws Exception {
        when(firings.due()).thenReturn(List.of());
        when(firings.submission(any())).thenAnswer(call -> {
            Firing firing = call.getArgument(0);
            return submissions.fired(
                    firing.name(),
                    firing.time(),
                    "report",
                    files.payload(firing),
                    firing.schedule().grace());
        });
        context = new DefaultCamelContext();
        context.getRegistry().bind("fileSchedules", files);
        context.getRegistry().bind("scheduleFirings", firings);
        context.addComponent("schedule", new ScheduleComponent(files, Settings.defaults()));
        context.getPropertiesComponent().addPropertiesFunction(new EveryRole());
        context.addRoutesConfigurations((org.apache.camel.RouteConfigurationsBuilder)
                BeanUtils.instantiateClass(Class.forName("dev.caravan.routes.FailurePolicies")));
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.resolveResource(
                        context, "file:src/main/resources/routes/engine/schedules.camel.yaml"));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:jobs-submit").process(exchange -> {
                    if (failure.get() != null) {
                        exchange.setVariable("claimed", true);
                        throw failure.get();
                    }
                    submitted.add(exchange.getMessage().getBody(JobTransition.class));
                });
                from("schedule:nightly?type=report&cron=0 0 2 * * *&zone=Europe/Paris&overlap=allow")
                        .routeId("schedule-nightly")
                        .description("A report")
                        .setBody(simple("{\"at\":\"${header.scheduledTime}\",\"by\":\"${header.scheduleName}\"}"));
            }
        });
        context.start();
    }

    @AfterEach
    void stop() throws IOException {
        context.close();
    }

    private static final class EveryRole implements PropertiesFunction {
        @Override
        public String getName() {
            return "role";
        }

        @Override
        public String apply(String role) {
            return "true";
        }
    }

    @Test
    void theRouteOfAScheduleMakesThePayloadOfItsJob() {
        Schedule schedule = files.get("nightly");
        assertThat(schedule)
                .isEqualTo(ScheduleTest.schedule(
                        "cron", "0 0 2 * * *", "zone", "Europe/Paris", "overlap", "allow", "description", "A report"));
        Firing firing = new Firing(schedule, schedule.next(0), false);
        when(firings.due()).thenReturn(List.of(firing)).thenReturn(List.of());

        await().until(() -> submitted.size() == 1);
        assertThat(submitted.get(0).job().id()).isEqualTo(firing.jobId());
        assertThat(submitted.get(0).job().payload()).isEqualTo("{\"at\":\"1970-01-01T01:00:00Z\",\"by\":\"nightly\"}");
        verify(firings, timeout(5000)).submitted(firing, firing.jobId());
        verify(firings, never()).failed(any(), any(), any());
        assertThat(context.getInflightRepository().size("schedule-nightly")).isZero();
    }

    @Test
    void aFailureStopsNeitherTheOthersNorTheNext() {
        Schedule schedule = files.get("nightly");
        Firing one = new Firing(schedule, 1, false);
        Firing two = new Firing(schedule, 2, false);
        failure.set(new AmqpException("away"));
        when(firings.due()).thenReturn(List.of(one, two)).thenReturn(List.of());
        verify(firings, timeout(5000)).failed(eq(one), any(AmqpException.class), eq(true));
        verify(firings, timeout(5000)).failed(eq(two), any(AmqpException.class), eq(true));
        verify(firings, timeout(5000).atLeast(3)).due();
    }

    @Test
    void aScheduleIsThereWhileItsRouteRuns() throws Exception {
        context.getRouteController().stopRoute("schedule-nightly");
        assertThat(files.get("nightly")).isNull();
        context.getRouteController().startRoute("schedule-nightly");
        assertThat(files.get("nightly")).isNotNull();
        context.getRouteController().suspendRoute("schedule-nightly");
        assertThat(files.get("nightly")).isNull();
    }

    @Test
    void whatIsNoPayloadIsAFailure() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("schedule:broken?type=report&every=1s").setBody(constant("{no json"));
                from("schedule:empty?type=report&every=1s").log("nothing");
                from("schedule:worse?type=report&every=1s").process(exchange -> {
                    throw new StackOverflowError();
                });
            }
        });
        assertThatThrownBy(() -> files.payload(new Firing(files.get("broken"), 1, false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The body is not JSON");
        assertThat(files.payload(new Firing(files.get("empty"), 1, false))).isNull();
        assertThatThrownBy(() -> files.payload(new Firing(files.get("worse"), 1, false)))
                .hasStackTraceContaining("StackOverflowError");
        assertThat(context.getInflightRepository().size()).isZero();
    }

    @Test
    void saysWhatIsWrongWhenItIsBuilt() {
        assertThatThrownBy(() -> context.getEndpoint("schedule:nightly?type=report&cron=0 0 2 * *"))
                .rootCause()
                .hasMessageContaining("Cron expression must consist of 6 fields");
        assertThatThrownBy(() -> context.getEndpoint("schedule:nightly?type=report&every=1s&overlap=kill"))
                .rootCause()
                .hasMessageContaining("overlap must be one of");
    }
}
