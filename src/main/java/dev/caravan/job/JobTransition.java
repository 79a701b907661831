package dev.caravan.job;

import static dev.caravan.job.JobState.CANCELLED;
import static dev.caravan.job.JobState.FAILED;
import static dev.caravan.job.JobState.FINISHED;
import static dev.caravan.job.JobState.HELD;
import static dev.caravan.job.JobState.NEW;
import static dev.caravan.job.JobState.QUEUED;
import static dev.caravan.job.JobState.RETRYING;
import static dev.caravan.job.JobState.RUNNING;
import static dev.caravan.job.JobState.SCHEDULED;
import static dev.caravan.job.JobState.WITHDRAWN;
import static java.time.Duration.ZERO;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One transition of one job: compare and set in one step, so that one of two rivals succeeds and the other gets to know. The
 * static methods make them, one for each thing that can happen to a job. Immutable.
 *
 * @param job as it is before; its token marks a repeated transition
 * @param from the states it may come from
 * @param conditions beside the state, as {@code job-transition.lua} documents them
 * @param hold how long nobody else may start the job, from now on; if the conditions say so, from the epoch on
 * @param expiry how long the hash is kept; zero for ever
 * @param fields to write
 * @param size what the job takes in Redis, roughly, if this counts as a user's; else 0
 * @param admission of a submission that its batch took as a new member, or of its withdrawal; else null
 */
