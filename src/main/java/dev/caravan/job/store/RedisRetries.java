package dev.caravan.job.store;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.dao.DataAccessException;

/** Repeats what Redis did not respond to. */
final class RedisRetries {
    private static final int MINUTES = 10;
    private static final int FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_MILLIS = 2000;

    private RedisRetries() {}

    /**
     * Calls until Redis responds: again after {@value #FIRST_PAUSE_MILLIS} ms, then after twice as long each time, up to
     * {@value #LONGEST_PAUSE_MILLIS} ms. No thread waits.
     *
     * @param executor makes the calls but the first
     * @return fails with the failure of the last call after {@value #MINUTES} minutes, and at once if it is no
     *     {@link DataAccessException}
     */
    static <T> CompletableFuture<T> untilItResponds(Supplier<CompletableFuture<T>> call, Executor executor) {
        return call(call, executor, FIRST_PAUSE_MILLIS, System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES));
    }

    private static <T> CompletableFuture<T> call(
            Supplier<CompletableFuture<T>> call, Executor executor, long pauseMillis, long deadline) {
        return call.get().exceptionallyCompose(failure -> {
            boolean away = failure instanceof DataAccessException || failure.getCause() instanceof DataAccessException;
            if (!away || System.nanoTime() - deadline > 0) {
                return CompletableFuture.failedFuture(failure);
            }
            long next = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
            Executor later = CompletableFuture.delayedExecutor(pauseMillis, TimeUnit.MILLISECONDS, executor);
            return CompletableFuture.supplyAsync(() -> call(call, executor, next, deadline), later)
                    .thenCompose(reply -> reply);
        });
    }
}
