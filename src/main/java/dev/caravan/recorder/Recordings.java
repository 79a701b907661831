package dev.caravan.recorder;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.RedisPipeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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
 * Stores recordings, those of a job by the numbers of their attempts in the hash {@value #KEY}{@code <id>}; the sorted set {@value
 * #INDEX}{@code <type>} has the attempts of a type by their times, so that only the newest are kept. No attempt waits or fails for it: recordings are
 * written every {@value #PERIOD_MILLIS} ms; at most {@value #MOST_WAITING} wait. Others are dropped, and so are those that Redis
 * does not take. Thread-safe.
 */
@Component
class Recordings implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);

    static final String KEY = "caravan:recording:";
    static final String INDEX = "caravan:recordings:";

    private static final int PERIOD_MILLIS = 200;
    private static final int MOST_WAITING = 100;
    /** Longer than Redis may take for a command. */
    private static final int PATIENCE_SECONDS = 5;

    private final RedisPipeline pipeline;
    private final RecorderSettings settings;
    private final BlockingQueue<JobRecording> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final LongAdder stored = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-recorder"));

    Recordings(StringRedisTemplate redis, RecorderSettings settings) {
        this.pipeline = new RedisPipeline(redis);
        this.settings = settings;
    }

    /** Takes the recording of an attempt that has ended. */
    void add(JobRecording recording) {
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
        List<JobRecording> batch = new ArrayList<>();
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
            trim(batch.stream().map(JobRecording::type).distinct().toList());
        } catch (RuntimeException e) {
            LOG.debug("The next recordings of these types remove those that are too many", e);
        }
    }

    private void set(RedisConnection redis, JobRecording one) {
        byte[] index = bytes(INDEX + one.type());
        byte[] key = bytes(KEY + one.jobId());
        String attempt = Integer.toString(one.attempt());
        redis.zSetCommands().zAdd(index, one.startedAt().toEpochMilli(), bytes(attempt + ':' + one.jobId()));
        redis.keyCommands().pExpire(index, settings.retention().toMillis());
        redis.hashCommands().hSet(key, bytes(attempt), bytes(one.json()));
        redis.keyCommands().pExpire(key, settings.retention().toMillis());
    }

    /** Keeps the newest of each of these types. */
    private void trim(List<String> types) {
        List<Object> old = pipeline.text(redis ->
                types.forEach(type -> redis.zSetCommands().zRange(bytes(INDEX + type), 0, -1L - settings.newest())));
        if (old.stream().allMatch(ids -> ((Collection<?>) ids).isEmpty())) {
            return;
        }
        pipeline.text(redis -> {
            for (int i = 0; i < old.size(); i++) {
                byte[] index = bytes(INDEX + types.get(i));
                for (Object one : (Collection<?>) old.get(i)) {
                    Place place = Place.of((String) one);
                    redis.hashCommands().hDel(bytes(KEY + place.job), bytes(place.attempt));
                    redis.zSetCommands().zRem(index, bytes((String) one));
                }
            }
        });
    }

    /** Where a recording is: as the index has it, {@code <attempt>:<job>}. */
    private record Place(String attempt, String job) {
        static Place of(String text) {
            int end = text.indexOf(':');
            return new Place(text.substring(0, end), text.substring(end + 1));
        }
    }

    /**
     * What is known of a job.
     *
     * @param json the recording that was asked for; null if there is none
     * @param attempts those of the job that are recorded
     */
    record Found(boolean isJob, String json, List<Integer> attempts) {}

    /**
     * Finds the recording of an attempt, or that of the latest attempt that has one.
     *
     * @param attempt 0 for the latest
     * @throws org.springframework.dao.DataAccessException if Redis does not respond
     */
    Found find(String job, int attempt) {
        List<Object> replies = pipeline.text(redis -> {
            redis.keyCommands().exists(bytes(JobHashes.KEY + job));
            redis.hashCommands().hExists(bytes(JobHashes.KEY + job), bytes(DiscardedJobs.FIELD));
            redis.hashCommands().hKeys(bytes(KEY + job));
        });
        List<Integer> attempts = ((Collection<?>) replies.get(2))
                .stream().map(one -> Integer.valueOf((String) one)).sorted().toList();
        boolean isJob = Boolean.TRUE.equals(replies.get(0)) && !Boolean.TRUE.equals(replies.get(1));
        if (!isJob || attempts.isEmpty()) {
            return new Found(isJob, null, attempts);
        }
        int asked = attempt > 0 ? attempt : attempts.get(attempts.size() - 1);
        List<Object> found =
                pipeline.text(redis -> redis.hashCommands().hGet(bytes(KEY + job), bytes(Integer.toString(asked))));
        return new Found(true, (String) found.get(0), attempts);
    }

    /** Those of a type that are kept, newest first. @throws org.springframework.dao.DataAccessException if Redis does not respond */
    List<JobRecording> newest(String type) {
        List<Object> places =
                pipeline.text(redis -> redis.zSetCommands().zRevRange(bytes(INDEX + type), 0, settings.newest() - 1L));
        List<Object> found = pipeline.text(redis -> ((Collection<?>) places.get(0)).forEach(one -> {
            Place place = Place.of((String) one);
            redis.hashCommands().hGet(bytes(KEY + place.job), bytes(place.attempt));
        }));
        return found.stream()
                .filter(Objects::nonNull)
                .map(json -> JobRecording.of((String) json))
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