public record JobTransition(
        Job job,
        Set<JobState> from,
        JobState to,
        String conditions,
        Duration hold,
        Duration expiry,
        Map<String, String> fields,
        int size,
        Admission admission) {
    /** What a job takes in Redis beside its payload, roughly: names of fields, states, entries of lists. */
    public static final int OVERHEAD = 1024;

    /** How long a job waits at the least for a node with a handler, and up to twice as long. */
    private static final int PARKED_MILLIS = 1000;

    private static final String NO_HANDLER = "NoHandler";

    /**
     * Conditions beside the state: nobody else holds the job; the attempt is still current; the last transition was of the
     * same submission or of the same worker's attempt. The number of an attempt is not enough for a worker: a failover of
     * Redis that loses its start gives the number twice.
     */
    private static final String FREE = "free,";

    private static final String ATTEMPT = "attempt,";
    private static final String OWN = "own,";
    private static final String OF_ATTEMPT = ATTEMPT + OWN;
    /** Not a condition: if another submission with the same fingerprint was first, neither withdraws the job. */
    private static final String SHARE = "share,";
    /** Not a condition: the transition begins an attempt. */
    private static final String START = "start,";
    /** Not a condition: a job that waits stays its submission's, which may yet withdraw it. */
    private static final String KEEP = "keep,";
    /** Not a condition: the time up to which the job is held is given, not for how long. */
    private static final String ABSOLUTE = "absolute,";
    /** Not a condition: how long the job may wait for its first attempt, in milliseconds. */
    private static final String EXPIRES = "expires:";
    /** Not a condition: the worker of a job that runs is asked to end it. */
    private static final String REQUEST = "request,";

    public JobTransition {
        if (!to.from().containsAll(from)) {
            throw new IllegalArgumentException("No job goes from " + from + " to " + to);
        }
    }

    private JobTransition(
            Job job,
            Set<JobState> from,
            JobState to,
            String conditions,
            Duration hold,
            Duration expiry,
            Map<String, String> fields) {
        this(job, from, to, conditions, hold, expiry, fields, 0, null);
    }

    /** That a batch took a new member, and when, by the clock of Redis. */
    public record Admission(String batch, long at) {}

    private JobTransition with(String name, String value, int newSize) {
        Map<String, String> all = new LinkedHashMap<>(fields);
        all.put(name, value);
        return new JobTransition(job, from, to, conditions, hold, expiry, all, newSize, admission);
    }

    /** The job is accepted. With a fingerprint (of a request with Idempotency-Key) it is kept at least so long. */
    public static JobTransition submitted(Job job, String fingerprint, Duration keep) {
        Map<String, String> fields = birth(job);
        if (fingerprint != null) {
            fields.put("fingerprint", fingerprint);
            fields.put("keep", Long.toString(keep.toMillis()));
        }
        return new JobTransition(job, EnumSet.of(NEW, WITHDRAWN), QUEUED, SHARE, ZERO, ZERO, fields);
    }

    /** The same submission or replay, which counts as the user's; unchanged if nobody has logged in. */
    public JobTransition by(String user, int payloadBytes) {
        return user == null ? this : with("user", user, OVERHEAD + payloadBytes);
    }

    /** The same submission, of a job of this priority. */
    public JobTransition prioritized(JobPriority priority) {
        if (priority == JobPriority.NORMAL) {
            return this;
        }
        return new JobTransition(job.with(priority), from, to, conditions, hold, expiry, fields, size, admission)
                .with("priority", priority.text(), size);
    }

    /** The same submission, of a job with these tags. */
    public JobTransition tagged(List<String> tags) {
        return with("tags", String.join(" ", tags), size);
    }

    /** The same submission, of a member of this batch. */
    JobTransition ofBatch(String batch) {
        return with("batch", batch, size);
    }

    /** The same submission, which its batch took as a new member by this admission; or the withdrawal of it. */
    public JobTransition admitted(Admission by) {
        return new JobTransition(job, from, to, conditions, hold, expiry, fields, size, by);
    }

    /**
     * The same submission, of a job that is the only one with a key.
     *
     * @param key short, whatever the key is
     * @param period how long, as {@link JobUnique#isPeriod} has it
     */
    JobTransition unique(String key, String period) {
        return with("unique", key, size).with("uniqueFor", period, size);
    }

    /** The same submission, under the id of another one with the same unique key: of neither Idempotency-Key. */
    public JobTransition under(String id) {
        Map<String, String> all = new LinkedHashMap<>(fields);
        all.put("id", id);
        all.keySet().removeAll(Set.of("fingerprint", "keep"));
        return new JobTransition(job.under(id), from, to, conditions, hold, expiry, all, size, admission);
    }

    /** The same submission, of a job that has no message until then. */
    public JobTransition at(Instant time) {
        return scheduled(Duration.ofMillis(time.toEpochMilli()), conditions + ABSOLUTE);
    }

    /** The same submission, of a job that has no message for so long. */
    public JobTransition after(Duration delay) {
        return delay.toMillis() <= 0 ? this : scheduled(delay, conditions);
    }

    private JobTransition scheduled(Duration until, String newConditions) {
        return new JobTransition(job, from, SCHEDULED, newConditions, until, expiry, fields, size, admission);
    }

    /**
     * The same submission, of a job that waits only so long for its first attempt, from when it is due.
     *
     * @param retention how long its hash is kept when it has waited too long
     */
    public JobTransition expiring(Duration expires, Duration retention) {
        String limit = EXPIRES + expires.toMillis() + ",";
        return new JobTransition(job, from, to, conditions + limit, hold, expiry, fields, size, admission)
                .with("retention", Long.toString(retention.toMillis()), size);
    }

    /** The same submission, of a job each of whose attempts may run for so long. */
    public JobTransition limited(Duration timeout) {
        return with("timeout", Long.toString(timeout.toMillis()), size);
    }

    /**
     * The job was not accepted after all. Its hash stays for a while, so that a worker leaves its message alone; without the
     * payload, since this may stay in memory for long while Redis is away.
     */
    public static JobTransition withdrawn(Job job, Duration expiry) {
        Job bare = Job.create(job.id(), job.type(), null, job.token());
        return new JobTransition(
                bare, EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING), WITHDRAWN, OWN, ZERO, expiry, birth(bare));
    }

    /** A worker starts an attempt and holds the job for the time of a lease. */
    public static JobTransition started(Job job, String worker, Duration lease) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("worker", worker);
        fields.put("result", "");
        String edition = job.edition() == 0 ? "" : "edition:" + job.edition() + ",";
        return new JobTransition(
                job,
                EnumSet.of(SCHEDULED, QUEUED, HELD, RETRYING, RUNNING),
                RUNNING,
                START + FREE + edition,
                lease,
                ZERO,
                fields);
    }

    /** The worker is alive and still runs the job. */
    public static JobTransition extended(Job job, Duration lease) {
        return new JobTransition(job, EnumSet.of(RUNNING), RUNNING, OF_ATTEMPT, lease, ZERO, Map.of());
    }

    public static JobTransition finished(Job job, String result, Duration expiry) {
        return new JobTransition(
                job, EnumSet.of(RUNNING), FINISHED, OF_ATTEMPT, ZERO, expiry, Map.of("result", result));
    }

    /** The attempt failed; the next is due after a pause. */
    public static JobTransition retrying(Job job, JobError error, Duration pause) {
        return new JobTransition(job, EnumSet.of(RUNNING), RETRYING, OF_ATTEMPT, pause, ZERO, failure(job, error));
    }

    /**
     * The node that makes the attempt stops: another one may begin the next at once. Not QUEUED: its message may be gone, or come
     * again; RETRYING and due, recovery sends one if none comes. Neither a failure nor an interruption.
     */
    public static JobTransition handedOver(Job job) {
        return new JobTransition(job, EnumSet.of(RUNNING), RETRYING, OF_ATTEMPT, ZERO, ZERO, Map.of());
    }

    /** The node that got the message has no handler for the type: the job waits for a node that has one, without an attempt. */
    public static JobTransition parked(Job job) {
        return new JobTransition(
                job,
                EnumSet.of(SCHEDULED, QUEUED, HELD, RETRYING),
                RETRYING,
                FREE + KEEP,
                pause(),
                ZERO,
                noHandler(job));
    }

    /**
     * The limits of the type do not let the job run now. It waits without a message, and without an attempt.
     *
     * @param by which limit
     */
    public static JobTransition held(Job job, String by) {
        return new JobTransition(
                job,
                EnumSet.of(SCHEDULED, QUEUED, HELD, RETRYING),
                HELD,
                FREE + KEEP,
                ZERO,
                ZERO,
                Map.of("heldBy", by));
    }

    /** The handler was removed after the attempt began and before it was called: no failure. */
    public static JobTransition unhandled(Job job) {
        return new JobTransition(job, EnumSet.of(RUNNING), RETRYING, OF_ATTEMPT, pause(), ZERO, noHandler(job));
    }

    /** At random: jobs of two types that wait equally long can reach the wrong one of two nodes each time, in turn. */
    private static Duration pause() {
        return Duration.ofMillis(PARKED_MILLIS + ThreadLocalRandom.current().nextInt(PARKED_MILLIS));
    }

    private static Map<String, String> noHandler(Job job) {
        JobError error = noHandler("No running node has a handler for the type " + job.type() + " yet");
        return error.fields();
    }

    /** The error of a job for which there is no handler. */
    public static JobError noHandler(String message) {
        return new JobError(NO_HANDLER, message);
    }

    /** The attempt failed, and no other will be made. */
    public static JobTransition failed(Job job, JobError error, Duration expiry) {
        return new JobTransition(
                job, EnumSet.of(RUNNING, FAILED), FAILED, OF_ATTEMPT, ZERO, expiry, failure(job, error));
    }

    /** No worker can run a job that waits, whatever attempt it is at. */
    public static JobTransition failPermanently(Job job, JobError error, Duration expiry) {
        return new JobTransition(job, EnumSet.of(QUEUED, RETRYING), FAILED, "", ZERO, expiry, failure(job, error));
    }

    /** The time of a job that waits for it is another one. */
    public static JobTransition rescheduled(Job job, Instant time) {
        return new JobTransition(
                job,
                EnumSet.of(SCHEDULED),
                SCHEDULED,
                ABSOLUTE + KEEP,
                Duration.ofMillis(time.toEpochMilli()),
                ZERO,
                Map.of());
    }

    /** The message of a job that was scheduled is on the queue, for the first time. */
    public static JobTransition enqueued(Job job) {
        return new JobTransition(job, EnumSet.of(SCHEDULED), QUEUED, FREE + KEEP, ZERO, ZERO, Map.of());
    }

    /**
     * A client cancels the job. One that waits ends at once. The worker of one that runs is asked to end it, and the job is
     * RUNNING until it has; whatever else would move the job on ends it then.
     *
     * @param by who cancels it, or null if nobody has logged in
     */
    public static JobTransition cancelled(Job job, String by, Duration expiry) {
        Map<String, String> fields =
                Map.of("cancelledBy", by == null ? "" : by, "retention", Long.toString(expiry.toMillis()));
        return new JobTransition(
                job, EnumSet.of(SCHEDULED, QUEUED, HELD, RETRYING, RUNNING), CANCELLED, REQUEST, ZERO, expiry, fields);
    }

    /** The worker of a job that somebody has cancelled has ended the attempt. */
    public static JobTransition stopped(Job job, Duration expiry) {
        return new JobTransition(job, EnumSet.of(RUNNING), CANCELLED, OF_ATTEMPT, ZERO, expiry, Map.of());
    }

    /** The job has waited for longer than it may. */
    public static JobTransition expired(Job job, Duration expiry) {
        return new JobTransition(
                job,
                EnumSet.of(QUEUED, HELD, RETRYING),
                CANCELLED,
                ATTEMPT + FREE,
                ZERO,
                expiry,
                new JobError("JobExpired", "The job waited for longer than it may (expires)").fields());
    }

    /**
     * Somebody runs a failed job again: the same job, whose attempts go on counting and whose retries begin anew. Its edition is one
     * higher, so that no old message starts it.
     *
     * @param by who, or null if nobody has logged in
     */
    public static JobTransition replayed(Job job, String by) {
        return new JobTransition(
                job, EnumSet.of(FAILED), QUEUED, "", ZERO, ZERO, Map.of("replayedBy", by == null ? "" : by));
    }

    /** The same replay, with another payload. */
    public JobTransition withPayload(String payload) {
        return new JobTransition(job.withPayload(payload), from, to, conditions, hold, expiry, fields)
                .with("payload", payload, size);
    }

    /** The copy of a failed job is on the dead queue. */
    public static JobTransition buried(Job job, Duration expiry) {
        return new JobTransition(job, EnumSet.of(FAILED), FAILED, ATTEMPT, ZERO, expiry, Map.of("buried", "true"));
    }

    /**
     * The message of a job that waited, or was lost, is on the queue again. Not if the job is HELD: then a worker was faster, and has
     * taken the message already.
     */
    public static JobTransition requeued(Job job) {
        return new JobTransition(
                job, EnumSet.of(QUEUED, RETRYING, RUNNING), QUEUED, ATTEMPT + FREE + KEEP, ZERO, ZERO, Map.of());
    }

    /** It is the turn of a job that is HELD. Its message follows, so that no worker may hold the job again before this is stored. */
    public static JobTransition released(Job job) {
        return new JobTransition(
                job, EnumSet.of(QUEUED, HELD, RETRYING), QUEUED, ATTEMPT + FREE + KEEP, ZERO, ZERO, Map.of());
    }

    /** The same for a job without an attempt whose type has no limits any more: its message goes where its first one went. */
    public static JobTransition resumed(Job job) {
        return new JobTransition(job, EnumSet.of(QUEUED, HELD), QUEUED, ATTEMPT + FREE + KEEP, ZERO, ZERO, Map.of());
    }

    /**
     * The same transition, of a job of which nothing is stored: another service put its message on the queue, or Redis has
     * lost its hash.
     */
    public JobTransition adopting() {
        Map<String, String> all = birth(job);
        all.putAll(fields);
        return new JobTransition(job, EnumSet.of(NEW), to, conditions, hold, expiry, all);
    }

    /** The same transition, which also stores the revision of the handler; unchanged if that is null. */
    public JobTransition onRevision(String revision) {
        return revision == null ? this : with("routeRevision", revision, size);
    }

    private static Map<String, String> birth(Job job) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("id", job.id());
        fields.put("type", job.type());
        if (job.payload() != null) {
            fields.put("payload", job.payload());
        }
        fields.put("result", "");
        return fields;
    }

    private static Map<String, String> failure(Job job, JobError error) {
        Map<String, String> fields = error.fields();
        fields.put("failures", Integer.toString(job.failures() + 1));
        return fields;
    }

    public boolean starts() {
        return conditions.contains(START);
    }

    /** Whether this is of an attempt that a worker has begun. */
    public boolean isOfAttempt() {
        return conditions.equals(OF_ATTEMPT);
    }

    /** Whether the job waits for a node with a handler from now on. */
    public boolean isParked() {
        return to == RETRYING && NO_HANDLER.equals(fields.get("errorType"));
    }

    /** Whether the job waits for the limits of its type from now on. */
    public boolean isHeld() {
        return to == HELD;
    }

    /** Whether this writes the fields that each job begins with. */
    public boolean isBirth() {
        return fields.containsKey("id");
    }

    /** Whether a client submits the job by this. */
    public boolean isSubmission() {
        return (to == QUEUED || to == SCHEDULED) && isBirth();
    }

    /** Whether the job's message is on the queue of its priority by this, and not on the one for jobs that run again by themselves. */
    public boolean isFirstMessage() {
        return to == QUEUED && (isBirth() || from.contains(SCHEDULED) || isReplay() || isResumption());
    }

    private boolean isResumption() {
        return from.contains(HELD) && !from.contains(RETRYING);
    }

    /** Whether somebody runs a failed job again by this. */
    public boolean isReplay() {
        return to == QUEUED && from.contains(FAILED);
    }

    /** How long the job may wait for its first attempt, in milliseconds; 0 if there is no limit. */
    public long expires() {
        int at = conditions.indexOf(EXPIRES);
        return at < 0 ? 0 : Long.parseLong(conditions, at + EXPIRES.length(), conditions.indexOf(',', at), 10);
    }

    /** Up to when nobody may start the job; epoch milliseconds, if it is now so late. */
    public long heldUntil(long now) {
        return conditions.contains(ABSOLUTE) ? hold.toMillis() : now + hold.toMillis();
    }

    /** Whether {@link #hold} is a time. */
    public boolean isAbsolute() {
        return conditions.contains(ABSOLUTE);
    }

    public boolean isBurial() {
        return fields.containsKey("buried");
    }

    /** Whether this submits a job that is the only one with its key. */
    public boolean isUnique() {
        return fields.containsKey("unique");
    }

    /** How long a unique key holds from now on; null if until something has become of its job. */
    public Duration uniqueTime() {
        return JobType.duration(fields.get("uniqueFor"));
    }

    /** For whom this transition counts: the user who submits the job, or replays his own; null for any other one. */
    public String user() {
        return fields.get("user");
    }

    /** The tags of a submission. */
    public List<String> tags() {
        return Job.tagsOf(fields.get("tags"));
    }

    /** The batch of which a submission makes a member; null for none. */
    public String batch() {
        return fields.get("batch");
    }

    public String field(String name) {
        return fields.get(name);
    }

    /** The arguments of {@code job-transition.lua}, in the order that it documents. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>(9 + 2 * fields.size());
        StringBuilder states = new StringBuilder(",");
        from.forEach(state -> states.append(state).append(','));
        arguments.add(states.toString());
        arguments.add(to.name());
        arguments.add(Integer.toString(to.status()));
        arguments.add(to.message());
        arguments.add(conditions.contains(ATTEMPT) ? Integer.toString(job.attempt()) : "");
        arguments.add(conditions);
        arguments.add(Long.toString(hold.toMillis()));
        arguments.add(Long.toString(expiry.toMillis()));
        arguments.add(job.token());
        fields.forEach((name, value) -> {
            arguments.add(name);
            arguments.add(value);
        });
        return arguments;
    }
}
