package dev.caravan.job;

import static dev.caravan.fixture.TestJobs.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPooled;

/**
 * Broker and Redis go down, die, stand still and lose what they had, while jobs keep coming: every answer is in time,
 * nothing accepted is lost, nothing refused is done, and Caravan needs no restart.
 */
@RequiresRealBrokers
class FaultsIT {
    /** The longest that a client waits for the answer to a POST. */
    private static final Duration ANSWER = Duration.ofSeconds(12);

    private static final Duration BACK = Duration.ofSeconds(30);
    private static final Duration SETTLED = Duration.ofSeconds(40);
    private static final Duration FROZEN = Duration.ofSeconds(14);
    private static final String QUEUE = "boot.amqp.worker-queue";

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static CaravanProcess node;

    private final Ledger ledger = new Ledger();

    @BeforeAll
    static void start() {
        rabbit = Brokers.emptyRabbit();
        redis = RealRedis.start();
        node = CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                TestJobs.argument(),
                "--caravan.jobs.concurrency=4",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.lost-after=2s",
                "--caravan.jobs.due-period=500ms");
    }

    @AfterAll
    static void stop() {
        node.close();
        redis.close();
    }

    @BeforeEach
    void isWell() {
        awaitFinished(Duration.ofSeconds(30));
        redis.cli("FLUSHALL");
    }

    @Test
    void theBrokerIsRestartedUnderLoad() {
        outage("message broker", rabbit::stop, rabbit::up);
    }

    @Test
    void theBrokerIsKilledUnderLoad() {
        outage("message broker", rabbit::kill, rabbit::up);
    }

    @Test
    void redisIsRestartedUnderLoad() {
        outage("job store", redis::stop, redis::up);
    }

    @Test
    void redisIsKilledUnderLoad() {
        outage("job store", redis::kill, redis::up);
    }

    @Test
    void theBrokerStandsStillUnderLoad() throws Exception {
        standstill("message broker", rabbit::freeze, rabbit::thaw);
    }

    @Test
    void redisStandsStillUnderLoad() throws Exception {
        standstill("job store", redis::freeze, redis::thaw);
    }

    @Test
    void theQueueIsDeleted() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.delete(QUEUE);
            Answer answer = ledger.submit(node.api(), 10);
            assertThat(answer.status())
                    .as("not accepted, or the queue is there again")
                    .isIn(202, 503);

            awaitFinished(BACK);
            Awaitility.await().atMost(BACK).until(() -> amqp.consumers(QUEUE) == 1);
        }
    }

    @Test
    void theQueueIsPurged() {
        for (int i = 0; i < 4; i++) {
            String busy = ledger.submit(node.api(), 6000).field("jobId");
            node.api().awaitState(busy, "RUNNING", BACK);
        }
        for (int i = 0; i < 10; i++) {
            ledger.submit(node.api());
        }
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            assertThat(amqp.purge(QUEUE)).as("messages lost").isEqualTo(10);
        }

        ledger.settle(redis.port(), SETTLED);
        assertThat(ledger.accepted()).hasSize(14);
    }

    /** One of the two is taken away while jobs come and go, and brought back. */
    private void outage(String who, Runnable takeAway, Runnable bringBack) {
        long back;
        try (Ledger.Load load = ledger.load(node.api())) {
            load.awaitMore(30, BACK);
            takeAway.run();
            try {
                load.awaitRefused(10, Duration.ofSeconds(20));
                assertRefused(who);
                if (redis.alive()) {
                    assertNothingOpenIsNew();
                }
            } finally {
                bringBack.run();
            }
            back = System.nanoTime();
            load.awaitMore(30, BACK);
        }
        awaitFinished(BACK.minusNanos(System.nanoTime() - back));
        ledger.settle(redis.port(), SETTLED);
        assertThat(ledger.slowest()).as(ledger.toString()).isLessThan(ANSWER);
    }

    /** One of the two does not answer for a while, and does not refuse either. */
    private void standstill(String who, Runnable freeze, Runnable thaw) throws Exception {
        int before = threads();
        ExecutorService clients = Executors.newFixedThreadPool(100);
        try (Ledger.Load load = ledger.load(node.api())) {
            load.awaitMore(30, BACK);
            freeze.run();
            long frozen = System.nanoTime();
            try {
                assertRefused(who);
                List<CompletableFuture<Void>> posts = new ArrayList<>();
                for (int i = 0; i < 300; i++) {
                    posts.add(CompletableFuture.runAsync(() -> ledger.submit(node.api()), clients));
                }
                Awaitility.await("others are served, and threads do not pile up")
                        .atMost(ANSWER)
                        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                        .untilAsserted(() -> {
                            assertThat(node.api()
                                            .within(Duration.ofSeconds(2))
                                            .get("/jobs/types")
                                            .status())
                                    .isEqualTo(200);
                            assertThat(posts).anyMatch(CompletableFuture::isDone);
                        });
                assertThat(threads()).as("threads, %d before", before).isLessThan(before + 100);
                CompletableFuture.allOf(posts.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
                Awaitility.await()
                        .atMost(FROZEN.plusSeconds(1))
                        .until(() -> System.nanoTime() - frozen > FROZEN.toNanos());
            } finally {
                thaw.run();
            }
            load.awaitMore(30, BACK);
        } finally {
            clients.shutdownNow();
        }
        ledger.settle(redis.port(), SETTLED);
        assertThat(ledger.slowest()).as(ledger.toString()).isLessThan(ANSWER);
    }

    private static void assertRefused(String who) {
        long begin = System.nanoTime();
        Answer answer = node.api().post("/jobs/sleeps", sleep(1));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(ANSWER);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(503);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
        assertThat(answer.field("detail")).contains(who);
    }

    /** Of those that were refused so far none waits; those that were accepted may. */
    private void assertNothingOpenIsNew() {
        try (JedisPooled client = new JedisPooled("127.0.0.1", redis.port())) {
            Awaitility.await().atMost(ANSWER).untilAsserted(() -> {
                Map<String, String> open = Ledger.open(client);
                open.keySet().removeAll(ledger.accepted());
                assertThat(open).hasSizeLessThanOrEqualTo(3);
            });
        }
    }

    private static void awaitFinished(Duration limit) {
        Awaitility.await("jobs are accepted and worked")
                .atMost(limit)
                .until(() -> node.api().post("/jobs/hello?wait=5s", ""), answer -> answer.status() == 200);
    }

    private static int threads() {
        return JsonParser.parseString(
                        node.api().get("/actuator/metrics/jvm.threads.live").body())
                .getAsJsonObject()
                .getAsJsonArray("measurements")
                .get(0)
                .getAsJsonObject()
                .get("value")
                .getAsInt();
    }
}
