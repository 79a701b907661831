package dev.caravan.job.schedule;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.ScheduleResult;
import dev.caravan.job.ScheduleResult.Kind;
import dev.caravan.job.schedule.Schedule.Overlap;
import dev.caravan.job.schedule.ScheduleStore.Entry;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;

/**
 * Finds the firings that are due, and makes their jobs. Every worker does; a firing is taken for a while before its job is
 * submitted, and decided on after that, so that a node that dies in between only delays it: the next one makes the same job, by
 * the same id. Thread-safe.
 */
@Component
public class ScheduleFirings {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduleFirings.class);
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofMinutes(1);
    /** For the lease, and for the time that the submission of a withdrawn one may come late. */
    private static final Duration MARGIN = Duration.ofHours(1);

    private final ScheduleStore store;
    private final FileSchedules files;
    private final JobSubmissions submissions;
    private final JobHashes hashes;
    private final JobStore jobs;
    private final ConfirmedPublisher publisher;
    private final List<Consumer<ScheduleResult>> listeners;
    private final Duration retention;
    /** The schedules of which this node makes a job just now: the steps of a route may outlast the lease. */
    private final Map<String, UnderWay> underWay = new ConcurrentHashMap<>();

    /** @param started whether its payload is being made, on a thread */
    private record UnderWay(long sinceNanos, boolean started) {}

    public ScheduleFirings(
            ScheduleStore store,
            FileSchedules files,
            JobSubmissions submissions,
            JobHashes hashes,
            JobStore jobs,
            ConfirmedPublisher publisher,
            List<Consumer<ScheduleResult>> listeners,
            JobSettings settings) {
        this.store = store;
        this.files = files;
        this.submissions = submissions;
        this.hashes = hashes;
        this.jobs = jobs;
        this.publisher = publisher;
        this.listeners = listeners;
        this.retention = settings.retention();
    }

    /**
     * Takes the firings that are due, one of each schedule, and decides on those that are dropped. None while the broker is known
     * to be away: they are missed then.
     */
    public List<Firing> due() {
        List<Firing> taken = new ArrayList<>();
        if (publisher.isAvailable()) {
            ScheduleStore.Due due = store.due();
            try {
                due.entries().stream()
                        .filter(entry -> !isUnderWay(entry, due.now()))
                        .forEach(entry -> take(entry, due.now(), taken));
            } catch (DataAccessException e) { // those that are taken are submitted all the same
                LOG.debug("Not all firings that are due were taken", e);
            }
        }
        return taken;
    }

    private boolean isUnderWay(Entry entry, long now) {
        UnderWay mine = underWay.get(entry.name());
        if (mine == null || System.nanoTime() - mine.sinceNanos < LATER.toNanos()) {
            return mine != null;
        }
        if (!mine.started) { // it found no thread in time
            underWay.remove(entry.name(), mine);
            return false;
        }
        LOG.warn(
                "The steps of the schedule {} have run for over a minute: it does not fire here until they end",
                entry.name());
        store.look(entry.name(), entry.next(), now + LATER.toMillis());
        return true;
    }

    private void take(Entry entry, long now, List<Firing> taken) {
        Schedule schedule;
        try {
            schedule = entry.isOfFile() ? files.get(entry.name()) : entry.schedule();
        } catch (RuntimeException e) {
            LOG.warn(
                    "The schedule {} does not fire on this node, which cannot read it: {}", entry.name(), e.toString());
            store.look(entry.name(), entry.next(), now + LATER.toMillis());
            return;
        }
        if (schedule == null) {
            return; // a file of other nodes
        }
        Firing firing = isBegun(entry)
                ? afterWaiting(new Firing(schedule, entry.next(), false), entry, now)
                : afterMissed(new Firing(schedule, entry.next(), false), now);
        while (firing != null && schedule.dueAt(firing.time()) <= now) {
            if (schedule.overlap() == Overlap.ALLOW || hasEnded(entry.fields().get("lastJob"))) {
                if (store.take(firing)) {
                    underWay.put(entry.name(), new UnderWay(System.nanoTime(), false));
                    taken.add(firing);
                }
                return;
            }
            if (schedule.overlap() == Overlap.CANCEL) {
                cancel(entry.fields().get("lastJob"), entry.name());
            }
            if (schedule.overlap() != Overlap.SKIP && !firing.isNextDue(now)) {
                store.delay(firing, SOON, "", true);
                return;
            }
            firing = drop(firing, Kind.OVERLAPPED, 1, schedule.next(firing.time()), "", now);
        }
        if (firing != null) {
            store.look(entry.name(), firing.time(), schedule.dueAt(firing.time()));
        }
    }

    /** Whether somebody began to submit its next firing, or it had to wait. */
    private static boolean isBegun(Entry entry) {
        return entry.is("decided")
                && Long.toString(entry.next()).equals(entry.fields().get("decided"));
    }

    /** A firing that was begun is not missed; but one whose route fails gives way. */
    private Firing afterWaiting(Firing firing, Entry entry, long now) {
        if (entry.is("error") && (firing.isNextDue(now) || firing.isTooOld(now))) {
            long next = firing.schedule().next(firing.time());
            Firing following = drop(firing, Kind.FAILED, 1, next, entry.fields().get("error"), now);
            return following == null ? null : afterMissed(following, now);
        }
        if (!entry.is("waiting") && firing.isTooOld(now)) {
            return afterMissed(firing, now);
        }
        return firing;
    }

    private Firing afterMissed(Firing firing, long now) {
        Backlog backlog = Backlog.of(firing.schedule(), firing.time(), now);
        return backlog.dropped() == 0 ? firing : drop(firing, Kind.MISSED, backlog.dropped(), backlog.next(), "", now);
    }

    /** The firing that follows; null if another node was first. */
    private Firing drop(Firing firing, Kind kind, int firings, long next, String error, long now) {
        if (!store.settle(firing, next, FiringLine.of(firing.time(), now, kind, firings, "", error), "")) {
            return null;
        }
        tell(new ScheduleResult(firing.name(), kind, firings, firing.lag(now)));
        if (kind == Kind.MISSED) {
            LOG.warn(
                    "{} firings of the schedule {} were missed, from {} on",
                    firings,
                    firing.name(),
                    Instant.ofEpochMilli(firing.time()));
        }
        return new Firing(firing.schedule(), next, false);
    }

    private boolean hasEnded(String job) {
        if (job == null || job.isEmpty()) {
            return true;
        }
        JobState state = hashes.states(List.of(job)).get(0);
        return state == JobState.NEW || state.terminal();
    }

    /** Does not wait: while it has not ended, this is repeated. */
    private void cancel(String id, String schedule) {
        Map<String, String> type = hashes.fields(List.of(id), List.of("type")).get(0); // not its payload, each second
        Job job = Job.of(id, type, UUID.randomUUID().toString());
        jobs.write(JobTransition.cancelled(job, "schedule " + schedule, retention))
                .exceptionally(failure -> {
                    LOG.debug("Job {} is not cancelled yet", id, failure);
                    return null;
                });
    }

    /** The submission of the job of a firing, for which the route of a file runs on this thread. */
    public JobTransition submission(Firing firing) throws Exception {
        Schedule schedule = firing.schedule();
        underWay.computeIfPresent(firing.name(), (name, taken) -> new UnderWay(taken.sinceNanos, true));
        String payload = files.has(firing.name()) ? files.payload(firing) : store.payload(firing.name());
        if (firing.manual()) {
            return submissions.now(schedule.type(), payload);
        }
        return submissions.fired(
                firing.name(),
                firing.time(),
                schedule.type(),
                payload,
                schedule.grace().plus(MARGIN));
    }

    /** The job of a firing is accepted. */
    public void submitted(Firing firing, String jobId) {
        if (firing.manual()) {
            noteRun(firing, jobId);
            return;
        }
        underWay.remove(firing.name());
        long now = store.now();
        String line = FiringLine.of(firing.time(), now, Kind.SUBMITTED, 1, jobId, "");
        if (store.settle(firing, firing.schedule().next(firing.time()), line, jobId)) {
            tell(new ScheduleResult(firing.name(), Kind.SUBMITTED, 1, firing.lag(now)));
        } // else it took so long that another node has submitted the same job, too
    }

    /** Never fails: the job is accepted. */
    private void noteRun(Firing firing, String jobId) {
        try {
            store.record(firing.name(), FiringLine.of(firing.time(), firing.time(), Kind.RUN, 1, jobId, ""));
        } catch (DataAccessException e) {
            LOG.debug("A run of {} is not among its results", firing, e);
        }
        tell(new ScheduleResult(firing.name(), Kind.RUN, 1, Duration.ZERO));
    }

    /**
     * The job of a firing is not accepted: it is tried again.
     *
     * @param claimed whether a worker has it all the same
     */
    public void failed(Firing firing, Throwable failure, Boolean claimed) {
        if (Boolean.TRUE.equals(claimed)) {
            submitted(firing, firing.jobId());
            return;
        }
        underWay.remove(firing.name());
        if (isAway(failure)) {
            LOG.debug("The job of {} was not accepted", firing, failure);
            store.delay(firing, SOON, "", false);
            return;
        }
        LOG.warn("The job of {} was not made; it is tried again until its grace is over: {}", firing, reason(failure));
        store.delay(firing, pause(firing), FiringLine.shortened(reason(failure)), false);
    }

    private static String reason(Throwable failure) {
        return failure instanceof ErrorResponse rejected ? rejected.getBody().getDetail() : failure.toString();
    }

    /** Whether the broker or Redis is away, which is not for the schedule to answer for. */
    private static boolean isAway(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AmqpException
                    || cause instanceof DataAccessException
                    || cause instanceof ServiceUnavailable) {
                return true;
            }
        }
        return false;
    }

    /** A tenth of its age, from a second to a minute. */
    private Duration pause(Firing firing) {
        long age = firing.lag(store.now()).toMillis() / 10;
        return Duration.ofMillis(Math.min(LATER.toMillis(), Math.max(SOON.toMillis(), age)));
    }

    private void tell(ScheduleResult result) {
        listeners.forEach(listener -> listener.accept(result));
    }
}
