package dev.caravan.job.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.RouteConfigurationsBuilder;
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

/** The routes of batches as they are in {@code routes/}; Redis and the broker are played. */
@Timeout(120)
class BatchesRoutesTest {
    private static final int SOON = 30_000;

    private final Batch batch = new Batch("b-1", Map.of(), 0, 0);
    private final BatchCallbacks callbacks = mock();
    private final OpenMembers open = mock();
    private final JobSubmissions submissions =
            new JobSubmissions(Settings.defaults(), new JobTypes(new DefaultCamelContext()));
    private final JobTransition submission = submissions.calledBack("b-1", "hello", "{}", "ada", JobOptions.NONE);
    private final String id = submission.job().id();
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private final BlockingQueue<JobTransition> cancelled = new LinkedBlockingQueue<>();
    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void load() throws Exception {
        when(callbacks.due()).thenReturn(List.of(batch)).thenReturn(List.of());
        when(callbacks.submission(batch)).thenReturn(submission);
        when(open.check()).thenReturn(List.of());
        context.getRegistry().bind("batchCallbacks", callbacks);
        context.getRegistry().bind("openMembers", open);
        context.getPropertiesComponent().addPropertiesFunction(new EveryRole());
        context.addRoutesConfigurations((RouteConfigurationsBuilder)
                BeanUtils.instantiateClass(Class.forName("dev.caravan.routes.FailurePolicies")));
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.resolveResource(
                        context, "file:src/main/resources/routes/engine/batches.camel.yaml"));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:jobs-submit").process(exchange -> {
                    if (failure.get() != null) {
                        exchange.setVariable("claimed", true);
                        throw failure.get();
                    }
                });
                from("direct:jobs-cancel")
                        .process(exchange -> cancelled.add(exchange.getMessage().getBody(JobTransition.class)));
            }
        });
    }

    @AfterEach
    void stop() {
        context.stop();
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
    void theCallbackJobThatIsAcceptedIsNoted() {
        context.start();

        verify(callbacks, timeout(SOON)).submitted(batch, id);
        verify(callbacks, never()).failed(any(), any(), any(), any());
    }

    @Test
    void ofOneThatFailedItIsKnownWhetherAWorkerHasIt() {
        AmqpException away = new AmqpException("away");
        failure.set(away);
        context.start();

        verify(callbacks, timeout(SOON)).failed(batch, away, id, true);
        verify(callbacks, never()).submitted(any(), any());
    }

    @Test
    void aCallbackJobThatCannotBeMadeHasNoId() {
        IllegalStateException why = new IllegalStateException("no payload");
        when(callbacks.submission(batch)).thenThrow(why);
        context.start();

        verify(callbacks, timeout(SOON)).failed(eq(batch), eq(why), any(), any());
    }

    @Test
    void openMembersOfACancelledBatchAreCancelled() throws Exception {
        List<JobTransition> all = List.of(cancellation("j-1"), cancellation("j-2"));
        when(open.check()).thenReturn(all).thenReturn(List.of());
        context.start();

        assertThat(List.of(next(), next())).containsExactlyInAnyOrderElementsOf(all);
    }

    private JobTransition next() throws InterruptedException {
        JobTransition transition = cancelled.poll(30, TimeUnit.SECONDS);
        assertThat(transition).isNotNull();
        return transition;
    }

    private static JobTransition cancellation(String job) {
        return JobTransition.cancelled(Job.create(job, "hello", null, "t"), "ada", Duration.ofHours(1));
    }
}
