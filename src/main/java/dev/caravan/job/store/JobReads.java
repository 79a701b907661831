package dev.caravan.job.store;

import dev.caravan.component.batch.Batcher;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;

/**
 * Reads the hashes of jobs that many clients ask for: all that are asked for at a time in one round trip, and no thread waits
 * for it. Thread-safe.
 */
@Component
public class JobReads implements DisposableBean {
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;

    private final JobHashes hashes;
    private final Batcher<Read> batcher;

    private record Read(String id, CompletableFuture<Map<String, String>> hash) {}

    /** @param executor reads batches, and runs what follows a read */
    public JobReads(JobHashes hashes, @Qualifier("batchExecutor") Executor executor) {
        this.hashes = hashes;
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::read);
    }

    /**
     * Reads all fields of a job.
     *
     * @return empty if there is no such job; fails with a {@link org.springframework.dao.DataAccessException} if Redis does not
     *     respond, or {@value #CAPACITY} reads wait for it already
     */
    public CompletableFuture<Map<String, String>> read(String id) {
        Read read = new Read(id, new CompletableFuture<>());
        if (!batcher.offer(read)) {
            read.hash.completeExceptionally(
                    new DataAccessResourceFailureException(CAPACITY + " reads wait for Redis already"));
        }
        return read.hash;
    }

    private Runnable read(List<Read> batch) {
        try {
            List<Map<String, String>> found =
                    hashes.all(batch.stream().map(Read::id).toList());
            return () -> {
                for (int i = 0; i < found.size(); i++) {
                    batch.get(i).hash.complete(found.get(i));
                }
            };
        } catch (RuntimeException e) {
            return () -> batch.forEach(read -> read.hash.completeExceptionally(e));
        }
    }

    @Override
    public void destroy() {
        batcher.close();
    }
}
