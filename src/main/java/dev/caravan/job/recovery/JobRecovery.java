package dev.caravan.job.recovery;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Finds accepted jobs that no worker runs, nor will unless their message is put on a queue: a retry that is due, an attempt whose
 * worker went silent, a scheduled job whose time has come, a failed job without its copy on the dead queue; and jobs that have
 * waited for longer than they may. Every worker checks; the one that takes
 * an entry hides it from the others for {@value #HIDDEN_SECONDS} seconds, so a crash on the way only delays. The worst that a
 * wrong guess does is a second message, which the fence of the attempt turns away. Thread-safe; one timer calls it.
 */
@Component
public class JobRecovery implements Consumer<TransitionResult> {
    private static final Logger LOG = LoggerFactory.getLogger(JobRecovery.class);
    private static final int HIDDEN_SECONDS = 15;

    private final DueEntries entries;
    private final JobSettings settings;
    /** What was found last and has made no transition since. */
    private final Set<String> open = ConcurrentHashMap.newKeySet();

    private final LongSupplier nanoTime;
    private final Object replies = new Object();

    private boolean moreAreDue;
    private long begunNanos;
    /** Whether Redis has replied, when it did last, and until when leases may look expired. Guarded by {@code replies}. */
    private boolean replied;

    private long repliedNanos;
    private long patientUntilNanos;
    /** The difference of its clock to ours; null if it has not replied. */
    private Long clockMillis;

    @Autowired
    public JobRecovery(StringRedisTemplate redis, JobHashes hashes, JobSettings settings) {
        this(new DueEntries(redis, hashes), settings, System::nanoTime);
    }

    JobRecovery(DueEntries entries, JobSettings settings, LongSupplier nanoTime) {
        this.entries = entries;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.patientUntilNanos = nanoTime.getAsLong();
    }

    /**
     * Retries and scheduled jobs that are due, attempts whose lease has ended, jobs that have expired, failed ones without a copy.
     *
     * <p>After a time in which Redis did not respond, or when its clock has jumped, leases look expired that are not: their
     * workers could not extend them. So {@code due} waits for one lease after that.
     */
    public synchronized List<Job> due() {
        begunNanos = nanoTime.getAsLong();
        return next();
    }

    /** The next of them, unless there are none, some of the last are not where they belong, or it is time for the next check. */
    public synchronized List<Job> more() {
        boolean inTime =
                nanoTime.getAsLong() - begunNanos < settings.duePeriod().toNanos();
        return moreAreDue && open.isEmpty() && inTime ? next() : List.of();
    }

    public JobTransition requeued(Job job) {
        return JobTransition.requeued(job);
    }

    public JobTransition enqueued(Job job) {
        return JobTransition.enqueued(job);
    }

    public JobTransition expired(Job job) {
        return JobTransition.expired(job, settings.retention());
    }

    /** Gets each transition that this node made or tried. */
    @Override
    public void accept(TransitionResult result) {
        if (open.remove(result.job().id())) {
            noteReply();
        }
    }

    private List<Job> next() {
        moreAreDue = false;
        open.clear();
        boolean patient = isPatient(); // then nothing is taken, but Redis is asked whether it responds
        DueEntries.Taken taken = entries.take(
                JobIndex.DUE, patient ? 0 : DueEntries.NEVER, Duration.ofSeconds(HIDDEN_SECONDS), JobRecovery::dueAt);
        noteReply();
        noteClock(taken.now());
        if (patient || isPatient()) {
            return List.of();
        }
        moreAreDue = taken.more();
        List<Job> due = new ArrayList<>();
        taken.due().forEach((id, hash) -> due.add(found(id, hash)));
        due.forEach(job -> open.add(job.id()));
        return due;
    }

    private boolean isPatient() {
        synchronized (replies) {
            return nanoTime.getAsLong() - patientUntilNanos < 0 || wasAway();
        }
    }

    /** Redis has replied, now or while the last ones were requeued: that may take long, and is no gap. */
    private void noteReply() {
        synchronized (replies) {
            if (wasAway()) {
                waitForLeases();
            }
            replied = true;
            repliedNanos = nanoTime.getAsLong();
        }
    }

    private boolean wasAway() {
        return replied && nanoTime.getAsLong() - repliedNanos > settings.lease().toNanos() / 2;
    }

    private void noteClock(long now) {
        long clock = now - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
        if (clockMillis != null
                && Math.abs(clock - clockMillis) > settings.lease().toMillis() / 2) {
            waitForLeases();
        }
        clockMillis = clock;
    }

    private void waitForLeases() {
        synchronized (replies) {
            patientUntilNanos = nanoTime.getAsLong() + settings.lease().toNanos();
        }
    }

    private Job found(String id, Map<String, String> hash) {
        if (Job.stateOf(hash) == JobState.RUNNING) {
            LOG.warn(
                    "Job {} goes back to the queue: its worker {} has not extended the lease of {} s",
                    id,
                    hash.get("worker"),
                    settings.lease().toSeconds());
        }
        return Job.of(id, hash, UUID.randomUUID().toString());
    }

    /** When a job that waits has waited for too long. */
    private static long expiry(Map<String, String> hash) {
        long expiresAt = Job.number(hash.get("expiresAt"));
        return expiresAt > 0 && Job.number(hash.get("attempt")) == 0 ? expiresAt : DueEntries.NEVER;
    }

    /** When a job must be checked, by its hash; never, if it has ended or is on the queue. */
    private static long dueAt(Map<String, String> hash) {
        return switch (Job.stateOf(hash)) {
            case RUNNING, RETRYING, SCHEDULED -> Job.number(hash.get("until"));
            case QUEUED, HELD -> expiry(hash);
            case FAILED -> hash.containsKey("buried") ? DueEntries.NEVER : 0;
            default -> DueEntries.NEVER;
        };
    }
}
