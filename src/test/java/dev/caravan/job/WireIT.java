package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import dev.caravan.fixture.foreign.ForeignJob;
import dev.caravan.fixture.foreign.ForeignService;
import dev.caravan.fixture.foreign.ForeignService.Role;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Services that know only the wire get along with Caravan, and what is no job harms none. */
@RequiresRealBrokers
class WireIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "boot.amqp.worker-queue";
    private static final String DEAD = QUEUE + ".dead";

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static RawAmqp amqp;

    @BeforeAll
    static void startBrokers() {
        rabbit = Brokers.rabbit();
        redis = RealRedis.start();
        amqp = RawAmqp.to(rabbit.port());
        amqp.delete(QUEUE);
        amqp.delete(DEAD);
    }

    @AfterAll
    static void stopBrokers() {
        amqp.delete(QUEUE);
        amqp.close();
        redis.close();
    }

    private static CaravanProcess start(String roles) {
        return CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--caravan.roles=" + roles,
                "--caravan.jobs.default-duration=500ms",
                "--caravan.jobs.handler-timeout=2s",
                TestJobs.argument());
    }

    @Nested
    class WithoutAWorker {
        private static CaravanProcess node;

        @BeforeAll
        static void startNode() {
            node = start("api");
        }

        @AfterAll
        static void stopNode() {
            node.close();
            amqp.purge(QUEUE);
            redis.cli("FLUSHALL");
        }

        @Test
        void aJobMessageCarriesNothingOfItsRequest() {
            amqp.purge(QUEUE);
            Answer accepted = node.api()
                    .post(
                            "/jobs/hello?secret=secret&CamelRedis.Key=secret",
                            "{\"n\":1}",
                            "Cookie",
                            "session=secret",
                            "X-Secret",
                            "secret",
                            "CamelRedis.Key",
                            "secret",
                            "reply-to",
                            "secret",
                            "Idempotency-Key",
                            "secret " + UUID.randomUUID());

            GetResponse message = amqp.take(QUEUE, SOON);

            BasicProperties properties = message.getProps();
            assertThat(properties.getContentType()).isEqualTo("text/plain");
            assertThat(properties.getContentEncoding()).isEqualToIgnoringCase("UTF-8");
            assertThat(properties.getDeliveryMode()).as("persistent").isEqualTo(2);
            assertThat(properties.getHeaders()).isNullOrEmpty();
            assertThat(properties.getReplyTo()).isNull();
            assertThat(properties.getUserId()).isNull();
            assertThat(properties.toString()).doesNotContainIgnoringCase("secret");
            JsonObject job =
                    JsonParser.parseString(new String(message.getBody(), UTF_8)).getAsJsonObject();
            assertThat(job.remove("createdAt").getAsLong())
                    .isCloseTo(System.currentTimeMillis(), within(SOON.toMillis()));
            assertThat(job)
                    .isEqualTo(JsonParser.parseString("{\"jobId\":\"" + accepted.field("jobId")
                            + "\",\"type\":\"hello\",\"payload\":{\"n\":1}}"));
        }

        @Test
        void aForeignServiceReadsOurJobAndWorksIt() {
            String id = node.api().post("/jobs", "{\"n\":1}").field("jobId");

            try (ForeignService consumer = ForeignService.start(rabbit.port(), redis.port(), Role.CONSUMER)) {
                Answer finished = node.api().awaitState(id, "FINISHED", SOON);

                assertThat(finished.field("result")).isEqualTo("Success");
                assertThat(finished.field("message")).isEqualTo("Finished");
                assertThat(consumer.finished()).contains(id);
                Answer waited = node.api().post("/jobs?wait=20s", "");
                assertThat(waited.status()).isEqualTo(200);
                assertThat(waited.field("state")).isEqualTo("FINISHED");
                // Nobody tells the lists of what another service does: they look every five seconds.
                Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(
                                node.api().get("/jobs?state=FINISHED").body())
                        .contains(id, waited.field("id")));
            }
        }

        @Test
        void aForeignServiceReadsOurQueuedJob() {
            try (ForeignService reader = ForeignService.start(rabbit.port(), redis.port(), Role.PRODUCER)) {
                String id = node.api().post("/jobs", "").field("jobId");

                ForeignJob job = reader.find(id).orElseThrow();

                assertThat(job.getId()).isEqualTo(id);
                assertThat(job.getStatus()).isEqualTo(2);
                assertThat(job.getMessage()).isEqualTo("Job queued");
                assertThat(job.getResult()).isEmpty();
            }
        }
    }

    @Nested
    class WithAWorker {
        private static CaravanProcess node;

        @BeforeAll
        static void startNode() {
            node = start("api,worker");
        }

        @AfterAll
        static void stopNode() {
            node.close();
        }

        @Test
        void aForeignJobIsWorkedAsOneOfTheDefaultType() {
            try (ForeignService producer = ForeignService.start(rabbit.port(), redis.port(), Role.PRODUCER)) {
                // Its first look takes as long as the job does, and would find it finished.
                producer.find("none");
                String id = producer.submit();

                Awaitility.await().atMost(SOON).until(() -> producer.find(id)
                        .map(job -> job.getStatus() == 1
                                && job.getMessage().equals("Job being processed")
                                && job.getResult().isEmpty())
                        .orElse(false));
                Awaitility.await().atMost(SOON).until(() -> producer.find(id)
                        .map(job -> job.getStatus() == 0
                                && job.getMessage().equals("Finished")
                                && job.getResult().equals("Success"))
                        .orElse(false));
                Answer job = node.api().job(id);
                assertThat(job.field("type")).isEqualTo("default");
                assertThat(job.field("state")).isEqualTo("FINISHED");
                assertThat(job.field("attempt")).isEqualTo("1");
                assertThat(node.api().get("/jobs").body()).contains(id);
            }
        }

        @Test
        void theContentTypeOfAJobDoesNotMatter() {
            for (String type : new String[] {null, "application/json", "application/octet-stream", "image/png"}) {
                String id = UUID.randomUUID().toString();
                amqp.send(QUEUE, new BasicProperties.Builder().contentType(type).build(), job(id));
                node.api().awaitState(id, "FINISHED", SOON);
            }
        }

        @Test
        void textIsReadAsUtf8() {
            String id = UUID.randomUUID().toString();
            String message = "{\"jobId\":\"" + id + "\",\"type\":\"hello\",\"payload\":\"gr\u00fc\u00df dich\"}";
            amqp.send(
                    QUEUE,
                    new BasicProperties.Builder().contentType("text/plain").build(),
                    message.getBytes(UTF_8));

            assertThat(node.api().awaitState(id, "FINISHED", SOON).field("payload"))
                    .isEqualTo("gr\u00fc\u00df dich");
        }

        @Test
        void whatIsNoJobIsRejectedOnceAndHarmsNobody() {
            redis.cli("SET", "canary", "alive");
            amqp.declare("test.replies");
            BasicProperties replying = MessageProperties.TEXT_PLAIN
                    .builder()
                    .replyTo("test.replies")
                    .correlationId("c")
                    .build();
            Map<String, byte[]> bad = new HashMap<>();
            bad.put("not JSON", "boo".getBytes(UTF_8));
            bad.put("not an object", "[]".getBytes(UTF_8));
            bad.put("no jobId", "{}".getBytes(UTF_8));
            bad.put("a jobId that is no text", "{\"jobId\":1}".getBytes(UTF_8));
            bad.put("a jobId that would be another key", "{\"jobId\":\"a b\\nc\"}".getBytes(UTF_8));
            bad.put("nothing", new byte[0]);
            bad.put("null", "null".getBytes(UTF_8));
            bad.put("not UTF-8", new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'});
            bad.put("not UTF-8 as text", new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'});
            bad.put("a hostile type", "{\"jobId\":\"x-2\",\"type\":\"hello?block=true\"}".getBytes(UTF_8));
            bad.put("two values", "{\"jobId\":\"x-3\"}{}".getBytes(UTF_8));
            bad.put("too deep", ("{\"jobId\":\"x-4\",\"payload\":" + "[".repeat(100_000)).getBytes(UTF_8));
            bad.put("20 MiB", new byte[20 * 1024 * 1024]);
            long before = warnings();

            bad.values().forEach(body -> amqp.send(QUEUE, replying, body));
            Answer other = node.api().post("/jobs/hello?wait=20s", "");

            assertThat(other.field("state")).isEqualTo("FINISHED");
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(warnings() - before)
                    .isEqualTo(bad.size()));
            assertQueueEmpty();
            assertThat(warnings() - before).as("each is rejected once").isEqualTo(bad.size());
            assertThat(amqp.ready(DEAD)).as("on the dead queue").isZero();
            assertThat(amqp.ready("test.replies")).as("replies").isZero();
            assertThat(redis.cli("GET", "canary")).isEqualTo("alive");
            assertThat(redis.cli("KEYS", "Job:x-*")).isBlank();
            amqp.delete("test.replies");
        }

        @Test
        void hostileHeadersSteerNothing() {
            redis.cli("SET", "canary", "alive");
            amqp.declare("test.replies");
            Map<String, Object> headers = new HashMap<>();
            headers.put("CamelRedis.Command", "FLUSHALL");
            headers.put("CamelRedis.Key", "canary");
            headers.put("CamelRedis.Value", "dead");
            headers.put("camelredis.command", "FLUSHALL");
            headers.put("CamelSpringRabbitmqRoutingOverrideKey", "test.replies");
            headers.put("CamelSpringRabbitmqExchangeOverrideName", 1);
            headers.put("cAmElToEndpoint", "direct:jobs-bury");
            headers.put("CamelSplitIndex", "x");
            headers.put("huge", "x".repeat(100_000));
            headers.put("job", "not the variable");
            String id = UUID.randomUUID().toString();

            amqp.send(
                    QUEUE,
                    new BasicProperties.Builder()
                            .contentType("text/plain")
                            .contentEncoding("utf-7")
                            .headers(headers)
                            .replyTo("test.replies")
                            .expiration("60000")
                            .build(),
                    ("{\"jobId\":\"" + id + "\",\"type\":\"hello\"}").getBytes(UTF_8));

            assertThat(node.api().awaitState(id, "FINISHED", SOON).field("result"))
                    .startsWith("Hello");
            assertQueueEmpty();
            assertThat(redis.cli("GET", "canary")).isEqualTo("alive");
            assertThat(amqp.ready("test.replies")).as("replies").isZero();
            amqp.delete("test.replies");
        }

        @Test
        void aJobWhoseTypeNoNodeHasEndsAsFailed() {
            String id = "gone-" + UUID.randomUUID();
            redis.cli("HSET", "Job:" + id, "id", id, "state", "QUEUED", "status", "2", "type", "gone");

            amqp.send(
                    QUEUE,
                    MessageProperties.TEXT_PLAIN,
                    ("{\"jobId\":\"" + id + "\",\"type\":\"gone\"}").getBytes(UTF_8));

            assertThat(node.api()
                            .awaitState(id, "FAILED", SOON)
                            .json()
                            .getAsJsonObject("error")
                            .get("message")
                            .getAsString())
                    .contains("gone");
        }

        @Test
        void theSameMessageTwiceIsOneJob() {
            String id = UUID.randomUUID().toString();
            amqp.send(QUEUE, MessageProperties.TEXT_PLAIN, job(id));
            amqp.send(QUEUE, MessageProperties.TEXT_PLAIN, job(id));

            node.api().awaitState(id, "FINISHED", SOON);
            amqp.send(QUEUE, MessageProperties.TEXT_PLAIN, job(id));

            assertQueueEmpty();
            assertThat(node.api().job(id).field("attempt")).isEqualTo("1");
        }

        private static byte[] job(String id) {
            return ("{\"jobId\":\"" + id + "\"}").getBytes(UTF_8);
        }

        private static void assertQueueEmpty() {
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(rabbit.queues())
                    .containsEntry(QUEUE, 0));
        }

        private static long warnings() {
            return node.output()
                    .lines()
                    .filter(line -> line.contains(" WARN ") && line.contains("Rejected a message on " + QUEUE))
                    .count();
        }
    }
}
