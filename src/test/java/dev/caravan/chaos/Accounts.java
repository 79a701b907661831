package dev.caravan.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.chaos.Effects.Run;
import dev.caravan.chaos.Figures.Submission;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * A client that submits jobs and keeps accounts of what it was told. Every fourth job has an Idempotency-Key, and is sent
 * until it is accepted: half of them with another payload once they were rejected, which is a new request. Thread-safe.
 */
final class Accounts {
    private static final int POSTERS = 4;
    private static final int PAUSE_MILLIS = 10;
    /** At a rate, each second has so many bulk submissions. */
    private static final int BULKS = 10;

    private static final int RETRY_MILLIS = 300;
    private static final int TRIES = 40;

    /** Longer than 503 may take. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** How long nodes may take to keep up with a rate: their JVMs compile meanwhile. */
    private static final Duration WARM = Duration.ofMinutes(4);

    /** So many jobs wait while faults happen, and no more. */
    static final int BACKLOG = 200;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Site site;
    private final String type;
    private final int millis;
    private final String prefix = "a" + NUMBER.incrementAndGet() + "-";
    private final long from;
    private final Queue<Submission> submissions = new ConcurrentLinkedQueue<>();
    private final Queue<String> other = new ConcurrentLinkedQueue<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private volatile int backlog = BACKLOG;
    private int perSecond;
    private Consumer<List<Run>> examiner = runs -> {};

    /**
     * Opens an account.
     *
     * @param type of the jobs, {@code effect}, {@code rare} or {@code limited}
     * @param millis how long each of them works
     */
    Accounts(Site site, String type, int millis) {
        this.site = site;
        this.type = type;
        this.millis = millis;
        this.from = site.effects.position();
    }

    /**
     * Submits that many jobs a second, in bulk, or as many as are answered, and counts what it came to; none while those of two
     * seconds wait, and none again that was rejected.
     */
    Accounts atRate(int jobs) {
        perSecond = jobs;
        backlog = 2 * jobs;
        return this;
    }

    /** Submits jobs until it is closed. */
    Load load() {
        return new Load();
    }

    /** Submits one job of another length, and answers its id. */
    String submit(int length) {
        Submission submission = submission(numbers.incrementAndGet(), null, 0);
        post(submission, length);
        return submission.jobs().stream().findFirst().orElseThrow();
    }

    private Submission submission(int number, String key, int edition) {
        Submission submission = new Submission(prefix + number + "." + edition, key);
        submissions.add(submission);
        return submission;
    }

    private static String payload(Submission submission, int length) {
        return "{\"n\":\"%s\",\"millis\":%d}".formatted(submission.payload, length);
    }

    private void post(Submission submission, int length) {
        String json = payload(submission, length);
        String[] headers = submission.key == null ? new String[0] : new String[] {"Idempotency-Key", submission.key};
        Api api = site.api();
        Answer answer;
        try {
            answer = api.within(ANSWER).post("/jobs/" + type, json, headers);
        } catch (UncheckedIOException noAnswer) {
            submission.unknown();
            return;
        }
        switch (answer.status()) {
            case 200, 202 -> accepted(submission, answer.field("jobId"));
            case 503 -> {
                submission.rejected();
                rejected.incrementAndGet();
            }
            case 422 -> submission.conflicts();
            default -> other.add("%s for %s".formatted(answer, submission.payload));
        }
    }

    private void accepted(Submission submission, String job) {
        boolean first = !submission.isAccepted();
        submission.accepted(job);
        if (first && accepted.incrementAndGet() % 8 == 0) {
            read(job);
        }
    }

