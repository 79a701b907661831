package dev.caravan.job;

import static dev.caravan.fixture.TestJobs.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import dev.caravan.job.webhook.Receiver;
import dev.caravan.routes.Texts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two workers, one job at a time each: they share the work, and one of them going away in whatever manner loses none. The
 * tests that end one come last: nobody needs another.
 */
@RequiresRealBrokers
@TestMethodOrder(OrderAnnotation.class)
class WorkersIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "workers.jobs";

    private static final String LIMITED =
            """
            - route:
                id: job-limited
                note: |
                  x-concurrency: 1
                  x-limit-key: .customer
                from:
                  uri: direct:job-limited
                  steps:
                    - delay:
                        expression:
                          jq:
                            expression: .millis
                            resultType: java.lang.Long
            """;

    private static RealRedis redis;
    private static RawAmqp amqp;
    private static CaravanProcess first;
    private static CaravanProcess second;

    @TempDir
    private static Path routes;

    @BeforeAll
    static void startBrokers() {
        redis = RealRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
    }

    @BeforeEach
    void startWorkers() {
        if (first == null || !first.alive()) {
            first = start("first");
        }
        if (second == null || !second.alive()) {
            second = start("second");
        }
        redis.cli("FLUSHALL");
        Awaitility.await().atMost(SOON).until(() -> amqp.consumers(QUEUE) == 2);
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".again");
        amqp.delete(QUEUE + ".high");
        amqp.delete(QUEUE + ".low");
        amqp.delete(QUEUE + ".dead");
        amqp.close();
        redis.close();
    }

    /** Starts a worker and has it do something: the first time takes long. */
    private static CaravanProcess start(String name) {
        Path own = routesOf(name);
        CaravanProcess node = CaravanProcess.start(
                Brokers.arguments(Brokers.rabbit(), redis),
                TestJobs.argument(),
                "--caravan.node=" + name,
                "--caravan.routes.directory=" + own,
                "--caravan.jobs.queue=" + QUEUE,
                "--caravan.jobs.concurrency=1",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.retry-delay=100ms",
                "--caravan.jobs.lost-after=3s",
                "--caravan.jobs.due-period=500ms",
                "--caravan.webhooks.allow-networks=127.0.0.0/8");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> node.api().post("/jobs/hello?wait=10s", "").status() == 200);
        return node;
    }

    /** A handler that both have, and one that the other lacks. */
    private static Path routesOf(String name) {
        try {
            Path handlers = Files.createDirectories(routes.resolve(name).resolve("jobs"));
            Files.writeString(handlers.resolve("hello.camel.yaml"), InProcessNode.shipped("jobs/hello"));
            Files.writeString(handlers.resolve("limited.camel.yaml"), LIMITED);
            Files.writeString(handlers.resolve("own.camel.yaml"), Texts.route("job-of-" + name, name));
            return handlers.getParent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As in the middle of a deployment. */
    @Test
    @Order(1)
    void eachRunsTheTypesThatTheOtherLacks() {
        Map<String, String> nodes = new LinkedHashMap<>();
        for (CaravanProcess node : List.of(first, second)) {
            for (int i = 0; i < 10; i++) {
                nodes.put(node.api().post("/jobs/of-" + name(node), "").field("jobId"), name(node));
            }
        }

        nodes.forEach((id, name) -> {
            Answer finished = first.api().awaitState(id, "FINISHED", SOON);
            assertThat(finished.field("worker")).isEqualTo(name);
            assertThat(finished.field("result")).isEqualTo(name);
            assertThat(finished.field("attempt")).isEqualTo("1");
        });
        assertThat(first.output() + second.output()).contains("waits for a node with a handler");
        assertThat(first.api().get("/nodes").body())
                .contains("\"of-first\"", "\"of-second\"")
                .doesNotContain("\"progress\"");
    }

    @Test
    @Order(1)
    void bothWorkTheirShareOfAHundredJobs() {
        Ledger ledger = new Ledger();
        for (int i = 0; i < 100; i++) {
            ledger.submit(first.api());
        }

        ledger.settle(redis.port(), SOON);

        Map<String, Integer> shares = new HashMap<>();
        ledger.accepted(redis.port(), "worker").values().forEach(worker -> shares.merge(worker, 1, Integer::sum));
        assertThat(shares).containsOnlyKeys("first", "second");
        assertThat(shares.values()).allMatch(share -> share >= 10);
    }

    @Test
    @Order(2)
    void anIdleWorkerGetsTheNextJobWhileTheOtherIsBusy() {
        String busy = submitTo(first, 60_000);
        String worker = running(busy).field("worker");

        for (int i = 0; i < 3; i++) {
            Answer next = first.api().post("/jobs/sleeps?wait=10s", sleep(10));
            assertThat(next.field("worker")).isNotEqualTo(worker);
        }
        // All three ended meanwhile: none waited for the busy worker.
        assertThat(first.api().job(busy).field("state")).isEqualTo("RUNNING");
        first.api().post("/jobs/" + busy + "/cancel", "");
    }

    /** With one job at a time a worker has one message of each queue, so normal and low nearly take turns. */
    @Test
    @Order(2)
    void highGoesFirstAndLowIsNotStarved() {
        List<String> busy = List.of(submitTo(first, 60_000), submitTo(first, 60_000));
        busy.forEach(WorkersIT::running);
        List<String> normal = submit(40, "normal");
        List<String> low = submit(40, "low");
        List<String> high = submit(10, "high");
        assertThat(Brokers.rabbit().queues().get(QUEUE + ".high")).isPositive();
        // Both workers were busy until all of them waited, however slowly they were submitted.
        busy.forEach(id -> first.api().post("/jobs/" + id + "/cancel", ""));

        List<Instant> ofNormal = begins(normal);
        List<Instant> ofLow = begins(low);
        List<Instant> ofHigh = begins(high);

        assertThat(ofNormal)
                .filteredOn(begin -> begin.isBefore(ofHigh.get(9)))
                .as("normal before the last of high, which came after all of them")
                .hasSizeLessThan(30);
        assertThat(ofLow)
                .filteredOn(begin -> begin.isBefore(ofNormal.get(39)))
                .as("low before the last of normal")
                .hasSizeGreaterThan(5);
        assertThat(first.api().job(high.get(0)).field("priority")).isEqualTo("high");
        assertThat(first.output() + second.output()).doesNotContain("its message is sent again");
    }

    private static List<String> submit(int jobs, String priority) {
        return IntStream.range(0, jobs)
                .mapToObj(i -> first.api()
                        .post("/jobs/sleeps?priority=" + priority, sleep(50))
                        .field("jobId"))
                .toList();
    }

    /** When the first attempts of jobs began, the earliest first. */
    private static List<Instant> begins(List<String> jobs) {
        return jobs.stream()
                .map(id -> Instant.parse(
                        first.api().awaitState(id, "FINISHED", SOON).field("startedAt")))
                .sorted()
                .toList();
    }

    @Test
    @Order(2)
    void aRetryDoesNotWaitBehindTheJobsThatCameSince() {
        String flaky = first.api().post("/jobs/flaky", "").field("jobId");
        for (int i = 0; i < 200; i++) {
            submitTo(first, 200);
        }

        Answer finished = first.api().awaitState(flaky, "FINISHED", SOON);

        assertThat(finished.field("attempt")).isEqualTo("3");
        assertThat(amqp.purge(QUEUE)).as("jobs that wait still").isGreaterThan(20);
    }

    /** A schedule fires each second meanwhile: each of its firings is one job, too. */
    @Test
    @Order(4)
    void aJobWhoseWorkerIsKilledFinishesOnTheOther() {
        long from = Instant.parse(first.api()
                        .put(
                                "/schedules/tick",
                                "{\"type\":\"hello\",\"every\":\"1s\",\"missed\":\"all\",\"overlap\":\"allow\"}")
                        .field("nextFiring"))
                .toEpochMilli();
        String id = submitTo(first, 1500);
        CaravanProcess worker = nodeOf(running(id));
        CaravanProcess other = other(worker);

        worker.kill9();
        assertThat(worker.alive()).isFalse();

        Answer finished = other.api().awaitState(id, "FINISHED", SOON);
        assertThat(finished.field("attempt")).isEqualTo("2");
        assertThat(finished.field("interruptions")).isEqualTo("1");
        assertThat(finished.field("failures")).isEqualTo("0");
        assertThat(finished.field("result")).isEqualTo("rested on " + name(other));

        Awaitility.await().atMost(SOON).until(() -> ticks(other).size() >= 12);
        other.api().post("/schedules/tick/pause", "");
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            Set<String> ids = ticks(other);
            assertThat(ids)
                    .isEqualTo(LongStream.range(0, ids.size())
                            .mapToObj(i -> JobSubmissions.idOfFiring("tick", from + 1000 * i)
                                    .toString())
                            .collect(Collectors.toSet()));
        });
    }

    @Test
    @Order(4)
    void aDeliveryWhoseWorkerIsKilledIsSentByTheOther() {
        try (Receiver receiver = Receiver.start()) {
            receiver.hang();
            String secret = first.api()
                    .put("/webhooks/shop", "{\"url\":\"" + receiver.url() + "\",\"jobs\":{\"types\":[\"hello\"]}}")
                    .field("secret");
            // Within two seconds the other knows of it, too.
            String id = first.api().post("/jobs/hello?delay=3s", "").field("jobId");
            Awaitility.await().atMost(SOON).until(() -> !receiver.got().isEmpty());
            String delivery = receiver.got().get(0).id();
            CaravanProcess worker = nodeOf(running(delivery));

            receiver.respond(204);
            worker.kill9();

            Answer delivered = other(worker).api().awaitState(delivery, "FINISHED", SOON);
            assertThat(delivered.field("interruptions")).isEqualTo("1");
            assertThat(receiver.got()).hasSize(2).allSatisfy(got -> {
                assertThat(got.id()).isEqualTo(delivery);
                assertThat(got.isSignedWith(secret)).isTrue();
                assertThat(got.json().getAsJsonObject("data").get("id").getAsString())
                        .isEqualTo(id);
            });
        }
    }

    @Test
    @Order(4)
    void aBulkActWhoseWorkerIsKilledGoesOnWhereItWas() {
        List<String> ids = IntStream.range(0, 60)
                .mapToObj(
                        i -> first.api().post("/jobs/sleeps?delay=1h", sleep(1)).field("jobId"))
                .toList();
        String id = first.api()
                .post("/jobs/bulk", "{\"act\":\"cancel\",\"type\":\"sleeps\",\"rate\":10}")
                .field("jobId");
        CaravanProcess worker = nodeOf(running(id));
        CaravanProcess other = other(worker);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> other.api()
                                .get("/jobs?type=sleeps&state=CANCELLED")
                                .json()
                                .getAsJsonArray("jobs")
                                .size()
                        > 10);
        worker.kill9();

        Answer finished = other.api().awaitState(id, "FINISHED", SOON);
        assertThat(finished.field("interruptions")).isEqualTo("1");
        JsonObject result = JsonParser.parseString(finished.field("result")).getAsJsonObject();
        assertThat(result.get("done").getAsInt()).isBetween(50, 60);
        ids.forEach(each -> assertThat(other.api().job(each).field("state")).isEqualTo("CANCELLED"));
    }

    /** The members end within a second or so, and in that time the workers call back: one is killed meanwhile. */
    @Test
    @Order(4)
    void eachBatchHasOneCallbackJobAlthoughAWorkerIsKilledBetweenTheLastEndAndTheCallback() {
        List<String> batches = IntStream.range(0, 20)
                .mapToObj(i -> {
                    String batch = second.api()
                            .post("/batches", "{\"callback\":{\"type\":\"hello\",\"tags\":\"called\"}}")
                            .field("id");
                    second.api().post("/jobs/sleeps?batch=" + batch, sleep(1));
                    second.api().post("/batches/" + batch + "/close", "");
                    return batch;
                })
                .toList();
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(SOON)
                .until(() -> !callbacks().isEmpty());
        first.kill9();

        for (String batch : batches) {
            Awaitility.await()
                    .atMost(SOON)
                    .until(() ->
                            second.api().get("/batches/" + batch).field("state").equals("ENDED"));
            Answer ended = second.api().get("/batches/" + batch);
            assertThat(ended.field("finished")).as(ended.body()).isEqualTo("1");
        }
        assertThat(callbacks().values()).containsExactlyInAnyOrderElementsOf(batches);
    }

    /** The callback jobs, and the batch of each. */
    private static Map<String, String> callbacks() {
        Map<String, String> callbacks = new HashMap<>();
        second.api()
                .get("/jobs?tag=called&limit=200")
                .json()
                .getAsJsonArray("jobs")
                .forEach(job -> {
                    String id = job.getAsJsonObject().get("id").getAsString();
                    JsonObject payload = second.api().job(id).json().getAsJsonObject("payload");
                    callbacks.put(id, payload.getAsJsonObject("batch").get("id").getAsString());
                });
        return callbacks;
    }

    /** The jobs of the schedule that have finished. */
    private static Set<String> ticks(CaravanProcess node) {
        Set<String> ids = new HashSet<>();
        node.api()
                .get("/jobs?type=hello&limit=200&state=FINISHED")
                .json()
                .getAsJsonArray("jobs")
                .forEach(job -> ids.add(job.getAsJsonObject().get("id").getAsString()));
        return ids;
    }

    /** The other one is busy meanwhile, so that the job waits on the queue again for a while. */
    @Test
    @Order(3)
    void aWorkerThatWasFrozenDoesNotOverwriteWhoTookOver() {
        String id = submitTo(first, 1500);
        CaravanProcess frozen = nodeOf(running(id));
        CaravanProcess other = other(frozen);
        frozen.freeze();
        try {
            running(other, submitTo(other, 6000));

            Answer finished = other.api().awaitState(id, "FINISHED", SOON);
            assertThat(finished.field("attempt")).isEqualTo("2");
            assertThat(finished.field("interruptions")).isEqualTo("1");
            assertThat(other.output())
                    .containsOnlyOnce("Job " + id + " goes back to the queue: its worker " + name(frozen) + " has not");
        } finally {
            frozen.thaw();
        }

        Awaitility.await().atMost(SOON).until(() -> frozen.output()
                .contains("Job " + id + ": this node gave up its attempt"));
        Answer finished = other.api().job(id);
        assertThat(finished.field("state")).isEqualTo("FINISHED");
        assertThat(finished.field("attempt")).isEqualTo("2");
        assertThat(finished.field("result")).isEqualTo("rested on " + name(other));
        assertThat(frozen.api().post("/jobs/sleeps?wait=10s", sleep(10)).status())
                .isEqualTo(200);
        Awaitility.await().atMost(SOON).until(() -> Brokers.rabbit().queues().get(QUEUE) == 0);
    }

    @Test
    @Order(3)
    void aJobThatRunsIsCancelledFromAnyNodeAlsoIfItsWorkerStandsStill() {
        String id = submitTo(first, 60_000);
        CaravanProcess worker = nodeOf(running(id));
        assertThat(cancel(other(worker), id)).isEqualTo(202);
        assertThat(first.api().awaitState(id, "CANCELLED", SOON).field("cancelledBy"))
                .isEqualTo("guest");
        assertThat(cancel(other(worker), id)).isEqualTo(409);

        String still = submitTo(first, 60_000);
        CaravanProcess frozen = nodeOf(running(still));
        frozen.freeze();
        try {
            assertThat(cancel(other(frozen), still)).isEqualTo(202);
            other(frozen).api().awaitState(still, "CANCELLED", SOON);
        } finally {
            frozen.thaw();
        }
        for (CaravanProcess node : List.of(first, second)) {
            Answer later = node.api().post("/jobs/hello?delay=100ms", "");
            node.api().awaitState(later.field("jobId"), "FINISHED", SOON);
        }
        Awaitility.await().atMost(SOON).until(() -> Brokers.rabbit().queues().get(QUEUE) == 0);
        assertThat(first.api().job(still).field("state")).isEqualTo("CANCELLED");
        assertThat(first.api().job(still).field("attempt")).isEqualTo("1");
    }

    /** A customer with many jobs comes first; the other does not wait for all of them. */
    @Test
    @Order(3)
    void asManyRunOnBothTogetherAsMayAndKeysTakeTurns() {
        List<String> many =
                Stream.generate(() -> limited(first, "ada", 100)).limit(8).toList();
        String other = limited(second, "bob", 100);

        List<Answer> ended = Stream.concat(many.stream(), Stream.of(other))
                .map(id -> first.api().awaitState(id, "FINISHED", SOON))
                .sorted(Comparator.comparing(WorkersIT::startedAt))
                .toList();

        for (int i = 1; i < ended.size(); i++) {
            assertThat(startedAt(ended.get(i)))
                    .isAfterOrEqualTo(Instant.parse(ended.get(i - 1).field("finishedAt")));
            assertThat(ended.get(i).field("attempt")).isEqualTo("1");
        }
        assertThat(ended.subList(0, 6)).extracting(job -> job.field("id")).contains(other);
    }

    @Test
    @Order(3)
    void noJobOfATypeThatIsPausedBeginsOnAnyNodeUntilItIsResumed() {
        assertThat(first.api().post("/jobs/types/hello/pause", "").body()).contains("\"paused\"");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> second.api().get("/jobs/types").body().contains("\"paused\""));
        List<String> ids = Stream.generate(
                        () -> second.api().post("/jobs/hello", "").field("jobId"))
                .limit(20)
                .toList();
        ids.forEach(id -> assertThat(first.api().awaitState(id, "HELD", SOON).field("heldBy"))
                .isEqualTo("paused"));
        assertThat(cancel(first, ids.get(0))).isEqualTo(200);

        second.api().post("/jobs/types/hello/resume", "");

        ids.subList(1, 20).forEach(id -> first.api().awaitState(id, "FINISHED", SOON));
        assertThat(first.api().job(ids.get(0)).field("state")).isEqualTo("CANCELLED");
    }

    /** As after a failover of Redis: held jobs are there, and the limits know nothing of them. */
    @Test
    @Order(3)
    void heldJobsOfWhichTheLimitsHaveLostAllGoOn() {
        String runs = limited(first, "ada", 2000);
        running(runs);
        List<String> held =
                Stream.generate(() -> limited(second, "bob", 100)).limit(4).toList();
        held.forEach(id -> first.api().awaitState(id, "HELD", SOON));

        redis.cli(
                "EVAL",
                "for _, key in ipairs(redis.call('KEYS', 'caravan:jobs:limit:*')) do redis.call('DEL', key) end",
                "0");

        Stream.concat(Stream.of(runs), held.stream()).forEach(id -> assertThat(
                        first.api().awaitState(id, "FINISHED", SOON).field("attempt"))
                .isEqualTo("1"));
        assertOneAfterTheOther(held);
        awaitNoSlots();
    }

    /** Those that are held are in Redis alone. Nothing else is lost, and the limit holds again when what ran has ended. */
    @Test
    @Order(3)
    void ofARedisThatIsEmptiedOnlyWhatWasHeldIsLost() {
        String runs = limited(first, "ada", 3000);
        running(runs);
        String held = limited(second, "bob", 10);
        first.api().awaitState(held, "HELD", SOON);

        redis.cli("FLUSHALL");

        assertThat(first.api().awaitState(runs, "FINISHED", SOON).field("attempt"))
                .isEqualTo("1");
        assertThat(second.api().job(held).status()).isEqualTo(404);
        List<String> later =
                Stream.generate(() -> limited(second, "bob", 100)).limit(4).toList();
        later.forEach(id -> first.api().awaitState(id, "FINISHED", SOON));
        assertOneAfterTheOther(later);
        awaitNoSlots();
    }

    private static void assertOneAfterTheOther(List<String> ids) {
        List<Answer> jobs = ids.stream()
                .map(id -> first.api().job(id))
                .sorted(Comparator.comparing(WorkersIT::startedAt))
                .toList();
        for (int i = 1; i < jobs.size(); i++) {
            assertThat(startedAt(jobs.get(i)))
                    .isAfterOrEqualTo(Instant.parse(jobs.get(i - 1).field("finishedAt")));
        }
    }

    private static void awaitNoSlots() {
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(redis.cli("KEYS", "caravan:jobs:limit:*"))
                .isBlank());
    }

    @Test
    @Order(4)
    void theSlotOfAWorkerThatIsKilledGoesToTheNext() {
        String id = limited(first, "ada", 1500);
        CaravanProcess worker = nodeOf(running(id));
        CaravanProcess other = other(worker);
        String next = limited(other, "bob", 10);
        assertThat(other.api().awaitState(next, "HELD", SOON).field("heldBy")).isEqualTo("concurrency");

        worker.kill9();

        assertThat(other.api().awaitState(next, "FINISHED", SOON).field("attempt"))
                .isEqualTo("1");
        assertThat(other.api().awaitState(id, "FINISHED", SOON).field("attempt"))
                .isEqualTo("2");
        awaitNoSlots();
    }

    private static Instant startedAt(Answer job) {
        return Instant.parse(job.field("startedAt"));
    }

    private static String limited(CaravanProcess node, String customer, long millis) {
        return node.api()
                .post("/jobs/limited", "{\"customer\":\"" + customer + "\",\"millis\":" + millis + "}")
                .field("jobId");
    }

    private static int cancel(CaravanProcess node, String id) {
        return node.api().send("DELETE", "/jobs/" + id, new byte[0]).status();
    }

    private static String submitTo(CaravanProcess node, long millis) {
        return node.api().post("/jobs/sleeps", sleep(millis)).field("jobId");
    }

    private static Answer running(String id) {
        return running(first, id);
    }

    private static Answer running(CaravanProcess node, String id) {
        return node.api().awaitState(id, "RUNNING", SOON);
    }

    private static CaravanProcess nodeOf(Answer job) {
        return job.field("worker").equals("first") ? first : second;
    }

    private static CaravanProcess other(CaravanProcess node) {
        return node == first ? second : first;
    }

    private static String name(CaravanProcess node) {
        return node == first ? "first" : "second";
    }
}
