package dev.caravan.job;

import dev.caravan.component.ConsumedMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The attempts whose handler runs on this node: whose turn it is, which take long, and what becomes of them when the node
 * stops. Thread-safe.
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

    private volatile boolean stopping;

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
     * @throws InterruptedException if the node stops
     */
    void begin(Job job, int interruptions, ConsumedMessage message) throws InterruptedException {
        Thread.interrupted(); // a handler that this thread ran before may have left it interrupted
        Running attempt = new Running(job, message, Thread.currentThread(), System.nanoTime());
        running.put(job.token(), attempt);
        if (stopping) {
            attempt.interrupt();
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

    /** The handler has ended. Returns true if that comes too late, since the attempt was handed over. */
    boolean end(Job job) {
        Running attempt = running.remove(job.token());
        if (attempt == null) {
            return false;
        }
        turns.release(attempt.permits);
        return attempt.end();
    }

    /** Acknowledges the messages of attempts that have run for long, and warns of those that are stuck; called by a timer. */
    void check() {
        long now = System.nanoTime();
        for (Running attempt : running.values()) {
            if (attempt.message != null
                    && now - attempt.since > settings.ackAfter().toNanos()) {
                attempt.message.acknowledge();
                attempt.message = null;
            }
            if (isStuck(attempt, now) && !attempt.known) {
                attempt.known = true;
                LOG.warn(
                        "Job {} ({}) is stuck: its handler has run for {}. It is at {}",
                        attempt.job.id(),
                        attempt.job.type(),
                        settings.stuckAfter(),
                        Arrays.stream(attempt.thread.getStackTrace())
                                .limit(FRAMES)
                                .map(StackTraceElement::toString)
                                .collect(Collectors.joining(" < ")));
            }
        }
    }

    private boolean isStuck(Running attempt, long now) {
        return now - attempt.since > settings.stuckAfter().toNanos();
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
                .filter(Running::interrupt)
                .map(attempt -> attempt.job)
                .toList();
    }

    private static final class Running {
        private final Job job;
        private final Thread thread;
        private final long since;
        /** Null when it is acknowledged; that and whether it is known to be stuck is touched by the timer alone. */
        private ConsumedMessage message;

        private boolean known;
        private int permits;
        private boolean interrupted;
        private boolean ended;

        Running(Job job, ConsumedMessage message, Thread thread, long since) {
            this.job = job;
            this.message = message;
            this.thread = thread;
            this.since = since;
        }

        /** Not after the end: the thread does something else by then. */
        synchronized boolean interrupt() {
            if (!ended) {
                interrupted = true;
                thread.interrupt();
            }
            return interrupted;
        }

        synchronized boolean end() {
            ended = true;
            return interrupted;
        }
    }
}
