package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.Job;
import dev.caravan.job.Progress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Stores the progress of jobs. A handler reports as often as it likes, and neither waits nor fails for it: the latest report
 * of each job is written every {@value #PERIOD_MILLIS} ms, all jobs in one round trip, and lost if Redis is away.
 * Thread-safe.
 */
@Component
public class JobProgress implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobProgress.class);
    private static final int PERIOD_MILLIS = 200;

    private final RedisPipeline pipeline;
    private final byte[] script = bytes(RedisScript.of(new ClassPathResource("job-progress.lua", JobProgress.class))
            .getScriptAsString());
    /** What is not written yet, by job: at most as many as run on this node. */
    private final Map<Job, Progress> latest = new ConcurrentHashMap<>();

    private final AtomicBoolean planned = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-progress"));
    private volatile long writtenAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);

    public JobProgress(StringRedisTemplate redis) {
        this.pipeline = new RedisPipeline(redis);
    }

    /**
     * Reports progress.
     *
     * @param job the one that runs; null outside of a job: nothing happens
     * @param percent a number, or text that is one, with or without {@code %}; below 0 counts as 0, above 100 as 100.
     *     Anything else is ignored
     * @param text what it does, cut after {@value Progress#LONGEST} characters; may be null
     */
    public void report(Job job, Object percent, Object text) {
        if (job == null) {
            return;
        }
        double number = number(percent);
        if (Double.isNaN(number)) {
            LOG.debug("Job {} reports {} as its progress, which is no number", job.id(), percent);
            return;
        }
        String shown = text == null ? "" : text.toString();
        latest.put(
                job,
                new Progress(
                        (int) Math.round(Math.max(0, Math.min(100, number))),
                        shown.length() > Progress.LONGEST ? shown.substring(0, Progress.LONGEST) : shown));
        plan();
    }

    private static double number(Object percent) {
        try {
            return percent == null
                    ? Double.NaN
                    : Double.parseDouble(percent.toString().strip().replaceFirst("\\s*%$", ""));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private void plan() {
        if (planned.compareAndSet(false, true)) {
            long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - writtenAt);
            try {
                thread.schedule(this::write, Math.max(0, PERIOD_MILLIS - since), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The node stops", e);
            }
        }
    }

    private void write() {
        planned.set(false);
        writtenAt = System.nanoTime();
        Map<Job, Progress> now = Map.copyOf(latest);
        now.forEach(latest::remove); // not what was reported since
        try {
            pipeline.raw(connection -> now.forEach((job, progress) -> connection
                    .scriptingCommands()
                    .eval(
                            script,
                            ReturnType.INTEGER,
                            1,
                            bytes(JobHashes.KEY + job.id()),
                            bytes(Integer.toString(job.attempt())),
                            bytes(Integer.toString(progress.percent())),
                            bytes(progress.text()))));
        } catch (RuntimeException e) {
            LOG.debug("The progress of {} jobs was not written", now.size(), e);
        }
    }

    @Override
    public void destroy() {
        thread.shutdownNow();
    }
}
