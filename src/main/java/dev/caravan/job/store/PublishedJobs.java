package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.batch.Batcher;
import dev.caravan.job.Job;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Notes in the hash of a job with an Idempotency-Key that the broker has confirmed its message: a client that repeats the
 * request then sends no second message, which a service that knows only the wire contract would run, too. Thread-safe.
 */
@Component
public class PublishedJobs implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedJobs.class);
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;
    private static final int TIMEOUT_MILLIS = 500;

    private final RedisPipeline pipeline;
    private final byte[] script = bytes(RedisScript.of(new ClassPathResource("job-published.lua", PublishedJobs.class))
            .getScriptAsString());
    private final Batcher<Note> batcher;

    private record Note(Job job, CompletableFuture<Void> written) {}

    /** @param executor writes batches, and runs what follows */
    public PublishedJobs(StringRedisTemplate redis, @Qualifier("batchExecutor") Executor executor) {
        this.pipeline = new RedisPipeline(redis);
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::write);
    }

    /**
     * Notes it for one job.
     *
     * @return completes when it is written, at the latest after {@value #TIMEOUT_MILLIS} ms; never fails: the job is accepted, and
     *     a repeated request sends a second message
     */
    public CompletableFuture<Void> note(Job job) {
        Note note = new Note(job, new CompletableFuture<>());
        if (!batcher.offer(note)) {
            note.written.complete(null);
        }
        return note.written.completeOnTimeout(null, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private Runnable write(List<Note> batch) {
        try {
            pipeline.raw(connection -> batch.forEach(note -> connection
                    .scriptingCommands()
                    .eval(script, ReturnType.VALUE, 1, bytes(JobHashes.KEY + note.job.id()))));
        } catch (RuntimeException e) {
            LOG.debug("{} messages of jobs were not noted", batch.size(), e);
        }
        return () -> batch.forEach(note -> note.written.complete(null));
    }

    @Override
    public void destroy() {
        batcher.close();
    }
}
