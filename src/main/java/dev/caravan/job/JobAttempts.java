package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.BodyText;
import dev.caravan.component.ConsumedMessage;
import dev.caravan.component.RouteRevisions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.camel.Body;
import org.apache.camel.ExchangeException;
import org.apache.camel.ExchangeProperties;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Variable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * The attempts that this node makes: how one begins, what holds it, and how it ends. These are the steps of
 * {@code jobs-process} and {@code jobs-attempt}; most return the {@link JobTransition} to store.
 * Thread-safe.
 */
@Component
public class JobAttempts implements Consumer<TransitionResult> {
    private static final Logger LOG = LoggerFactory.getLogger(JobAttempts.class);

    private static final String HANDLER = "job-";
    private static final long WARN_NANOS = Duration.ofMinutes(1).toNanos();
    private static final JobError TIMED_OUT =
            new JobError("JobTimedOut", "The attempt ran for longer than it may (timeout)");
    /** What the lines of a handler's thread say of its job, in the MDC. */
    public static final String MDC_JOB = "job";

    public static final String MDC_TYPE = "type";
    public static final String MDC_ATTEMPT = "attempt";
    private static final String MDC_ROUTE = "route";
    private static final List<String> LOGGED = List.of(MDC_JOB, MDC_TYPE, MDC_ATTEMPT, MDC_ROUTE);

    private final JobMessages messages;
    private final JobTypes types;
    private final BodyText results;
    private final RunningAttempts running;
    private final JobSettings settings;
    private final String worker;
    private final String tokenPrefix = UUID.randomUUID().toString().substring(0, 13) + "-";
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicLong warnedAt = new AtomicLong(System.nanoTime() - WARN_NANOS);
    /** The attempts under way on this node, by token. */
    private final Map<String, Held> held = new ConcurrentHashMap<>();

    public JobAttempts(
            JobMessages messages,
            JobTypes types,
            BodyText results,
            RunningAttempts running,
            JobSettings settings,
            @Value("${caravan.node}") String worker) {
        this.messages = messages;
        this.types = types;
        this.results = results;
        this.running = running;
        this.settings = settings;
        this.worker = worker;
    }

    /**
     * A message from the worker queue becomes the start of an attempt; or its job waits for a node with a handler, if this
     * one has none.
     *
     * @param body {@code byte[]} or text
     * @throws InvalidJobMessage if the message is none
     */
    public JobTransition claim(Object body) {
        Job job = messages.read(body, tokenPrefix + tokens.incrementAndGet());
        if (!types.handles(job.type())) {
            warnOfNoHandler(job);
            return JobTransition.parked(job);
        }
        return JobTransition.started(job, worker, settings.lease());
    }

    /** Once a minute: a whole queue can be of a type that this node lacks. */
    private void warnOfNoHandler(Job job) {
        long now = System.nanoTime();
        long last = warnedAt.get();
        if (now - last > WARN_NANOS && warnedAt.compareAndSet(last, now)) {
            LOG.warn(
                    "Job {} waits for a node with a handler for its type {}: this one has none. Further such jobs are not"
                            + " logged for a minute.",
                    job.id(),
                    job.type());
        }
    }

    /**
     * What the handler gets: the payload, {@code {}} if the job has none. Returns when it is the attempt's turn. From here on
     * the log of this thread names the job.
     *
     * @param message of the attempt; may be null
     * @param properties of its exchange, which the handler gets, too
     * @throws JobInterrupted if the job has lost its worker too often
     * @throws JobStopped if the job was cancelled, or its lease has ended
     * @throws InterruptedException if the node stops
     */
    public String begin(
            @Body TransitionResult started,
            @ExchangeProperty(ConsumedMessage.PROPERTY) ConsumedMessage message,
            @ExchangeProperties Map<String, Object> properties)
            throws InterruptedException {
        if (started.interruptions() > settings.maxInterruptions()) {
            throw new JobInterrupted(started.interruptions());
        }
        Job job = started.job();
        running.begin(job, started.interruptions(), message, timeout(started), properties);
        Held attempt = held.get(job.token());
        if (attempt != null && attempt.cancelled) {
            running.cancel(job);
        }
        if (attempt != null
                && System.nanoTime() - attempt.since > settings.lease().toNanos()) {
            running.giveUp(job); // this process stood still since its claim: another worker may have the job
        }
        if (running.mustEnd(job)) {
            throw new JobStopped();
        }
        describe(job);
        return job.payload() == null ? "{}" : job.payload();
    }

