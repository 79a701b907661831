package dev.caravan.job;

import static dev.caravan.fixture.TestJobs.sleep;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.SseClient.Got;
import dev.caravan.fixture.TestJobs;
import dev.caravan.job.webhook.Receiver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.JedisPooled;

/** The contract of jobs, the same on the embedded broker and Redis as on real ones. */
class JobsIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String DEAD = "boot.amqp.worker-queue.dead";

    private static final Map<Brokers, Site> SITES = new EnumMap<>(Brokers.class);

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest(name = "{0}")
    @MethodSource("sites")
    private @interface OnAllBrokers {}

    /** A node, and plain clients of the broker and the Redis behind it. */
    private record Site(Brokers brokers, CaravanProcess node, RealRedis server, JedisPooled redis, RawAmqp amqp) {
        private static final String[] SETTINGS = {
            TestJobs.argument(),
            "--caravan.node=the-node",
            "--caravan.jobs.concurrency=2",
            "--caravan.jobs.default-duration=400ms",
            "--caravan.jobs.retry-delay=700ms",
            "--caravan.jobs.retry-multiplier=1",
            "--caravan.jobs.due-period=200ms",
            "--caravan.webhooks.allow-networks=127.0.0.0/8"
        };

        static Site start(Brokers brokers) {
            if (brokers == Brokers.EMBEDDED) {
                CaravanProcess node = CaravanProcess.start(brokers.arguments(), SETTINGS);
                Properties redis = join(node, "redis");
                Properties broker = join(node, "broker");
                String address = broker.getProperty("spring.rabbitmq.addresses");
                return new Site(
                        brokers,
                        node,
                        null,
                        new JedisPooled(
                                redis.getProperty("spring.data.redis.host"),
                                Integer.parseInt(redis.getProperty("spring.data.redis.port")),
                                null,
                                redis.getProperty("spring.data.redis.password")),
                        RawAmqp.to(
                                Integer.parseInt(address.substring(address.indexOf(':') + 1)),
                                broker.getProperty("spring.rabbitmq.username"),
                                broker.getProperty("spring.rabbitmq.password")));
            }
            RealRedis server = RealRedis.start();
            RawAmqp amqp = RawAmqp.to(Brokers.rabbit().port());
            amqp.delete("boot.amqp.worker-queue");
            amqp.delete(DEAD);
            return new Site(
                    brokers,
                    CaravanProcess.start(Brokers.arguments(Brokers.rabbit(), server), SETTINGS),
                    server,
                    new JedisPooled("127.0.0.1", server.port()),
                    amqp);
        }

        /** What a node says about how to join its embedded servers. */
        private static Properties join(CaravanProcess node, String part) {
            Pattern line =
                    Pattern.compile("join: --spring\\.config\\.import=(file:\\S+/join-" + part + "\\.properties)");
            // It stands below the line by which a node is known to be ready.
            String file = Awaitility.await(part)
                    .until(() -> line.matcher(node.output()), Matcher::find)
                    .group(1);
            Properties properties = new Properties();
            try (InputStream in = URI.create(file).toURL().openStream()) {
                properties.load(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return properties;
        }

        Api api() {
            return node.api();
        }

        void close() {
            redis.close();
            amqp.close();
            node.close();
            if (server != null) {
                server.close();
            }
        }

        @Override
        public String toString() {
            return brokers.toString();
        }
    }

    static Stream<Site> sites() {
        return Brokers.available().map(brokers -> SITES.computeIfAbsent(brokers, Site::start));
    }

    @AfterAll
    static void stop() {
        SITES.values().forEach(Site::close);
        SITES.clear();
    }

    @OnAllBrokers
    void whoFollowsAJobSeesEachOfItsStates(Site site) {
        String id = site.node().api().post("/jobs/flaky", "").field("jobId");
        List<String> all;
        try (SseClient follower = follow(site, id, null)) {
            all = steps(follower.rest());
        }
        // A worker that is quick begins another attempt before it is noted that the job is on the queue again.
        assertThat(all.stream()
                        .map(step -> step.replaceFirst("\\d+ ", ""))
                        .filter(step -> !step.matches("QUEUED [12]")))
                .containsExactly(
                        "QUEUED 0", "RUNNING 1", "RETRYING 1", "RUNNING 2", "RETRYING 2", "RUNNING 3", "FINISHED 3");
        int last = all.size();
        try (SseClient again = follow(site, id, Integer.toString(last - 2))) {
            assertThat(steps(again.rest())).isEqualTo(all.subList(last - 2, last));
        }
        assertThat(site.api()
                        .get("/jobs/" + id + "/events", "Last-Event-ID", "" + last)
                        .status())
                .as("a browser does not come again")
                .isEqualTo(204);
        assertThat(site.api().get("/jobs/nobody/events").status()).isEqualTo(404);
        assertThat(site.api().get("/jobs/no%20id/events").status()).isEqualTo(400);
    }

    @OnAllBrokers
    void whatAHandlerLogsIsReadWithItsJob(Site site) {
        String id = site.api().post("/jobs/hello?wait=10s", "").field("id");
        String path = "/jobs/" + id + "/log";
        Awaitility.await().atMost(SOON).until(() -> site.api().get(path).body().contains("Hello."));

        JsonObject line = JsonParser.parseString(site.api().get(path).body())
                .getAsJsonObject()
                .getAsJsonArray("lines")
                .get(0)
                .getAsJsonObject();
        assertThat(line.get("text").getAsString()).startsWith("Hello.");
        assertThat(line.get("level").getAsString()).isEqualTo("INFO");
        assertThat(line.get("attempt").getAsInt()).isEqualTo(1);
        assertThat(line.get("number").getAsInt()).isEqualTo(1);
        assertThat(site.api().get(path + "?after=1").body()).isEqualTo("{\"lines\":[]}");
        assertThat(site.redis().ttl("JobLog:" + id)).isPositive();

        assertThat(site.api().get(path + "?after=x").status()).isEqualTo(400);
        assertThat(site.api().get("/jobs/nobody/log").status()).isEqualTo(404);
        assertThat(site.api().get("/jobs/no%20id/log").status()).isEqualTo(400);
    }

    @OnAllBrokers
    void linesComeAsTheyAreLoggedThoseOfAFailureToo(Site site) {
        String id = site.api().post("/jobs/flaky", "").field("jobId");
        URI log = URI.create(site.node().http() + "/jobs/" + id + "/log");
        List<Got> all;
        try (SseClient lines = SseClient.follow(log, null)) {
            all = lines.rest();
        }
        Got end = all.get(all.size() - 1);
        assertThat(end.event()).isEqualTo("end");
        assertThat(all.stream().map(Got::data).filter(data -> data.contains("\"level\":\"WARN\"")))
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(data -> data.contains("failed at attempt"))
                .anyMatch(data -> data.contains("\"attempt\":2"));
        assertThat(site.api()
                        .get("/jobs/" + id + "/log", "Accept", "text/event-stream", "Last-Event-ID", end.id())
                        .status())
                .as("a browser does not come again")
                .isEqualTo(204);
    }

    @OnAllBrokers
    void aReceiverIsToldOfJobsAndEventsAlsoWhenItHasFailed(Site site) {
        try (Receiver receiver = Receiver.start()) {
            receiver.respond(503);
            String secret = site.api()
                    .put(
                            "/webhooks/shop",
                            "{\"url\":\"" + receiver.url()
                                    + "\",\"jobs\":{\"types\":[\"hello\"]},\"events\":{\"key\":\"shop\"}}")
                    .field("secret");
            String id = site.api().post("/jobs/hello?wait=20s", "").field("id");
            Awaitility.await().atMost(SOON).until(() -> !receiver.got().isEmpty());
            receiver.respond(200);
            Receiver.Got first = receiver.got().get(0);
            assertThat(site.api().awaitState(first.id(), "FINISHED", SOON).field("failures"))
                    .isEqualTo("1");
            assertThat(first.json().getAsJsonObject("data").get("id").getAsString())
                    .isEqualTo(id);

            String queue = "caravan.events.webhook.shop";
            Awaitility.await().atMost(SOON).until(() -> site.amqp().consumers(queue) == 1);
            String event = site.api().post("/events/shop", "{\"n\":1}").field("eventId");
            Awaitility.await().atMost(SOON).until(() -> receiver.got().stream()
                    .anyMatch(got -> got.body().contains(event)));
            assertThat(receiver.got()).allMatch(got -> got.isSignedWith(secret));

            site.api().send("DELETE", "/webhooks/shop", new byte[0]);
            Awaitility.await().atMost(SOON).until(() -> isGone(site, queue));
        }
    }

    private static boolean isGone(Site site, String queue) {
        try {
            return site.amqp().ready(queue) < 0;
        } catch (UncheckedIOException gone) {
            return true;
        }
    }

    private static List<String> steps(List<Got> events) {
        return events.stream()
                .map(got -> {
                    JsonObject step = JsonParser.parseString(got.data()).getAsJsonObject();
                    assertThat(step.get("number").getAsString()).isEqualTo(got.id());
                    return got.id() + " " + step.get("state").getAsString() + " " + step.get("attempt");
                })
                .toList();
    }

    private static SseClient follow(Site site, String id, String last) {
        return SseClient.follow(URI.create(site.node().http() + "/jobs/" + id + "/events"), last);
    }

    @OnAllBrokers
    void leadsAJobFromQueuedOverRunningToFinished(Site site) {
        occupy(site, 2, 1500);

        Answer accepted = site.api().post("/jobs", "{\"any\":[1,2]}");

        assertThat(accepted.status()).isEqualTo(202);
        assertThat(accepted.header("Content-Type")).isEqualTo("application/json");
        String id = accepted.field("jobId");
        assertThat(UUID.fromString(id)).hasToString(id);
        assertThat(accepted.header("Location")).isEqualTo("/jobs/" + id);
        assertThat(site.redis().hgetAll("Job:" + id))
                .containsEntry("id", id)
                .containsEntry("status", "2")
                .containsEntry("message", "Job queued")
                .containsEntry("result", "");
        assertThat(site.api().job(id).field("state")).isEqualTo("QUEUED");

        awaitField(site, id, "status", "1");
        assertThat(site.redis().hgetAll("Job:" + id))
                .containsEntry("id", id)
                .containsEntry("status", "1")
                .containsEntry("message", "Job being processed")
                .containsEntry("result", "");
        assertThat(site.redis().ttl("Job:" + id)).as("no expiry while it runs").isEqualTo(-1);

        awaitField(site, id, "status", "0");
        assertThat(site.redis().hgetAll("Job:" + id))
                .containsEntry("id", id)
                .containsEntry("status", "0")
                .containsEntry("message", "Finished")
                .containsEntry("result", "Success");
        assertThat(site.redis().ttl("Job:" + id)).isPositive();
        JsonObject job = site.api().job(id).json();
        assertThat(job.get("type").getAsString()).isEqualTo("default");
        assertThat(job.get("state").getAsString()).isEqualTo("FINISHED");
        assertThat(job.get("status").getAsInt()).isZero();
        assertThat(job.get("result").getAsString()).isEqualTo("Success");
        assertThat(job.get("payload")).isEqualTo(JsonParser.parseString("{\"any\":[1,2]}"));
        assertThat(job.get("attempt").getAsInt()).isOne();
        assertThat(job.get("failures").getAsInt()).isZero();
        assertThat(job.get("interruptions").getAsInt()).isZero();
        assertThat(job.get("worker").getAsString()).isEqualTo("the-node");
        assertThat(job.has("error")).isFalse();
        assertThat(List.of(instant(job, "createdAt"), instant(job, "startedAt"), instant(job, "finishedAt")))
                .isSorted();
    }

    @OnAllBrokers
    void acceptsAJobWithoutABody(Site site) {
        Answer ended = site.api().send("POST", "/jobs?wait=20s", new byte[0], "Content-Type", "application/json");

        assertThat(ended.status()).isEqualTo(200);
        assertThat(ended.field("result")).isEqualTo("Success");
        assertThat(ended.json().has("payload")).isFalse();
    }

    @OnAllBrokers
    void saysHelloWithDotsThatGrow(Site site) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Answer ended = site.api().post("/jobs/hello?wait=20s", "");
            assertThat(ended.status()).as(ended.toString()).isEqualTo(200);
            Matcher hello = Pattern.compile("Hello(\\.{1,3})(\\d+)").matcher(ended.field("result"));
            assertThat(hello.matches()).as(ended.body()).isTrue();
            int number = Integer.parseInt(hello.group(2));
            assertThat(hello.group(1)).hasSize((number - 1) % 3 + 1);
            numbers.add(number);
        }
        assertThat(numbers)
                .isEqualTo(List.of(numbers.get(0), numbers.get(0) + 1, numbers.get(0) + 2, numbers.get(0) + 3));
    }

    @OnAllBrokers
    void sumsAColumnOfATable(Site site) {
        Answer ended = site.api()
                .post(
                        "/jobs/totals?wait=20s",
                        "{\"csv\":\"city,amount\\nParis,3\\nRome,5\\nParis,5\\n\",\"by\":\"city\",\"sum\":\"amount\"}");

        assertThat(ended.status()).isEqualTo(200);
        assertThat(ended.field("type")).isEqualTo("totals");
        assertThat(JsonParser.parseString(ended.field("result")))
                .isEqualTo(JsonParser.parseString("[{\"city\":\"Paris\",\"amount\":8,\"rows\":2},"
                        + "{\"city\":\"Rome\",\"amount\":5,\"rows\":1}]"));
    }

    @OnAllBrokers
    void knowsItsTypes(Site site) {
        List<String> types = new ArrayList<>();
        for (JsonElement type : site.api().get("/jobs/types").json().getAsJsonArray("types")) {
            types.add(type.getAsJsonObject().get("type").getAsString());
            assertThat(type.getAsJsonObject().get("description").getAsString()).isNotBlank();
        }
        assertThat(types).isSorted().contains("default", "hello", "totals", "fails");

        assertProblem(site.api().post("/jobs/unheard-of", "{}"), 404);
        assertProblem(site.api().post("/jobs/HELLO", "{}"), 404);
    }

    @OnAllBrokers
    void listsJobsNewestFirstInPages(Site site) {
        List<String> newestFirst = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            newestFirst.add(0, site.api().post("/jobs/invalid?wait=20s", "{}").field("id"));
        }
        site.api().post("/jobs/hello?wait=20s", "");

        List<String> listed = new ArrayList<>();
        String after = "";
        for (int page = 0; page < 4; page++) {
            JsonObject answer = site.api()
                    .get("/jobs?type=invalid&state=failed&limit=3" + after)
                    .json();
            List<String> ids = ids(answer);
            assertThat(ids).hasSizeLessThanOrEqualTo(3);
            listed.addAll(ids);
            if (!answer.has("next")) {
                break;
            }
            after = "&after=" + answer.get("next").getAsString();
            site.api().post("/jobs/invalid?wait=20s", "{}");
        }
        assertThat(listed).startsWith(newestFirst.toArray(new String[0])).doesNotHaveDuplicates();

        assertThat(ids(site.api().get("/jobs?type=invalid&state=FINISHED").json()))
                .isEmpty();
        assertThat(ids(site.api().get("/jobs?type=unheard-of").json())).isEmpty();
        JsonObject newest = site.api()
                .get("/jobs?limit=1")
                .json()
                .getAsJsonArray("jobs")
                .get(0)
                .getAsJsonObject();
        assertThat(newest.has("id")).isTrue();
        assertThat(newest.has("payload")).isFalse();
    }

    @OnAllBrokers
    void waitsForAnEndAsLongAsAsked(Site site) {
        Answer ended = site.api().post("/jobs/sleeps?wait=20s", sleep(300));
        assertThat(ended.status()).isEqualTo(200);
        assertThat(ended.field("state")).isEqualTo("FINISHED");
        assertThat(ended.header("Location")).isEqualTo("/jobs/" + ended.field("id"));

        Answer failed = site.api().post("/jobs/invalid?wait=20s", "{}");
        assertThat(failed.status()).isEqualTo(200);
        assertThat(failed.field("state")).isEqualTo("FAILED");

        Answer accepted = site.api().post("/jobs/sleeps?wait=300ms", sleep(3000));
        assertThat(accepted.status()).as("not waited for its end").isEqualTo(202);
        site.api().awaitState(accepted.field("jobId"), "FINISHED", SOON);
    }

    @OnAllBrokers
    void givesTheSameJobToTheSameIdempotencyKey(Site site) {
        String key = "invoice " + UUID.randomUUID();

        Answer first = site.api().post("/jobs/hello", "{\"a\":1}", "Idempotency-Key", key);
        Answer again = site.api().post("/jobs/hello?wait=20s", "{\"a\":1}", "Idempotency-Key", key);
        Answer later = site.api().post("/jobs/hello", "{\"a\":1}", "Idempotency-Key", key);

        assertThat(first.status()).isEqualTo(202);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.field("id")).isEqualTo(first.field("jobId"));
        assertThat(later.field("jobId")).isEqualTo(first.field("jobId"));
        assertThat(site.api().job(first.field("jobId")).json().get("attempt").getAsInt())
                .isOne();
        assertProblem(site.api().post("/jobs/hello", "{\"a\":2}", "Idempotency-Key", key), 422);
        assertProblem(site.api().post("/jobs/default", "{\"a\":1}", "Idempotency-Key", key), 422);
        assertThat(site.api()
                        .post("/jobs/hello", "{\"a\":2}", "Idempotency-Key", key + "'")
                        .field("jobId"))
                .isNotEqualTo(first.field("jobId"));
    }

    @OnAllBrokers
    void refusesWhatItDoesNotUnderstand(Site site) {
        long before = site.redis().keys("Job:*").size();
        for (String body : List.of(
                "{",
                "nonsense",
                "NaN",
                "[NaN]",
                "{\"a\":1,\"a\":2}",
                "{a:1}",
                "{'a':1}",
                "[1,]",
                "{} {}",
                "// comment\n1",
                "[".repeat(300) + "]".repeat(300))) {
            assertProblem(site.api().post("/jobs", body), 400);
        }
        assertProblem(
                site.api()
                        .send("POST", "/jobs", new byte[] {'"', (byte) 0xC3, '"'}, "Content-Type", "application/json"),
                400);
        for (String wait : List.of("soon", "-1s", "61s", "2h", "")) {
            assertProblem(site.api().post("/jobs?wait=" + wait, "{}"), 400);
        }
        for (String query : List.of(
                "limit=0",
                "limit=201",
                "limit=-1",
                "limit=ten",
                "state=DONE",
                "state=NEW",
                "type=A%20B",
                "after=x",
                "after=1-a%20b",
                "after=-5",
                "after=")) {
            assertProblem(site.api().get("/jobs?" + query), 400);
        }
        for (String id : List.of("a%20b", "a*", "x".repeat(65), "%C3%A4")) {
            assertProblem(site.api().job(id), 400);
        }
        assertProblem(site.api().post("/jobs", "{}", "Idempotency-Key", "x".repeat(256)), 400);
        assertProblem(site.api().post("/jobs", "{}", "Idempotency-Key", ""), 400);
        assertThat(site.redis().keys("Job:*").size()).as("jobs stored").isEqualTo(before);
    }

    @OnAllBrokers
    void saysWhatIsMissingOrNotAllowed(Site site) {
        assertProblem(site.api().job(UUID.randomUUID().toString()), 404);
        assertProblem(site.api().get("/nowhere"), 404);
        assertProblem(site.api().get("/jobs/a/b"), 404);
        assertThat(site.node().output()).as("what a client gets wrong").doesNotContain("Failed delivery");

        Answer put = assertProblem(site.api().send("PUT", "/jobs", new byte[0]), 405);
        assertThat(allowed(put)).contains("GET", "POST").doesNotContain("PUT", "DELETE");
        Answer one = assertProblem(site.api().send("PUT", "/jobs/x", new byte[0]), 405);
        assertThat(allowed(one)).contains("GET", "POST", "PATCH", "DELETE").doesNotContain("PUT");
        assertProblem(site.api().send("DELETE", "/jobs/x", new byte[0]), 404);
    }

    @OnAllBrokers
    void refusesWhatIsTooLargeOrNotJson(Site site) {
        int max = 1024 * 1024;
        String largest = "\"" + "x".repeat(max - 2) + "\"";
        assertThat(site.api().post("/jobs/hello", largest).status()).isEqualTo(202);
        assertProblem(site.api().post("/jobs/hello", largest + " "), 413);

        assertProblem(site.api().post("/jobs", "a,b\n1,2\n", "Content-Type", "text/csv"), 415);
        assertProblem(site.api().post("/jobs", "{}", "Content-Type", "application/json; charset=ISO-8859-1"), 415);
        assertProblem(site.api().send("POST", "/jobs", "{}".getBytes(UTF_8)), 415);
        assertThat(site.api()
                        .post("/jobs/hello", "{}", "Content-Type", "application/vnd.example+json")
                        .status())
                .isEqualTo(202);
    }

    @OnAllBrokers
    void triesAgainAndThenGivesUp(Site site) {
        site.amqp().purge(DEAD);
        String id = site.api().post("/jobs/fails", "{\"n\":1}").field("jobId");

        Answer retrying = site.api().awaitState(id, "RETRYING", SOON);
        assertThat(Instant.parse(retrying.field("nextAttemptAt"))).isAfter(Instant.parse(retrying.field("startedAt")));
        assertThat(retrying.json().get("status").getAsInt()).isEqualTo(3);
        assertThat(retrying.json().getAsJsonObject("error").get("message").getAsString())
                .isEqualTo("no luck");

        JsonObject failed = site.api().awaitState(id, "FAILED", SOON).json();
        assertThat(failed.get("attempt").getAsInt()).isEqualTo(3);
        assertThat(failed.get("failures").getAsInt()).isEqualTo(3);
        assertThat(failed.get("status").getAsInt()).isEqualTo(4);
        assertThat(failed.getAsJsonObject("error").get("type").getAsString()).isEqualTo("IllegalStateException");
        assertThat(failed.getAsJsonObject("error").get("message").getAsString()).isEqualTo("no luck");
        assertThat(failed.has("nextAttemptAt")).isFalse();
        assertThat(failed.has("finishedAt")).isTrue();
        JsonObject buried = buried(site);
        assertThat(Instant.ofEpochMilli(buried.remove("createdAt").getAsLong()))
                .isEqualTo(Instant.parse(failed.get("createdAt").getAsString()));
        assertThat(buried)
                .isEqualTo(
                        JsonParser.parseString("{\"jobId\":\"" + id + "\",\"type\":\"fails\",\"payload\":{\"n\":1}}"));
        assertThat(site.amqp().poll(DEAD)).as("one copy only").isEmpty();
    }

    @OnAllBrokers
    void succeedsAtTheThirdAttempt(Site site) {
        Answer ended = site.api().post("/jobs/flaky?wait=30s", "{}");

        assertThat(ended.field("state")).isEqualTo("FINISHED");
        assertThat(ended.field("result")).isEqualTo("third time lucky");
        assertThat(ended.json().get("attempt").getAsInt()).isEqualTo(3);
        assertThat(ended.json().get("failures").getAsInt()).isEqualTo(2);
        assertThat(ended.json().has("error")).isFalse();
    }

    @OnAllBrokers
    void doesNotTryAgainWhatCannotBeHelped(Site site) {
        site.amqp().purge(DEAD);
        Answer ended = site.api().post("/jobs/invalid?wait=20s", "{}");

        assertThat(ended.field("state")).isEqualTo("FAILED");
        assertThat(ended.json().get("attempt").getAsInt()).isOne();
        assertThat(ended.json().getAsJsonObject("error").get("type").getAsString())
                .isEqualTo("IllegalArgumentException");
        assertThat(buried(site).get("jobId").getAsString()).isEqualTo(ended.field("id"));
    }

    @OnAllBrokers
    void waitingForARetryHoldsUpNoOtherJob(Site site) {
        List<String> failing = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            failing.add(site.api().post("/jobs/fails", "{}").field("jobId"));
        }
        site.api().awaitState(failing.get(5), "RETRYING", SOON);

        Answer other = site.api().post("/jobs/hello?wait=20s", "{}");

        assertThat(other.field("state")).isEqualTo("FINISHED");
        for (String id : failing) {
            JsonObject failed = site.api().awaitState(id, "FAILED", SOON).json();
            if (failing.indexOf(id) > 3) { // two would have been waited for by the two consumers
                assertThat(Instant.parse(other.field("startedAt"))).isBefore(instant(failed, "finishedAt"));
            }
        }
    }

    /** Keeps so many consumers busy, for a time. */
    private static void occupy(Site site, int consumers, long millis) {
        for (int i = 0; i < consumers; i++) {
            site.api().awaitState(site.api().post("/jobs/sleeps", sleep(millis)).field("jobId"), "RUNNING", SOON);
        }
    }

    private static void awaitField(Site site, String id, String field, String value) {
        Awaitility.await(field + " " + value)
                .pollInterval(Duration.ofMillis(10))
                .atMost(SOON)
                .until(() -> value.equals(site.redis().hget("Job:" + id, field)));
    }

    private static JsonObject buried(Site site) {
        return JsonParser.parseString(new String(site.amqp().take(DEAD, SOON).getBody(), UTF_8))
                .getAsJsonObject();
    }

    private static Answer assertProblem(Answer answer, Integer... statuses) {
        assertThat(answer.status()).as(answer.toString()).isIn((Object[]) statuses);
        assertThat(answer.header("Content-Type")).as(answer.toString()).startsWith("application/problem+json");
        assertThat(answer.json().get("status").getAsInt()).isEqualTo(answer.status());
        assertThat(answer.field("title")).isNotBlank();
        assertThat(answer.field("detail")).doesNotContain("Exception", "dev.caravan");
        return answer;
    }

    private static Set<String> allowed(Answer answer) {
        return new TreeSet<>(List.of(answer.header("Allow").split("\\s*,\\s*")));
    }

    private static List<String> ids(JsonObject page) {
        List<String> ids = new ArrayList<>();
        page.getAsJsonArray("jobs")
                .forEach(job -> ids.add(job.getAsJsonObject().get("id").getAsString()));
        return ids;
    }

    private static Instant instant(JsonObject job, String field) {
        return Instant.parse(job.get(field).getAsString());
    }
}
