package dev.caravan.job.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.job.Job;
import dev.caravan.job.JobInput;
import dev.caravan.job.JobType;
import dev.caravan.job.JobTypes;
import dev.caravan.job.ScheduleResult.Kind;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.store.JobHashes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.AmqpException;
import org.springframework.web.ErrorResponse;

/** What clients may do with schedules, without HTTP around it. */
@Timeout(120)
class ScheduleApiTest {
    private static final String GOOD = "{\"type\":\"report\",\"cron\":\"0 0 2 * * *\",\"payload\":{\"a\":[1]}}";

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final ScheduleStore store = new ScheduleStore(REDIS.template());
    private final FileSchedules files = new FileSchedules(store);
    private final JobTypes types = mock();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private DefaultCamelContext context;
    private ProducerTemplate producer;

    @BeforeEach
    void start() throws Exception {
        when(types.accepts("report")).thenReturn(true);
        when(types.of("report")).thenReturn(JobType.PLAIN);
        context = new DefaultCamelContext();
        context.addRoutes(new ScheduleApi(store, files, types, new JobHashes(REDIS.template()), Set.of()));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:schedules-submit").errorHandler(noErrorHandler()).process(exchange -> {
                    exchange.setVariable("job", Job.create("4711", "report", null, ""));
                    if (failure.get() != null) {
                        throw failure.get();
                    }
                });
            }
        });
        context.start();
        producer = context.createProducerTemplate();
    }

    @AfterEach
    void stop() throws IOException {
        producer.close();
        context.close();
    }

    private Exchange call(String what, String name, String body) {
        return producer.request("direct:api-schedules-" + what, exchange -> {
            exchange.getMessage().setHeader("name", name);
            exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
            exchange.getMessage().setBody(body == null ? null : body.getBytes(UTF_8));
        });
    }

    private static JsonObject json(Exchange exchange) {
        assertThat(exchange.getException()).isNull();
        return JsonParser.parseString(exchange.getMessage().getBody(String.class))
                .getAsJsonObject();
    }

    private static int status(Exchange exchange) {
        return exchange.getException() == null
                ? exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 200, Integer.class)
                : ((ErrorResponse) exchange.getException()).getStatusCode().value();
    }

    private static String detail(Exchange exchange) {
        return ((ErrorResponse) exchange.getException()).getBody().getDetail();
    }

    @Test
    void aScheduleIsStoredReplacedPausedAndDeleted() {
        Exchange created = call("put", "nightly", GOOD);
        assertThat(status(created)).isEqualTo(201);
        JsonObject schedule = json(created);
        assertThat(schedule.toString())
                .startsWith("{\"name\":\"nightly\",\"type\":\"report\",\"cron\":\"0 0 2 * * *\",\"zone\":\"UTC\","
                        + "\"jitter\":\"0s\",\"missed\":\"one\",\"grace\":\"1h\",\"overlap\":\"skip\","
                        + "\"description\":\"\",\"source\":\"stored\",\"paused\":false,\"nextFiring\":\"")
                .contains("\"payload\":{\"a\":[1]}", "\"results\":[]");
        assertThat(schedule.getAsJsonArray("nextFirings")).hasSize(10);
        assertThat(schedule.getAsJsonArray("nextFirings").get(0)).isEqualTo(schedule.get("nextFiring"));

        Exchange replaced = call("put", "nightly", "{\"type\":\"report\",\"every\":\"1h\",\"paused\":true}");
        assertThat(status(replaced)).isEqualTo(200);
        assertThat(json(replaced).toString()).contains("\"paused\":true").doesNotContain("payload", "nextFiring\"");
        assertThat(json(call("resume", "nightly", null)).get("nextFiring")).isNotNull();
        assertThat(json(call("pause", "nightly", null)).get("paused").getAsBoolean())
                .isTrue();
        assertThat(json(call("read", "nightly", null)).getAsJsonArray("nextFirings"))
                .isEmpty();
        assertThat(json(call("list", null, null)).getAsJsonArray("schedules")).hasSize(1);

        assertThat(status(call("delete", "nightly", null))).isEqualTo(204);
        for (String what : new String[] {"read", "delete", "pause", "resume", "run"}) {
            assertThat(status(call(what, "nightly", null))).as(what).isEqualTo(404);
        }
        assertThat(status(call("read", "No Name", null))).isEqualTo(404);
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThat(detail(call("put", "nightly", "{\"type\":\"report\"}"))).startsWith("exactly one of cron");
        assertThat(detail(call("put", "nightly", "{\"type\":\"report\",\"cron\":\"0 0 2 * * *\",\"tz\":\"UTC\"}")))
                .isEqualTo("A schedule has no tz.");
        assertThat(detail(call("put", "nightly", "{\"type\":\"report\",\"every\":10}")))
                .isEqualTo("every must be a text.");
        assertThat(detail(call("put", "nightly", "[]"))).startsWith("The body is a JSON object");
        assertThat(detail(call("put", "nightly", ""))).startsWith("The body is a JSON object");
        assertThat(detail(call("put", "Nightly", GOOD))).startsWith("the name of a schedule is");
        assertThat(status(call("put", "nightly", GOOD.replace("report", "other"))))
                .isEqualTo(422);
        JobInput input = mock();
        when(input.mismatches("{\"a\":[1]}")).thenReturn(List.of(new JobInput.Mismatch("/a", "is no text")));
        when(types.of("report"))
                .thenReturn(
                        new JobType("", null, input, null, null, null, null, null, null, List.of(), TypeLimits.NONE));
        assertThat(detail(call("put", "nightly", GOOD)))
                .isEqualTo("The payload does not match the input of the type report: /a: is no text.");
        when(types.of("report")).thenReturn(JobType.PLAIN);
        assertThat(status(call("put", "nightly", GOOD.replace("[1]", "\"" + "a".repeat(70_000) + "\""))))
                .isEqualTo(413);
    }

    @Test
    void oneOfAFileIsEditedThere() {
        files.add(ScheduleTest.schedule("every", "1h"), firing -> null);
        files.announce();
        assertThat(json(call("read", "nightly", null)).get("source").getAsString())
                .isEqualTo("file");
        assertThat(status(call("put", "nightly", GOOD))).isEqualTo(409);
        assertThat(status(call("delete", "nightly", null))).isEqualTo(409);
        assertThat(store.delete("nightly")).isFalse();
        assertThat(status(call("pause", "nightly", null))).isEqualTo(200);
        assertThat(status(call("run", "nightly", null))).isEqualTo(202);
    }

    @Test
    void oneIsRunAtOnce() {
        call("put", "nightly", GOOD);
        Exchange run = call("run", "nightly", null);
        assertThat(status(run)).isEqualTo(202);
        assertThat(json(run).toString()).isEqualTo("{\"jobId\":\"4711\"}");
        assertThat(run.getVariable("firing", Firing.class).manual()).isTrue();

        failure.set(new AmqpException("away"));
        assertThat(status(call("run", "nightly", null))).isEqualTo(503);
        failure.set(new IllegalStateException("no report"));
        Exchange failed = call("run", "nightly", null);
        assertThat(status(failed)).isEqualTo(500);
        assertThat(detail(failed)).isEqualTo("The route of the schedule failed: no report");
    }

    @Test
    void resultsShowWhatBecameOfTheirJobs() {
        call("put", "nightly", GOOD);
        REDIS.put("1", Map.of("state", "FAILED"));
        store.record("nightly", FiringLine.of(0, 1, Kind.SUBMITTED, 1, "gone", ""));
        store.record("nightly", FiringLine.of(0, 1, Kind.SUBMITTED, 1, "1", ""));
        assertThat(json(call("read", "nightly", null)).getAsJsonArray("results").toString())
                .isEqualTo("[{\"firing\":\"1970-01-01T00:00:00Z\",\"at\":\"1970-01-01T00:00:00.001Z\","
                        + "\"result\":\"submitted\",\"firings\":1,\"jobId\":\"1\",\"state\":\"FAILED\"},"
                        + "{\"firing\":\"1970-01-01T00:00:00Z\",\"at\":\"1970-01-01T00:00:00.001Z\","
                        + "\"result\":\"submitted\",\"firings\":1,\"jobId\":\"gone\"}]");
    }
}
