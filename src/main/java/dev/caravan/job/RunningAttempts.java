package dev.caravan.job;

import dev.caravan.component.Causes;
import dev.caravan.component.ConsumedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The attempts whose handler runs on this node: whose turn it is, which take long, which must end, and what becomes of them
 * when the node stops. Thread-safe.
 *
 * <p>An attempt must end when its job is cancelled or its time is over. Its handler goes no step further; after
 * {@code cancel-grace}, or at once when the time is over, its thread is interrupted. One that still runs {@code abandon-after}
 * later is abandoned: its job goes on without it, and its thread counts against {@code max-abandoned} until it ends.
 *
 * <p>The attempt of a job that has lost its worker {@value #ALONE_AFTER} times may be what killed them. It runs alone: it waits
 * until the others have ended, and others wait until it has. Nobody waits for longer than a minute: a job that runs for
 * hours would hold up all others.
 */
@Component
public class RunningAttempts {
    private static final Logger LOG = LoggerFactory.getLogger(RunningAttempts.class);
    static final int ALONE_AFTER = 2;
    private static final int ALL = Integer.MAX_VALUE;
    private static final int FRAMES = 5;

    private final JobSettings settings;
    private final Duration patience;
    /** One permit for each attempt, all of them for one that runs alone. */
    private final Semaphore turns = new Semaphore(ALL, true);
    /** By token. */
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    private final AtomicInteger abandoned = new AtomicInteger();
    private volatile boolean stopping;

    /** Why an attempt must end, or how it has. */
    enum End {
        NONE,
        HANDED_OVER,
        CANCELLED,
        TIMED_OUT,
        /** Whatever its handler does now comes too late. */
        ABANDONED
    }

    /**
     * An attempt whose handler did not end in time.
     *
     * @param reason why it should have
     * @param stack where its thread is
     * @param properties of its exchange
     */
    record Abandoned(Job job, End reason, String stack, Map<String, Object> properties) {}

    @Autowired
    RunningAttempts(JobSettings settings) {
        this(settings, Duration.ofMinutes(1));
    }

    RunningAttempts(JobSettings settings, Duration patience) {
        this.settings = settings;
        this.patience = patience;
    }

    /**
     * The calling thread is about to run the handler; returns when it may.
     *
     * @param message of the attempt; null if there is none to acknowledge
     * @param timeout how long it may run, its turn included; zero for any time
     * @param properties of its exchange, as they are at any time
     * @throws InterruptedException if the node stops
     */
    void begin(Job job, int interruptions, ConsumedMessage message, Duration timeout, Map<String, Object> properties)
            throws InterruptedException {
        Thread.interrupted(); // a handler that this thread ran before may have interrupted it later
        Running attempt =
                new Running(job, message, Thread.currentThread(), System.nanoTime(), timeout.toNanos(), properties);
        running.put(job.token(), attempt);
        if (stopping) {
            attempt.handOver();
        }
        boolean alone = interruptions >= ALONE_AFTER;
        if (alone) {
            LOG.warn("Job {} ({}) has lost its worker {} times: it runs alone", job.id(), job.type(), interruptions);
        }
        int permits = alone ? ALL : 1;
        if (turns.tryAcquire(permits, patience.toNanos(), TimeUnit.NANOSECONDS)) {
            attempt.permits = permits;
        } else {
            LOG.warn("Job {} ({}) has waited for {} to run, and is run now", job.id(), job.type(), patience);
        }
    }

    /** A step of the handler has failed: the first to say so is the innermost. */
    void failedAt(Job job, FailedStep step, Throwable failure) {
        Running attempt = running.get(job.token());
        if (attempt != null) {
            attempt.failedAt(new Failed(step, failure));
        }
    }

    /** Where the handler failed; null if at no step, or not with this failure, or with one that it has caused. */
    FailedStep failedStep(Job job, Throwable failure) {
        Running attempt = running.get(job.token());
        Failed failed = attempt == null ? null : attempt.failed;
        return failed != null && (Causes.has(failed.failure, failure) || Causes.has(failure, failed.failure))
                ? failed.step
                : null;
    }

    /** The handler has ended. Returns why it had to, or what has become of the attempt before. */
    End end(Job job) {
        Running attempt = running.remove(job.token());
        if (attempt == null) {
            return End.NONE;
        }
        End end = attempt.end();
        Thread.interrupted(); // what follows is not the handler's
        if (end == End.ABANDONED) {
            abandoned.decrementAndGet();
        }
        if (!attempt.released) {
            turns.release(attempt.permits);
        }
        return end;
    }

    /** Somebody has cancelled the job of an attempt: no further step of its handler begins. */
    void cancel(Job job) {
        Running attempt = running.get(job.token());
        if (attempt != null) {
            mustEnd(attempt, End.CANCELLED, settings.cancelGrace());
        }
    }

    /** Another worker has the job of an attempt, or may have it: its handler does nothing more. */
    void giveUp(Job job) {
        Running attempt = running.get(job.token());
        if (attempt != null) {
            attempt.handOver();
        }
    }

    private static void mustEnd(Running attempt, End why, Duration grace) {
        attempt.mustEnd(why, System.nanoTime() + grace.toNanos());
    }

    /** Whether the handler of an attempt may not go on: the attempt must end, or has ended without it. */
    boolean mustEnd(Job job) {
        Running attempt = running.get(job.token());
        return attempt == null || attempt.mayNotGoOn;
    }

    /**
     * The attempts whose handlers did not end when they had to, until they are released; no more of them than {@code
     * caravan.jobs.max-abandoned}. Their threads run on.
     */
    List<Abandoned> abandon() {
        long now = System.nanoTime();
        List<Abandoned> found = new ArrayList<>();
        for (Running attempt : running.values()) {
            End why = attempt.mustEnd;
            if (why == null || attempt.interruptAt + settings.abandonAfter().toNanos() - now >= 0) {
                continue;
            }
            if (abandoned.get() < settings.maxAbandoned() && attempt.abandon()) {
                abandoned.incrementAndGet();
                LOG.warn(
                        "Job {} ({}) goes on without its handler, which did not end although the job was {}. It is at {}",
                        attempt.job.id(),
                        attempt.job.type(),
                        why == End.CANCELLED ? "cancelled" : "over its time limit",
                        attempt.place());
            }
            if (attempt.isAbandoned() && !attempt.released) {
                String stack = ShortStack.of(attempt.thread.getStackTrace());
                found.add(new Abandoned(attempt.job, why, stack, attempt.properties));
            }
        }
        return found;
    }

    /** What has become of an abandoned attempt is stored: its message and its turn are free, its thread is not. */
    void release(Job job) {
        Running attempt = running.get(job.token());
        if (attempt != null && attempt.isAbandoned() && !attempt.released) {
            attempt.released = true;
            turns.release(attempt.permits);
            if (attempt.message != null) {
                attempt.message.release();
            }
        }
    }

    /** How many threads run handlers that were abandoned. */
    public int abandoned() {
        return abandoned.get();
    }

    /**
     * Acknowledges the messages of attempts that have run for long, interrupts those that must end, and warns of those that are
     * stuck; called by a timer.
     */
    void check() {
        long now = System.nanoTime();
        for (Running attempt : running.values()) {
            if (attempt.message != null
                    && !attempt.acknowledged
                    && now - attempt.since > settings.ackAfter().toNanos()) {
                attempt.message.acknowledge();
                attempt.acknowledged = true;
            }
            if (attempt.timeout > 0 && now - attempt.since > attempt.timeout) {
                mustEnd(attempt, End.TIMED_OUT, Duration.ZERO);
            }
            attempt.interruptIfDue(now);
            if (isStuck(attempt, now) && !attempt.known) {
                attempt.known = true;
                LOG.warn(
                        "Job {} ({}) is stuck: its handler has run for {}. It is at {}",
                        attempt.job.id(),
                        attempt.job.type(),
                        settings.stuckAfter(),
                        attempt.place());
            }
        }
    }

    /** A bulk act may take a day, at the rate that somebody wants. */
    private boolean isStuck(Running attempt, long now) {
        return !JobTypes.BULK.equals(attempt.job.type())
                && now - attempt.since > settings.stuckAfter().toNanos();
    }

    /** How many have run for longer than {@code caravan.jobs.stuck-after}. */
    public int stuck() {
        long now = System.nanoTime();
        return (int) running.values().stream()
                .filter(attempt -> isStuck(attempt, now))
                .count();
    }

    /** Whether so many are stuck that this node runs no other job. */
    public boolean isBlocked() {
        return stuck() >= settings.concurrency();
    }

    /** How long the longest has run; zero if none runs. */
    public Duration longest() {
        long now = System.nanoTime();
        return Duration.ofNanos(running.values().stream()
                .mapToLong(attempt -> now - attempt.since)
                .max()
                .orElse(0));
    }

    /** How many wait for their turn, roughly. */
    int waiting() {
        return turns.getQueueLength();
    }

    /** Interrupts all handlers. Whatever comes of them now, these attempts are handed over. */
    List<Job> handOver() {
        stopping = true;
        return running.values().stream()
                .filter(Running::handOver)
                .map(attempt -> attempt.job)
                .toList();
    }

    /** A step of a handler that failed, and its failure. */
    private record Failed(FailedStep step, Throwable failure) {}

    private static final class Running {
        private final Job job;
        private final Thread thread;
        private final long since;
        /** Nanoseconds; 0 for any time. */
        private final long timeout;

        private final ConsumedMessage message;
        private final Map<String, Object> properties;
        /** Whether the message is, and whether it is known to be stuck: touched by the timer alone. */
        private boolean acknowledged;

        private boolean known;
        private int permits;
        /** Touched by those who get the results of transitions: one at a time for one job. */
        private volatile boolean released;

        private volatile boolean mayNotGoOn;
        private boolean handedOver;
        private boolean abandoned;
        private boolean ended;
        /** Null while it may run on. */
        private volatile End mustEnd;

        /** Written by the threads that steps fail on, before the handler ends. */
        private volatile Failed failed;

        private volatile long interruptAt;
        private boolean interrupted;

        Running(
                Job job,
                ConsumedMessage message,
                Thread thread,
                long since,
                long timeout,
                Map<String, Object> properties) {
            this.job = job;
            this.message = message;
            this.thread = thread;
            this.since = since;
            this.timeout = timeout;
            this.properties = properties;
        }

        /** Two branches may fail at once. */
        synchronized void failedAt(Failed other) {
            if (failed == null || !Causes.has(other.failure, failed.failure)) {
                failed = other;
            }
        }

        /** Not after the end: the thread does something else by then. */
        synchronized boolean handOver() {
            if (!ended && !abandoned) {
                handedOver = true;
                mayNotGoOn = true;
                thread.interrupt();
            }
            return handedOver;
        }

        /** Nothing if it must already, or has ended. */
        synchronized void mustEnd(End why, long at) {
            if (!ended && !handedOver && mustEnd == null) {
                interruptAt = at;
                mustEnd = why;
                mayNotGoOn = true;
            }
        }

        synchronized void interruptIfDue(long now) {
            if (mustEnd != null && !ended && !interrupted && interruptAt - now <= 0) {
                interrupted = true;
                thread.interrupt();
            }
        }

        /** Returns false if it was before, or has ended. */
        synchronized boolean abandon() {
            boolean first = !ended && !handedOver && !abandoned;
            abandoned |= first;
            return first;
        }

        synchronized boolean isAbandoned() {
            return abandoned && !ended;
        }

        synchronized End end() {
            ended = true;
            return abandoned ? End.ABANDONED : handedOver ? End.HANDED_OVER : mustEnd == null ? End.NONE : mustEnd;
        }

        /** Where its thread is. */
        String place() {
            return Arrays.stream(thread.getStackTrace())
                    .limit(FRAMES)
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining(" < "));
        }
    }
}