    private void postAll(List<Submission> all) {
        StringBuilder lines = new StringBuilder();
        for (Submission submission : all) {
            String key = submission.key == null ? "" : "\"key\":\"%s\",".formatted(submission.key);
            lines.append("{\"type\":\"%s\",%s\"payload\":%s}%n".formatted(type, key, payload(submission, millis)));
        }
        List<JsonObject> answers = List.of();
        try {
            Answer answer = site.api()
                    .within(ANSWER)
                    .send(
                            "POST",
                            "/jobs/batch",
                            lines.toString().getBytes(UTF_8),
                            "Content-Type",
                            "application/x-ndjson");
            if (answer.status() == 200) {
                answers = answer.body()
                        .lines()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .toList();
            } else {
                other.add("%s for a bulk submission".formatted(answer));
            }
        } catch (UncheckedIOException noAnswer) {
            // each is unknown
        }
        Set<Submission> unanswered = new LinkedHashSet<>(all);
        for (JsonObject line : answers) {
            if (!line.has("line")) {
                continue; // the first of those that were not read
            }
            Submission submission = all.get(line.get("line").getAsInt() - 1);
            unanswered.remove(submission);
            switch (line.get("status").getAsInt()) {
                case 200, 202 -> accepted(submission, line.get("id").getAsString());
                case 503 -> {
                    submission.rejected();
                    rejected.incrementAndGet();
                }
                default -> other.add("%s for %s".formatted(line, submission.payload));
            }
        }
        unanswered.forEach(Submission::unknown);
    }

    /** Who was told that a job is safe finds it, or is told to come again. */
    private void read(String job) {
        try {
            Answer answer = site.api().within(ANSWER).job(job);
            if (answer.status() == 200) {
                read.incrementAndGet();
            } else if (answer.status() != 503) {
                other.add("%s when %s was read".formatted(answer, job));
            }
        } catch (UncheckedIOException noAnswer) {
            // nothing was said
        }
    }

    /** Notes what else breaks a promise. */
    void fault(String what) {
        other.add(what);
    }

    /** Counts something of this row alone. */
    void count(String what, long number) {
        counts.put(what, number);
    }

    /** Has all runs looked at when the account is closed. */
    void examine(Consumer<List<Run>> by) {
        examiner = by;
    }

    /** Closes the account when all is done, or the time is up. */
    Figures settle(Duration limit) {
        Set<String> jobs = new HashSet<>();
        submissions.forEach(submission -> jobs.addAll(submission.jobs()));
        Set<String> pending = new HashSet<>(jobs);
        try (JedisPooled redis = site.redis()) {
            await(limit, () -> {
                finished(redis, List.copyOf(pending))
                        .forEach(pending::remove); // removeAll would search the list for each
                return pending.isEmpty();
            });
            List<String> open = new ArrayList<>();
            await(limit, () -> {
                open.clear();
                open.addAll(open(redis));
                return open.isEmpty() && site.messages() == 0;
            });
            open.removeAll(pending); // they are lost, once
            open.forEach(job -> other.add("left open: " + job));
            if (site.messages() > 0) {
                other.add("left on the queue: " + site.messages());
            }
        }
        jobs.removeAll(pending);
        List<Run> runs = site.effects.runs(from).stream()
                .filter(run -> run.payload().startsWith(prefix))
                .toList();
        examiner.accept(runs);
        Figures figures =
                Figures.of(submissions, runs, site.effects.disturbances(), jobs, read.get(), List.copyOf(other));
        figures.counts().putAll(counts);
        return figures;
    }

