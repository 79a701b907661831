package dev.caravan.job.store;

import dev.caravan.job.InvalidJobMessage;
import dev.caravan.job.Job;
import dev.caravan.job.JobTransition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Withdrawals that Redis has not taken yet. Each is kept until it has: a job that was rejected must not run. So the bound, in
 * bytes, is for those who submit more: they look at {@link #isFull} first. What was submitted before that may exceed it.
 * Thread-safe.
 */
final class PendingWithdrawals {
    /** For about 60,000. */
    static final long MAX_BYTES = 16 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(PendingWithdrawals.class);
    private static final int BATCH = 500;
    /** What one takes beside its texts: four objects and three arrays. */
    private static final int OVERHEAD = 208;
    /** What the batch that it leaves takes more: two objects and an array. */
    private static final int ADMISSION = 72;

    private final long maxBytes;
    private final Queue<Pending> pending = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean warned = new AtomicBoolean();
    /** Whether some are on their way to Redis. */
    private final AtomicBoolean repeating = new AtomicBoolean();

    private record Pending(String id, String type, String token, Duration expiry, JobTransition.Admission admission) {
        int bytes() {
            int ofBatch = admission == null ? 0 : ADMISSION + admission.batch().length();
            return OVERHEAD + id.length() + type.length() + token.length() + ofBatch;
        }

        JobTransition transition() {
            return JobTransition.withdrawn(Job.create(id, type, null, token), expiry)
                    .admitted(admission);
        }
    }

    PendingWithdrawals(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Whether no more jobs may be submitted: each of them might have to be withdrawn. */
    boolean isFull() {
        return bytes.get() >= maxBytes;
    }

    /** Keeps a withdrawal that has failed, unless it always will, since the key in Redis holds no job. */
    void add(JobTransition withdrawn, Throwable failure) {
        if (failure instanceof InvalidJobMessage) {
            return;
        }
        Job job = withdrawn.job();
        add(new Pending(job.id(), job.type(), job.token(), withdrawn.expiry(), withdrawn.admission()));
    }

    private void add(Pending withdrawal) {
        pending.add(withdrawal);
        if (bytes.addAndGet(withdrawal.bytes()) >= maxBytes && warned.compareAndSet(false, true)) {
            LOG.warn("This node accepts no jobs until Redis has taken {} withdrawals of rejected ones", pending.size());
        }
    }

    /**
     * Writes all of them, {@value #BATCH} at a time, until a write fails. Does nothing while that is under way.
     *
     * @param write fails if Redis has not taken the transition
     */
    void repeat(Function<JobTransition, CompletableFuture<?>> write) {
        if (!pending.isEmpty() && repeating.compareAndSet(false, true)) {
            repeatNext(write);
        }
    }

    private void repeatNext(Function<JobTransition, CompletableFuture<?>> write) {
        List<CompletableFuture<Boolean>> written = new ArrayList<>();
        for (Pending next; written.size() < BATCH && (next = pending.poll()) != null; ) {
            Pending withdrawal = next;
            written.add(write.apply(withdrawal.transition()).handle((result, failure) -> {
                bytes.addAndGet(-withdrawal.bytes());
                boolean away = failure != null && !(failure instanceof InvalidJobMessage);
                if (away) {
                    add(withdrawal);
                }
                return !away;
            }));
        }
        CompletableFuture.allOf(written.toArray(CompletableFuture[]::new)).thenRun(() -> {
            if (written.stream().allMatch(CompletableFuture::join) && !pending.isEmpty()) {
                repeatNext(write);
            } else {
                if (pending.isEmpty() && warned.compareAndSet(true, false)) {
                    LOG.info("Redis has taken all withdrawals: this node accepts jobs again");
                }
                repeating.set(false);
            }
        });
    }
}