    /** From here on the log of this thread is about an attempt of a job. */
    static void describe(Job job) {
        MDC.put(MDC_JOB, job.id());
        MDC.put(MDC_TYPE, job.type());
        MDC.put(MDC_ATTEMPT, Integer.toString(job.attempt()));
        MDC.put(MDC_ROUTE, HANDLER + job.type());
    }

    /** That of the submission; of the type if another service has submitted the job. */
    private Duration timeout(TransitionResult started) {
        Duration ofType = types.of(started.job().type()).timeout();
        return started.timeout().isZero() && ofType != null ? ofType : started.timeout();
    }

    /**
     * The handler ended well.
     *
     * @param result what it left as the body
     * @throws JobResultTooLarge if its result is over {@code caravan.jobs.max-result}
     */
    public JobTransition finished(
            @Variable("job") Job job, @Body Object result, @ExchangeProperties Map<String, Object> properties) {
        if (isGivenAway(running.end(job))) {
            return ended(JobTransition.handedOver(job));
        }
        String text = results.text(result);
        long max = settings.maxResult().toBytes();
        if (text.length() > max || text.length() * 3L > max && text.getBytes(UTF_8).length > max) {
            throw new JobResultTooLarge(max);
        }
        return ended(JobTransition.finished(job, text, retention(job)).onRevision(revision(job, properties)));
    }

    /**
     * The handler threw: the job is retried after a pause, or has failed; if it was not there, the job waits for one. Not if the
     * node has handed the attempt over.
     */
    public JobTransition failed(
            @Variable("job") Job job,
            @ExchangeException Throwable cause,
            @ExchangeProperties Map<String, Object> properties) {
        FailedStep step = running.failedStep(job, cause);
        RunningAttempts.End end = running.end(job);
        if (isGivenAway(end)) {
            return ended(JobTransition.handedOver(job));
        }
        String revision = revision(job, properties);
        if (revision == null && !types.handles(job.type())) {
            warnOfNoHandler(job);
            return ended(JobTransition.unhandled(job));
        }
        return ended(
                        switch (end) {
                            case CANCELLED -> cancelled(job);
                            case TIMED_OUT -> failed(job, TIMED_OUT.at(step, ShortStack.of(cause)), null);
                            default -> failed(job, JobError.of(cause).at(step, ShortStack.of(cause)), cause);
                        })
                .onRevision(revision);
    }

    /** Whether another node, or the next attempt, has the job: what the handler has done is too late, and the fence says so. */
    private static boolean isGivenAway(RunningAttempts.End end) {
        return end == RunningAttempts.End.HANDED_OVER || end == RunningAttempts.End.ABANDONED;
    }

    private JobTransition cancelled(Job job) {
        LOG.info("Job {} ({}) is cancelled: its attempt {} has ended", job.id(), job.type(), job.attempt());
        return JobTransition.stopped(job, retention(job));
    }

    private JobTransition failed(Job job, JobError error, Throwable cause) {
        int failures = job.failures() + 1;
        RetryPolicy retry = types.of(job.type()).retry().over(settings.retry());
        if (failures >= retry.attempts() || retry.isPermanent(cause)) {
            LOG.warn("Job {} ({}) failed at attempt {}, with no retry: {}", job.id(), job.type(), job.attempt(), error);
            return JobTransition.failed(job, error, deadRetention(job));
        }
        Duration pause = retry.pause(failures, ThreadLocalRandom.current().nextDouble());
        LOG.warn(
                "Job {} ({}) failed at attempt {}, retry in {} ms: {}",
                job.id(),
                job.type(),
                job.attempt(),
                pause.toMillis(),
                error);
        return JobTransition.retrying(job, error, pause);
    }

    /** From here on the log of this thread is about another job. */
    private static JobTransition ended(JobTransition transition) {
        LOGGED.forEach(MDC::remove);
        return transition;
    }

