package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;
import static dev.caravan.job.store.RedisPipeline.text;

import dev.caravan.component.batch.Batcher;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.LogLine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.domain.Range;
import org.springframework.data.domain.Range.Bound;
import org.springframework.data.redis.connection.Limit;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Reads the logs of jobs, and the state of each: for all that ask at a time in one round trip, and no thread waits for it.
 * Thread-safe.
 */
@Component
public class JobLogReads implements DisposableBean {
    /** How many lines a page has at most. */
    public static final int PAGE = 1000;

    private static final int CAPACITY = 10_000;
    /** A log may be large. */
    private static final int BATCH = 16;

    private static final List<String> STATE = List.of("state", "status", DiscardedJobs.FIELD);

    private final RedisPipeline pipeline;
    private final Batcher<Read> batcher;

    private record Read(String id, long after, CompletableFuture<Page> page) {}

    /**
     * Lines of a job, in their order.
     *
     * @param state of the job; NEW if there is none, or it is discarded
     * @param after the number that all of them are above
     */
    public record Page(JobState state, long after, List<LogLine> lines) {}

    /** @param executor reads batches, and runs what follows a read */
    public JobLogReads(StringRedisTemplate redis, @Qualifier("batchExecutor") Executor executor) {
        this.pipeline = new RedisPipeline(redis);
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::read);
    }

    /**
     * Reads lines of a job.
     *
     * @param after the number of the last line that the reader has, or 0
     * @return fails with a {@link org.springframework.dao.DataAccessException} if Redis does not respond, or {@value #CAPACITY}
     *     reads wait for it already
     */
    public CompletableFuture<Page> read(String id, long after) {
        Read read = new Read(id, after, new CompletableFuture<>());
        if (!batcher.offer(read)) {
            read.page.completeExceptionally(
                    new DataAccessResourceFailureException(CAPACITY + " reads wait for Redis already"));
        }
        return read.page;
    }

    private Runnable read(List<Read> batch) {
        try {
            List<Object> replies = pipeline.raw(connection -> batch.forEach(read -> {
                connection.hashCommands().hMGet(bytes(JobHashes.KEY + read.id), RedisPipeline.bytes(STATE));
                connection
                        .streamCommands()
                        .xRange(
                                bytes(JobLog.KEY + read.id),
                                Range.rightUnbounded(Bound.inclusive(Long.toString(read.after + 1))),
                                Limit.limit().count(PAGE));
            }));
            List<Page> pages = new ArrayList<>(batch.size());
            for (int i = 0; i < batch.size(); i++) {
                pages.add(new Page(
                        state((List<?>) replies.get(i * 2)),
                        batch.get(i).after,
                        ((List<?>) replies.get(i * 2 + 1))
                                .stream().map(JobLogReads::line).toList()));
            }
            return () -> {
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).page.complete(pages.get(i));
                }
            };
        } catch (RuntimeException e) {
            return () -> batch.forEach(read -> read.page.completeExceptionally(e));
        }
    }

    private static JobState state(List<?> values) {
        Map<String, String> hash = new HashMap<>();
        for (int i = 0; i < STATE.size(); i++) {
            if (values.get(i) != null) {
                hash.put(STATE.get(i), text(values.get(i)));
            }
        }
        return hash.containsKey(DiscardedJobs.FIELD) ? JobState.NEW : Job.stateOf(hash);
    }

    private static LogLine line(Object entry) {
        ByteRecord record = (ByteRecord) entry;
        Map<String, String> fields = new TreeMap<>();
        record.getValue().forEach((name, value) -> fields.put(text(name), text(value)));
        String id = record.getId().getValue();
        return new LogLine(
                Job.number(id.substring(0, id.indexOf('-'))),
                Job.number(fields.get("at")),
                fields.getOrDefault("level", ""),
                (int) Job.number(fields.get("attempt")),
                fields.getOrDefault("text", ""));
    }

    @Override
    public void destroy() {
        batcher.close();
    }
}
