package dev.caravan.job;

import static dev.caravan.fixture.TestJobs.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RedisCluster;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Jobs on a Redis Cluster of three: each script and each command of several keys finds all of them on one of these. */
@RequiresRealBrokers
class RedisClusterIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "redis-cluster.jobs";

    private static RedisCluster redis;
    private static RawAmqp amqp;
    private static CaravanProcess node;

    @BeforeAll
    static void start() {
        redis = RedisCluster.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
        node = CaravanProcess.start(
                Stream.concat(
                                Stream.of(
                                        "--spring.profiles.active=production",
                                        "--caravan.security.allow-insecure=true",
                                        "--spring.rabbitmq.host=127.0.0.1",
                                        "--spring.rabbitmq.port="
                                                + Brokers.rabbit().port()),
                                redis.arguments().stream())
                        .toList(),
                TestJobs.argument(),
                "--caravan.jobs.queue=" + QUEUE,
                "--caravan.jobs.concurrency=4",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.due-period=500ms");
    }

    @AfterAll
    static void stop() {
        node.close();
        for (String suffix : List.of("", ".again", ".high", ".low", ".dead")) {
            amqp.delete(QUEUE + suffix);
        }
        amqp.close();
        redis.close();
    }

    @Test
    void aTypeHasItsLimitAndAPause() {
        List<Answer> ended = Stream.generate(() -> submit("single", sleep(100))).limit(6).toList().stream()
                .map(RedisClusterIT::finished)
                .sorted((one, other) -> at(one, "startedAt").compareTo(at(other, "startedAt")))
                .toList();
        for (int i = 1; i < ended.size(); i++) {
            assertThat(at(ended.get(i), "startedAt")).isAfterOrEqualTo(at(ended.get(i - 1), "finishedAt"));
        }

        api().post("/jobs/types/single/pause", "");
        String held = submit("single", sleep(1));
        String cancelled = submit("single", sleep(1));
        for (String id : List.of(held, cancelled)) {
            api().awaitState(id, "HELD", SOON);
        }
        assertThat(cancel(cancelled)).isEqualTo(200);
        api().post("/jobs/types/single/resume", "");
        finished(held);
        api().awaitState(cancelled, "CANCELLED", SOON);
    }

    @Test
    void jobsAreUniqueAndHavePrioritiesAndTags() {
        String first = submit("sleeps?uniqueKey=one&priority=low&tags=clustered,red", sleep(60_000));
        assertThat(submit("sleeps?uniqueKey=one", sleep(60_000))).isEqualTo(first);
        String other = submit("sleeps?uniqueKey=another&priority=high&tags=clustered", sleep(1));
        finished(other);
        cancel(first);
        api().awaitState(first, "CANCELLED", SOON);
        assertThat(submit("sleeps?uniqueKey=one", sleep(1))).isNotEqualTo(first);

        assertThat(ids("/jobs?tag=clustered")).containsExactlyInAnyOrder(first, other);
        assertThat(ids("/jobs?tag=red")).containsExactly(first);
        assertThat(ids("/jobs?id=" + first.substring(0, 8))).containsExactly(first);
    }

    @Test
    void aBatchCallsBackWhenThoseWithinHaveEnded() {
        String outer = api().post("/batches", "{\"callback\":{\"type\":\"sleeps\",\"payload\":" + sleep(1) + "}}")
                .field("id");
        String inner = api().post("/batches", "{\"parent\":\"" + outer + "\"}").field("id");
        for (String batch : List.of(outer, inner)) {
            for (int i = 0; i < 20; i++) {
                submit("sleeps?batch=" + batch, sleep(1));
            }
            api().post("/batches/" + batch + "/close", "");
        }

        Answer ended = Awaitility.await().atMost(SOON).until(() -> api().get("/batches/" + outer), batch -> batch.field(
                        "state")
                .equals("ENDED"));
        assertThat(ended.field("finished")).isEqualTo("20");
        assertThat(ids("/jobs?limit=100&batch=" + inner)).hasSize(20);
        finished(ended.json().getAsJsonObject("callback").get("jobId").getAsString());
    }

    @Test
    void aJobThatRunsIsCancelledAndOneThatFailsIsReplayed() {
        String runs = submit("sleeps", sleep(60_000));
        api().awaitState(runs, "RUNNING", SOON);
        assertThat(cancel(runs)).isEqualTo(202);
        api().awaitState(runs, "CANCELLED", SOON);

        String invalid = submit("invalid?tags=again", "{}");
        api().awaitState(invalid, "FAILED", SOON);
        String bulk = api().post("/jobs/bulk", "{\"act\":\"replay\",\"type\":\"invalid\",\"tag\":\"again\"}")
                .field("jobId");
        assertThat(finished(bulk).field("result")).contains("\"done\":1");
        Awaitility.await().atMost(SOON).until(() -> api().job(invalid).field("replayedBy") != null);
        api().awaitState(invalid, "FAILED", SOON);
    }

    @Test
    void aScheduleFiresAndWhatIsLaterComesLater() {
        api().put("/schedules/ticks", "{\"type\":\"sleeps\",\"every\":\"1s\",\"payload\":" + sleep(1) + "}");
        String later = submit("sleeps?delay=1s&tags=later", sleep(1));
        finished(later);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> api().get("/schedules/ticks").body().contains("FINISHED"));
        api().send("DELETE", "/schedules/ticks", new byte[0]);
    }

    private static Api api() {
        return node.api();
    }

    private static String submit(String type, String payload) {
        Answer answer = api().post("/jobs/" + type, payload);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return answer.field("jobId");
    }

    private static Answer finished(String id) {
        return api().awaitState(id, "FINISHED", SOON);
    }

    private static int cancel(String id) {
        return api().send("DELETE", "/jobs/" + id, new byte[0]).status();
    }

    private static Set<String> ids(String path) {
        return StreamSupport.stream(
                        api().get(path).json().getAsJsonArray("jobs").spliterator(), false)
                .map(job -> job.getAsJsonObject().get("id").getAsString())
                .collect(Collectors.toSet());
    }

    private static Instant at(Answer job, String field) {
        return Instant.parse(job.field(field));
    }
}