    private static boolean await(Duration limit, BooleanSupplier condition) {
        try {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(300))
                    .atMost(limit)
                    .until(condition::getAsBoolean);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    /** Also those that a service finished which knows only the wire. */
    private static List<String> finished(JedisPooled redis, List<String> jobs) {
        return states(redis, jobs).entrySet().stream()
                .filter(job ->
                        job.getValue().equals("FINISHED") || job.getValue().equals("null 0"))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static List<String> open(JedisPooled redis) {
        Set<String> jobs = new HashSet<>();
        ScanParams all = new ScanParams().match("Job:*").count(1000);
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> page = redis.scan(cursor, all);
            page.getResult().forEach(key -> jobs.add(key.substring("Job:".length())));
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        return states(redis, List.copyOf(jobs)).entrySet().stream()
                .filter(job -> Set.of("QUEUED", "HELD", "RUNNING", "RETRYING").contains(job.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The field {@code state}, or "null" and {@code status}. */
    private static Map<String, String> states(JedisPooled redis, List<String> jobs) {
        Map<String, Response<List<String>>> asked = new TreeMap<>();
        try (Pipeline pipeline = redis.pipelined()) {
            jobs.forEach(job -> asked.put(job, pipeline.hmget("Job:" + job, "state", "status")));
        }
        Map<String, String> states = new TreeMap<>();
        asked.forEach((job, fields) -> {
            String state = fields.get().get(0);
            states.put(job, state == null ? "null " + fields.get().get(1) : state);
        });
        return states;
    }

    /** Jobs that keep coming as long as not too many wait. */
    final class Load implements AutoCloseable {
        private final ScheduledExecutorService posters = Executors.newScheduledThreadPool(POSTERS);
        private long countedFrom;
        private long acceptedBefore;

        private Load() {
            long period = TimeUnit.SECONDS.toMillis(1) / BULKS;
            for (int i = 0; i < POSTERS; i++) {
                if (perSecond > 0) {
                    posters.scheduleAtFixedRate(this::bulk, i * period, POSTERS * period, TimeUnit.MILLISECONDS);
                } else {
                    posters.scheduleWithFixedDelay(this::next, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                }
            }
        }

        private void bulk() {
            if (waiting() >= backlog) {
                return;
            }
            List<Submission> all = IntStream.range(0, perSecond / BULKS)
                    .mapToObj(any -> numbers.incrementAndGet())
                    .map(number -> submission(number, key(number), 0))
                    .toList();
            postAll(all);
        }

        /** That of every fourth job; null for the others. */
        private String key(int number) {
            return number % 4 == 0 ? prefix + "key-" + number : null;
        }

        private void next() {
            if (waiting() >= backlog) {
                return;
            }
            int number = numbers.incrementAndGet();
            Submission submission = submission(number, key(number), 0);
            if (submission.key == null) {
                post(submission, millis);
            } else {
                keyed(number, submission, 1, false);
            }
        }

        /** @param fixed whether a job of this key may be there, so that another payload would be a mistake */
        private void keyed(int number, Submission submission, int tries, boolean fixed) {
            post(submission, millis);
            if (submission.isAccepted()) {
                if (number % 8 == 0) {
                    post(submission, millis); // the same key: the same job
                }
                return;
            }
            boolean stays = fixed || !submission.isRejected();
            if (tries < TRIES && !submission.conflicts) {
                posters.schedule(
                        () -> {
                            boolean other = !stays && number % 8 == 4;
                            keyed(
                                    number,
                                    other ? submission(number, submission.key, tries) : submission,
                                    tries + 1,
                                    stays);
                        },
                        RETRY_MILLIS,
                        TimeUnit.MILLISECONDS);
            }
        }

        private long waiting() {
            return accepted.get() - (site.effects.position() - from) / 2;
        }

        /** Waits until there is a backlog; at a rate there may never be one: until the nodes keep up with it. */
        Load awaitBacklog() {
            if (perSecond == 0) {
                return await("a backlog", () -> waiting() >= backlog * 3 / 4);
            }
            long[] seen = {accepted.get(), System.nanoTime()};
            Accounts.await(WARM, () -> {
                long now = System.nanoTime();
                if (now - seen[1] < TimeUnit.SECONDS.toNanos(10)) {
                    return false;
                }
                boolean reached = perSecond(accepted.get() - seen[0], now - seen[1]) >= 0.95 * perSecond;
                seen[0] = accepted.get();
                seen[1] = now;
                return reached;
            });
            countedFrom = System.nanoTime();
            acceptedBefore = accepted.get();
            return this;
        }

        private static long perSecond(long jobs, long nanos) {
            return jobs * TimeUnit.SECONDS.toNanos(1) / nanos;
        }

        /** Waits until so many more jobs were accepted. */
        Load awaitMore(int count) {
            long before = accepted.get();
            return await(count + " more jobs accepted", () -> accepted.get() >= before + count);
        }

        /** Waits until so many more submissions were rejected. */
        Load awaitRejected(int count) {
            long before = rejected.get();
            return await(count + " more jobs rejected", () -> rejected.get() >= before + count);
        }

        /** From now on, no more than so many jobs wait. */
        Load limit(int jobs) {
            backlog = jobs;
            return this;
        }

        private Load await(String what, BooleanSupplier condition) {
            if (!Accounts.await(Site.SOON, condition)) {
                throw new AssertionError("not %s within %s: %d accepted, %d rejected, others %s"
                        .formatted(what, Site.SOON, accepted.get(), rejected.get(), other));
            }
            return this;
        }

        /** Ends when the last answer is in. */
        @Override
        public void close() {
            if (perSecond > 0) {
                count("jobs a second", perSecond(accepted.get() - acceptedBefore, System.nanoTime() - countedFrom));
            }
            posters.shutdown();
            try {
                if (!posters.awaitTermination(Site.SOON.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError("submissions are not answered");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
