package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.JobLogCounts;
import dev.caravan.job.JobSettings;
import dev.caravan.job.LogLine;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Stores the lines that handlers log, a stream {@value #KEY}{@code <id>} for each job that has any. A handler neither waits nor
 * fails for it: the lines of all jobs are written every {@value #PERIOD_MILLIS} ms, in one round trip. Of one job at most {@value
 * #AT_A_TIME} lines wait, the latest; of all together as many as have {@value #MOST_WAITING} characters. Others are dropped, and
 * so are those that Redis does not take. The numbers of the lines tell where some are missing. Thread-safe.
 */
@Component
public class JobLog implements JobLogCounts, DisposableBean {
    static final String KEY = "JobLog:";

    private static final int PERIOD_MILLIS = 200;
    static final int AT_A_TIME = 100;
    /** Longer than Redis may take for a command. */
    private static final int PATIENCE_SECONDS = 5;

    private static final int MOST_WAITING = 4_000_000;
    /** What a line takes beside its characters, roughly: empty ones are bounded, too. */
    private static final int OVERHEAD = 100;

    private final RedisPipeline pipeline;
    private final byte[] mostLines;
    private final byte[] mostBytes;
    private final byte[] script = bytes(
            RedisScript.of(new ClassPathResource("job-log.lua", JobLog.class)).getScriptAsString());
    /** By job. */
    private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();

    private final AtomicInteger size = new AtomicInteger();
    private final LongAdder stored = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-job-log"));
    private volatile long writtenAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);

    public JobLog(StringRedisTemplate redis, JobSettings settings) {
        this.pipeline = new RedisPipeline(redis);
        this.mostLines = bytes(Integer.toString(settings.logLines()));
        this.mostBytes = bytes(Long.toString(settings.logSize().toBytes()));
    }

    /** Lines of one job. Touched under the lock of their entry in the map, then by the one who has taken them out. */
    private static final class Waiting {
        private final Deque<LogLine> lines = new ArrayDeque<>();
        /** How many before these are missing. */
        private long skipped;
        /** How long the stream is kept after these. */
        private Duration retention;
    }

    /**
     * Adds a line to those of a job.
     *
     * @param retention how long the log is kept after this line
     */
    public void add(String job, Duration retention, LogLine line) {
        waiting.compute(job, (id, last) -> {
            Waiting now = last == null ? new Waiting() : last;
            now.retention = retention;
            now.lines.add(line);
            int all = size.addAndGet(sizeOf(line));
            if (now.lines.size() > AT_A_TIME || all > MOST_WAITING) {
                size.addAndGet(-sizeOf(now.lines.remove()));
                now.skipped++;
                dropped.increment();
            }
            return now;
        });
        plan();
    }

    private static int sizeOf(LogLine line) {
        return line.text().length() + OVERHEAD;
    }

    @Override
    public long stored() {
        return stored.sum();
    }

    @Override
    public long dropped() {
        return dropped.sum();
    }

    private void plan() {
        if (planned.compareAndSet(false, true)) {
            long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - writtenAt);
            try {
                thread.schedule(this::write, Math.max(0, PERIOD_MILLIS - since), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                planned.set(false); // the node stops: destroy() writes
            }
        }
    }

    private void write() {
        planned.set(false);
        writtenAt = System.nanoTime();
        Map<String, Waiting> now = new HashMap<>();
        for (String job : waiting.keySet()) {
            Waiting taken = waiting.remove(job);
            taken.lines.forEach(line -> size.addAndGet(-sizeOf(line)));
            if (!taken.lines.isEmpty()) {
                now.put(job, taken);
            }
        }
        if (now.isEmpty()) {
            return;
        }
        try {
            pipeline.raw(connection -> now.forEach((job, lines) -> append(connection, job, lines)));
            now.values().forEach(lines -> stored.add(lines.lines.size()));
        } catch (RuntimeException e) { // not logged for each: the metric says so, and the node that Redis is away
            now.forEach(this::skip);
        }
    }

    private void append(RedisConnection connection, String job, Waiting taken) {
        List<byte[]> arguments = new ArrayList<>(5 + taken.lines.size() * 4);
        arguments.add(bytes(KEY + job));
        arguments.add(mostLines);
        arguments.add(mostBytes);
        arguments.add(bytes(Long.toString(taken.retention.toMillis())));
        arguments.add(bytes(Long.toString(taken.skipped)));
        for (LogLine line : taken.lines) {
            arguments.add(bytes(Long.toString(line.at())));
            arguments.add(bytes(line.level()));
            arguments.add(bytes(Integer.toString(line.attempt())));
            arguments.add(bytes(line.text()));
        }
        connection.scriptingCommands().eval(script, ReturnType.INTEGER, 1, arguments.toArray(byte[][]::new));
    }

    /** Lines that Redis did not take; the next ones of the job count them. */
    private void skip(String job, Waiting lost) {
        dropped.add(lost.lines.size());
        waiting.computeIfPresent(job, (id, next) -> {
            next.skipped += lost.skipped + lost.lines.size();
            return next;
        });
    }

    /** Writes what handlers have logged last. */
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
