package dev.caravan.recorder;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.RedisPipeline;
import dev.caravan.recorder.Recording.Group;
import dev.caravan.recorder.Recording.Kind;
import dev.caravan.recorder.Recording.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Stores recordings in hashes: those of a job by the numbers of their attempts, that of another exchange alone. A sorted set has the
 * attempts of a type, or the exchanges of a route, by their times, so that only the newest are kept ({@link Recording.Kind}). No attempt waits or fails for it: recordings are
 * written every {@value #PERIOD_MILLIS} ms; at most {@value #MOST_WAITING} wait. Others are dropped, and so are those that Redis
 * does not take. Thread-safe.
 */
@Component
class Recordings implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);

    /** The field beside the recordings: another value after each change. */
    private static final String VERSION = "version";

    private static final List<String> STATE = List.of("state", "status", "attempt", DiscardedJobs.FIELD);
    private static final int PERIOD_MILLIS = 200;
    private static final int MOST_WAITING = 100;
    /** Longer than Redis may take for a command. */
    private static final int PATIENCE_SECONDS = 5;

    private final RedisPipeline pipeline;
    private final RecorderSettings settings;
    private final BlockingQueue<Recording> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final LongAdder stored = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-recorder"));

    Recordings(StringRedisTemplate redis, RecorderSettings settings) {
        this.pipeline = new RedisPipeline(redis);
        this.settings = settings;
    }

    /** Takes the recording of what has ended. */
    void add(Recording recording) {
        if (!waiting.offer(recording)) {
            dropped.increment();
            return;
        }
        if (planned.compareAndSet(false, true)) {
            try {
                thread.schedule(this::write, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                planned.set(false); // the node stops: destroy() writes
            }
        }
    }

    private void write() {
        planned.set(false);
        List<Recording> batch = new ArrayList<>();
        waiting.drainTo(batch);
        if (batch.isEmpty()) {
            return;
        }
        try {
            pipeline.text(redis -> batch.forEach(one -> set(redis, one)));
            stored.add(batch.size());
        } catch (RuntimeException e) { // not logged for each: the metric says so, and the node that Redis is away
            dropped.add(batch.size());
            return;
        }
        try {
            trim(batch.stream().map(Recording::group).distinct().toList());
        } catch (RuntimeException e) {
            LOG.debug("The next recordings of these groups remove those that are too many", e);
        }
    }

    private void set(RedisConnection redis, Recording one) {
        if (one.isListed()) {
            byte[] index = bytes(one.group().index());
            redis.zSetCommands()
                    .zAdd(
                            index,
                            one.startedAt().toEpochMilli(),
                            bytes(one.place().text()));
            redis.keyCommands().pExpire(index, settings.retention().toMillis());
        }
        byte[] key = bytes(one.place().key());
        String version = Long.toHexString(ThreadLocalRandom.current().nextLong());
        redis.hashCommands()
                .hMSet(key, Map.of(bytes(one.place().field()), bytes(one.json()), bytes(VERSION), bytes(version)));
        redis.keyCommands().pExpire(key, one.keptFor(settings.retention()).toMillis());
    }

    /** Runs a task again and again on the thread that stores recordings, until the node stops. */
    void every(Duration period, Runnable task) {
        thread.scheduleWithFixedDelay(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Stores where attempts and exchanges are that go on. @throws org.springframework.dao.DataAccessException if Redis does not respond */
    void show(List<Recording> running) {
        if (!running.isEmpty()) {
            pipeline.text(redis -> running.forEach(one -> set(redis, one)));
        }
    }

    /** Keeps the newest of each of these. */
    private void trim(List<Group> groups) {
        List<Object> old = pipeline.text(redis ->
                groups.forEach(group -> redis.zSetCommands().zRange(bytes(group.index()), 0, -1L - settings.newest())));
        List<Place> gone = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            gone.addAll(places(groups.get(i), old.get(i)));
        }
        if (gone.isEmpty()) {
            return;
        }
        List<Object> left = pipeline.text(redis -> gone.forEach(place -> {
            redis.hashCommands().hDel(bytes(place.key()), bytes(place.field()));
            redis.hashCommands().hLen(bytes(place.key()));
        }));
        pipeline.text(redis -> {
            for (int i = 0; i < groups.size(); i++) {
                byte[] index = bytes(groups.get(i).index());
                places(groups.get(i), old.get(i))
                        .forEach(place -> redis.zSetCommands().zRem(index, bytes(place.text())));
            }
            for (int i = 0; i < gone.size(); i++) {
                if (Long.valueOf(1).equals(left.get(i * 2 + 1))) { // the version alone: without it the key is gone, too
                    redis.hashCommands().hDel(bytes(gone.get(i).key()), bytes(VERSION));
                }
            }
        });
    }

    private static List<Place> places(Group group, Object members) {
        return ((Collection<?>) members)
                .stream().map(one -> Place.of(group.kind(), (String) one)).toList();
    }

    /**
     * What is known of a job.
     *
     * @param state NEW if there is none, or it is discarded
     * @param attempt the latest one
     * @param attempts those that are recorded
     * @param version another one after each change of a recording; null if there is none
     */
    record Head(String job, JobState state, int attempt, List<Integer> attempts, String version) {
        boolean isJob() {
            return state != JobState.NEW;
        }

        /** The latest attempt that is recorded; 0 if there is none. */
        int latest() {
            return attempts.isEmpty() ? 0 : attempts.get(attempts.size() - 1);
        }

        /** Where that one is. */
        Place place() {
            return JobRecording.place(job, latest());
        }

        /** Whether no other attempt has followed, and the job has not ended. */
        boolean isRunning(int number) {
            return state == JobState.RUNNING && attempt == number;
        }
    }

    /** @throws org.springframework.dao.DataAccessException if Redis does not respond */
    List<Head> heads(List<String> jobs) {
        List<Object> replies = pipeline.text(redis -> jobs.forEach(job -> {
            redis.hashCommands().hMGet(bytes(JobHashes.KEY + job), bytes(STATE));
            redis.hashCommands().hKeys(bytes(Kind.JOB.key + job));
            redis.hashCommands().hGet(bytes(Kind.JOB.key + job), bytes(VERSION));
        }));
        List<Head> heads = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            Map<String, String> hash = new HashMap<>();
            List<?> values = (List<?>) replies.get(i * 3);
            for (int j = 0; j < STATE.size(); j++) {
                if (values.get(j) != null) {
                    hash.put(STATE.get(j), (String) values.get(j));
                }
            }
            heads.add(new Head(
                    jobs.get(i),
                    hash.containsKey(DiscardedJobs.FIELD) ? JobState.NEW : Job.stateOf(hash),
                    (int) Job.number(hash.get("attempt")),
                    ((Collection<?>) replies.get(i * 3 + 1))
                            .stream()
                                    .filter(field -> !VERSION.equals(field))
                                    .map(field -> Integer.valueOf((String) field))
                                    .sorted()
                                    .toList(),
                    (String) replies.get(i * 3 + 2)));
        }
        return heads;
    }

    /** Another text after each change of one; null for those that are not there. @throws org.springframework.dao.DataAccessException if Redis does not respond */
    List<String> versions(List<Place> places) {
        return pipeline
                .text(redis -> places.forEach(place -> redis.hashCommands().hGet(bytes(place.key()), bytes(VERSION))))
                .stream()
                .map(String.class::cast)
                .toList();
    }

    /** As they were stored; null for those that are not there. @throws org.springframework.dao.DataAccessException if Redis does not respond */
    List<String> read(List<Place> places) {
        return places.isEmpty()
                ? List.of()
                : pipeline
                        .text(redis -> places.forEach(
                                place -> redis.hashCommands().hGet(bytes(place.key()), bytes(place.field()))))
                        .stream()
                        .map(String.class::cast)
                        .toList();
    }

    /** Those that are kept, newest first. @throws org.springframework.dao.DataAccessException if Redis does not respond */
    <T extends Recording> List<T> newest(Group group, Class<T> type) {
        List<Object> members =
                pipeline.text(redis -> redis.zSetCommands().zRevRange(bytes(group.index()), 0, settings.newest() - 1L));
        return read(places(group, members.get(0))).stream()
                .filter(Objects::nonNull)
                .map(json -> Recording.of(json, type))
                .toList();
    }

    long stored() {
        return stored.sum();
    }

    /** How many were not stored: too many at a time, or Redis was away. */
    long dropped() {
        return dropped.sum();
    }

    /** Writes those that came last. */
    @Override
    public void destroy() {
        thread.shutdown();
        try {
            if (thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                write();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