    /** The revision of the handler that ran the job; null if the handler is no live route, or was not reached. */
    private static String revision(Job job, Map<String, Object> properties) {
        return RouteRevisions.of(properties, HANDLER + job.type());
    }

    /** A job that was accepted, but whose message is rejected now, fails: no worker would get it again. */
    public JobTransition rejected(InvalidJobMessage reason) {
        return JobTransition.failPermanently(reason.job(), JobError.of(reason), deadRetention(reason.job()));
    }

    /** The copy of a failed job is safe on the dead queue. */
    public JobTransition buried(Job job) {
        return JobTransition.buried(job, deadRetention(job));
    }

    private Duration retention(Job job) {
        Duration retention = types.of(job.type()).retention();
        return retention == null ? settings.retention() : retention;
    }

    private Duration deadRetention(Job job) {
        return settings.retentionOfFailed(retention(job));
    }

    /** A step of the handler of an attempt of this node has failed, or one within it. */
    void failedAt(Job job, FailedStep step, Throwable failure) {
        running.failedAt(job, step, failure);
    }

    /** Something other than the handler failed: this node holds the attempt no longer. */
    public void abandoned(Job job) {
        if (job != null) {
            held.remove(job.token());
            running.end(job);
        }
    }

    /** The node stops: interrupts the handlers that still run, and gives their jobs to other nodes. */
    public List<JobTransition> handOver() {
        return running.handOver().stream().map(JobTransition::handedOver).toList();
    }

    /** Somebody has cancelled a job, on whatever node it runs. Nothing if that is another one. */
    public void cancel(String id) {
        for (Held attempt : held.values()) {
            if (attempt.job.id().equals(id)) {
                held.computeIfPresent(attempt.job.token(), (token, last) -> new Held(last.job, last.since, true));
                running.cancel(attempt.job);
            }
        }
    }

    /** Whether the handler of an attempt of this node may not go on: the job was cancelled, is over its limit, or goes on without it. */
    boolean mustEnd(Job job) {
        return job != null && job.token().startsWith(tokenPrefix) && running.mustEnd(job);
    }

    /**
     * Extensions for the attempts whose lease has run for a quarter of its time, and what becomes of those that were abandoned; called
     * by a timer, which also looks at the others.
     */
    public List<JobTransition> extensions() {
        running.check();
        Map<String, JobTransition> abandoned = new HashMap<>();
        running.abandon().forEach(attempt -> {
            Job job = attempt.job();
            JobTransition end = attempt.reason() == RunningAttempts.End.CANCELLED
                    ? JobTransition.stopped(job, retention(job))
                    : failed(job, TIMED_OUT.at(null, attempt.stack()), null);
            abandoned.put(job.token(), end.onRevision(revision(job, attempt.properties())));
        });
        long due = System.nanoTime() - settings.lease().toNanos() / 4;
        List<JobTransition> extensions = new ArrayList<>(abandoned.values());
        held.forEach((token, attempt) -> {
            if (attempt.since() - due < 0 && !abandoned.containsKey(token)) {
                extensions.add(JobTransition.extended(attempt.job(), settings.lease()));
            }
        });
        return extensions;
    }

    /** Gets each transition that this node made or tried, and so knows which attempts it holds. */
    @Override
    public void accept(TransitionResult result) {
        Job job = result.job();
        if (!job.token().startsWith(tokenPrefix)) {
            return;
        }
        if (result.done() && result.state() == JobState.RUNNING) {
            held.compute(
                    job.token(),
                    (token, last) ->
                            new Held(job, System.nanoTime(), result.cancelling() || last != null && last.cancelled));
            if (result.cancelling()) {
                running.cancel(job);
            }
            return;
        }
        if (result.state() == JobState.NEW) {
            return; // Redis has lost the job: it is stored again
        }
        running.release(job);
        if (held.remove(job.token()) != null && !result.done()) {
            running.giveUp(job);
            LOG.warn(
                    "Job {}: this node gave up its attempt, since the job is {} at attempt {}",
                    job.id(),
                    job.state(),
                    job.attempt());
        }
    }

    private record Held(Job job, long since, boolean cancelled) {}
}
