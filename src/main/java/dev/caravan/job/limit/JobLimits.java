package dev.caravan.job.limit;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.LimitUse;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.store.LimitSlots;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Lets the jobs of a type that has limits, or is paused, begin as its limits allow. {@link LimitSlots} counts over all nodes. A
 * job that gets no slot is HELD: it has no message, no thread and no place on a node. When its turn comes, its slot is kept for it
 * while its message goes to a worker ({@link HeldJobs}). The slots of a worker that is gone are free after {@code
 * caravan.jobs.lease}.
 *
 * <p>A job of a type without limits costs a look-up here, and no command. Thread-safe.
 */
@Component
public class JobLimits implements Consumer<TransitionResult> {
    private static final Logger LOG = LoggerFactory.getLogger(JobLimits.class);
    /** Longer than a worker tries to store how an attempt begins, or ends. */
    private static final long FORGOTTEN_NANOS = Duration.ofMinutes(15).toNanos();

    private final LimitSlots slots;
    private final PausedTypes paused;
    private final HeldJobs heldJobs;
    private final Duration lease;
    private final List<Consumer<LimitUse>> listeners;
    /** The slots of the attempts of this node, by token. */
    private final Map<String, Slot> taken = new ConcurrentHashMap<>();

    /**
     * @param type of the job
     * @param key of the job
     * @param isStarted whether the attempt has begun, so that what comes next is an extension, or its end
     * @param since when it was taken or extended, {@link System#nanoTime}
     */
    private record Slot(String type, String key, boolean isShared, boolean isStarted, long since) {}

    public JobLimits(
            LimitSlots slots,
            PausedTypes paused,
            HeldJobs heldJobs,
            JobSettings settings,
            List<Consumer<LimitUse>> listeners) {
        this.slots = slots;
        this.paused = paused;
        this.heldJobs = heldJobs;
        this.lease = settings.lease();
        this.listeners = listeners;
    }

    /** Whether a claim must {@link #admit ask} before it is stored. */
    public boolean limits(JobTransition claim) {
        return claim.starts() && !paused.limits(claim.job().type()).equals(TypeLimits.NONE);
    }

    /**
     * The start of an attempt, if its job has got a slot; else the job is held.
     *
     * @return fails with a {@link org.springframework.dao.DataAccessException} if Redis does not respond for ten minutes
     */
    public CompletableFuture<JobTransition> admit(JobTransition start) {
        Job job = start.job();
        TypeLimits limits = paused.limits(job.type());
        String key = limits.keyOf(job);
        return slots.take(job.type(), limits, lease, job.id(), job.token(), key).thenApply(reply -> {
            heldJobs.release(job.type(), reply.next());
            if (!reply.isTaken()) {
                return JobTransition.held(job, reply.state());
            }
            taken.put(job.token(), new Slot(job.type(), key, reply.isShared(), false, System.nanoTime()));
            return start;
        });
    }

    /**
     * Gets each transition that this node made or tried: with the lease of a job its slot is extended, and with its end it is free.
     * A held job that is cancelled has no turn any more: it would use up a place of the rate.
     */
    @Override
    public void accept(TransitionResult result) {
        Job job = result.job();
        if (result.changed()
                && result.before() == JobState.HELD
                && result.state().terminal()) {
            slots.forget(job.type(), job.id()).exceptionally(failure -> unanswered("forgotten", job, failure));
            return;
        }
        Slot slot = taken.isEmpty() ? null : taken.get(job.token());
        if (slot == null || result.state() == JobState.NEW) { // Redis has lost the job: it is stored again
            return;
        }
        TypeLimits limits = paused.limits(job.type());
        if (result.done() && result.state() == JobState.RUNNING) {
            taken.put(job.token(), new Slot(slot.type, slot.key, false, true, System.nanoTime()));
            if (slot.isStarted || slot.isShared) {
                slots.extend(job.type(), limits, lease, job.id(), job.token(), slot.key)
                        .exceptionally(failure -> unanswered("extended", job, failure));
            }
        } else {
            taken.remove(job.token());
            slots.free(job.type(), limits, job.id(), job.token())
                    .thenAccept(next -> heldJobs.release(job.type(), next))
                    .exceptionally(failure -> unanswered("given back", job, failure));
        }
    }

    private static <T> T unanswered(String what, Job job, Throwable failure) {
        LOG.debug("The slot of job {} was not {}: it is free when its lease ends", job.id(), what, failure);
        return null;
    }

    /** Tells how the limits are used, and forgets the slots of attempts that never began, or went silent. Called by a timer. */
    public void tell() {
        long now = System.nanoTime();
        taken.values().removeIf(slot -> now - slot.since > FORGOTTEN_NANOS);
        Map<String, Long> used =
                taken.values().stream().collect(Collectors.groupingBy(Slot::type, Collectors.counting()));
        LimitUse use = new LimitUse(heldJobs.numbers(), used, paused.all().size());
        listeners.forEach(listener -> listener.accept(use));
    }
}
