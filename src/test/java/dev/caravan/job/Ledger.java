package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.TestJobs;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * What was asked of Caravan and what became of it. Everything accepted must be finished in the end (lost: 0), nothing
 * else may be (unexpected: 0), and nothing that was refused may be left waiting. Allowed (recovered): a job whose
 * answer was lost, and one whose message a worker had already when the broker stood still before its confirm: at most
 * one for each poster.
 */
final class Ledger {
    private static final int POSTERS = 3;
    private static final long PAUSE_MILLIS = 50;
    private static final long WORK_MILLIS = 20;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
    /** Answers that say neither that a job is safe nor that it is refused. */
    private final Queue<Api.Answer> strange = new ConcurrentLinkedQueue<>();

    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger slowestMillis = new AtomicInteger();

    /** Submits one short job and writes down the answer. */
    void submit(Api api) {
        submit(api, WORK_MILLIS);
    }

    /** Submits one job of a length and writes down the answer. */
    Api.Answer submit(Api api, long millis) {
        long begin = System.nanoTime();
        Api.Answer answer = api.post("/jobs/sleeps", TestJobs.sleep(millis));
        slowestMillis.accumulateAndGet((int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin), Math::max);
        answers.computeIfAbsent(answer.status(), status -> new AtomicInteger()).incrementAndGet();
        if (answer.status() == 202) {
            accepted.add(answer.field("jobId"));
        } else if (answer.status() != 503) {
            strange.add(answer);
        }
        return answer;
    }

    /** Submits short jobs from a few threads until the load is closed. */
    Load load(Api api) {
        return new Load(api);
    }

    Set<String> accepted() {
        return Set.copyOf(accepted);
    }

    /** A field of each accepted job; "missing" where there is none. */
    Map<String, String> accepted(int redisPort, String field) {
        try (JedisPooled redis = new JedisPooled("127.0.0.1", redisPort)) {
            return fields(redis, List.copyOf(accepted), field);
        }
    }

    int answered(int status) {
        return answers.getOrDefault(status, new AtomicInteger()).get();
    }

    /** How long the slowest answer took. */
    Duration slowest() {
        return Duration.ofMillis(slowestMillis.get());
    }

    /** Waits until everything accepted is finished, and closes the account. */
    void settle(int redisPort, Duration limit) {
        settle(new JedisPooled("127.0.0.1", redisPort), limit);
    }

    /** The same; closes the client. */
    void settle(JedisPooled client, Duration limit) {
        assertThat(accepted).as("jobs accepted").isNotEmpty();
        try (JedisPooled redis = client) {
            try {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(200))
                        .atMost(limit)
                        .until(() -> unfinished(redis).isEmpty());
            } catch (ConditionTimeoutException e) {
                throw new AssertionError("lost of %s: %s".formatted(this, unfinished(redis)), e);
            }
            Awaitility.await("nothing waits that was refused").atMost(limit).untilAsserted(() -> assertThat(open(redis))
                    .as("open, of " + this)
                    .isEmpty());
            Set<String> unexpected = finished(redis);
            unexpected.removeAll(accepted);
            assertThat(unexpected.size())
                    .as("finished, but not accepted, of " + this)
                    .isLessThanOrEqualTo(unanswered.get() + Math.min(answered(503), POSTERS));
        }
        assertThat(strange).as("answers but 202 and 503").isEmpty();
    }

    private Map<String, String> unfinished(JedisPooled redis) {
        Map<String, String> unfinished = fields(redis, List.copyOf(accepted), "state");
        unfinished.values().removeIf("FINISHED"::equals);
        return unfinished;
    }

    /** Those that wait or run. */
    static Map<String, String> open(JedisPooled redis) {
        Map<String, String> open = fields(redis, all(redis), "state");
        open.values().removeIf(state -> !Set.of("QUEUED", "RUNNING", "RETRYING").contains(state));
        return open;
    }

    /** Those of the type that is counted here. */
    private static Set<String> finished(JedisPooled redis) {
        Map<String, String> finished = fields(redis, all(redis), "state");
        Map<String, String> types = fields(redis, List.copyOf(finished.keySet()), "type");
        finished.entrySet()
                .removeIf(job -> !job.getValue().equals("FINISHED")
                        || !types.get(job.getKey()).equals("sleeps"));
        return new HashSet<>(finished.keySet());
    }

    private static List<String> all(JedisPooled redis) {
        Set<String> ids = new HashSet<>();
        ScanParams jobs = new ScanParams().match("Job:*").count(1000);
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> page = redis.scan(cursor, jobs);
            page.getResult().forEach(key -> ids.add(key.substring("Job:".length())));
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        return new ArrayList<>(ids);
    }

    private static Map<String, String> fields(JedisPooled redis, List<String> ids, String field) {
        Map<String, Response<String>> asked = new HashMap<>();
        try (Pipeline pipeline = redis.pipelined()) {
            ids.forEach(id -> asked.put(id, pipeline.hget("Job:" + id, field)));
        }
        Map<String, String> fields = new TreeMap<>();
        asked.forEach((id, value) -> fields.put(id, value.get() == null ? "missing" : value.get()));
        return fields;
    }

    @Override
    public String toString() {
        return "%d accepted, answers %s, %d unanswered, slowest %s"
                .formatted(accepted.size(), answers, unanswered.get(), slowest());
    }

    /** Jobs that keep coming. */
    final class Load implements AutoCloseable {
        private final ScheduledExecutorService posters = Executors.newScheduledThreadPool(POSTERS);
        private final AtomicInteger refused = new AtomicInteger();

        private Load(Api api) {
            for (int i = 0; i < POSTERS; i++) {
                posters.scheduleWithFixedDelay(() -> submitQuietly(api), 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void submitQuietly(Api api) {
            try {
                if (submit(api, WORK_MILLIS).status() == 503) {
                    refused.incrementAndGet();
                }
            } catch (UncheckedIOException noAnswer) {
                unanswered.incrementAndGet();
            }
        }

        /** Waits until so many more jobs were accepted. */
        void awaitMore(int count, Duration limit) {
            int before = accepted.size();
            await(count + " more jobs accepted", limit, () -> accepted.size() >= before + count);
        }

        private void await(String what, Duration limit, Callable<Boolean> there) {
            try {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(20))
                        .atMost(limit)
                        .until(there);
            } catch (ConditionTimeoutException e) {
                throw new AssertionError("not %s within %s: %s".formatted(what, limit, Ledger.this), e);
            }
        }

        /** Waits until so many more were refused. */
        void awaitRefused(int count, Duration limit) {
            int before = answered(503);
            await(count + " more jobs refused", limit, () -> answered(503) >= before + count);
        }

        /** How many of this load were refused. */
        int refused() {
            return refused.get();
        }

        /** Ends when the last answer is in. */
        @Override
        public void close() {
            posters.shutdown();
            try {
                assertThat(posters.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
