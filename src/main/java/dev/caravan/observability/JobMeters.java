package dev.caravan.observability;

import dev.caravan.job.JobLogCounts;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.RunningAttempts;
import dev.caravan.job.TransitionResult;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Counts the transitions of jobs that this node made, and measures how long jobs waited and ran, by the clock of Redis. A
 * type without a route counts as {@code other}, so that there are never more series than types. Thread-safe.
 */
@Component
class JobMeters implements Consumer<TransitionResult> {
    private static final String OTHER = "other";
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final Duration LONGEST_RUN = Duration.ofHours(6);

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofMillis(100), Duration.ofMillis(500),
        Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(2),
        Duration.ofMinutes(10), Duration.ofHours(1)
    };

    private final MeterRegistry registry;
    /** Resolved late: it needs the routes, and listeners of transitions are made before them. */
    private final ObjectProvider<JobTypes> types;

    private final Map<Series, Counter> transitions = new ConcurrentHashMap<>();
    private final Map<String, Timer> waits = new ConcurrentHashMap<>();
    private final Map<Series, Timer> runs = new ConcurrentHashMap<>();

    /** Types that have or had a route: to look for one takes longer than all the rest. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    private record Series(String type, JobState state) {}

    JobMeters(MeterRegistry registry, ObjectProvider<JobTypes> types, RunningAttempts running, JobLogCounts log) {
        this.registry = registry;
        this.types = types;
        Gauge.builder("caravan.jobs.stuck", running, RunningAttempts::stuck)
                .description("Jobs on this node that have run for longer than caravan.jobs.stuck-after")
                .register(registry);
        Gauge.builder("caravan.jobs.abandoned", running, RunningAttempts::abandoned)
                .description("Threads on this node that run a handler although its job has gone on without it")
                .register(registry);
        FunctionCounter.builder("caravan.jobs.log.stored", log, JobLogCounts::stored)
                .description("Lines of handlers that this node has stored with their jobs")
                .register(registry);
        FunctionCounter.builder("caravan.jobs.log.dropped", log, JobLogCounts::dropped)
                .description("Lines of handlers that this node has not stored: too many at a time, or Redis was away")
                .register(registry);
        Gauge.builder(
                        "caravan.jobs.longest",
                        running,
                        attempts -> attempts.longest().toMillis() / 1000.0)
                .baseUnit("seconds")
                .description("How long the job that has run the longest on this node has run so far")
                .register(registry);
    }

    @Override
    public void accept(TransitionResult result) {
        if (!result.changed()) {
            return;
        }
        Series series = new Series(type(result.job().type()), result.state());
        transitions.computeIfAbsent(series, this::counter).increment();
        if (result.state() == JobState.RUNNING) {
            if (result.attempt() == 1) {
                waits.computeIfAbsent(series.type, this::wait).record(result.elapsed());
            }
        } else if (!result.elapsed().isZero()) {
            runs.computeIfAbsent(series, this::run).record(result.elapsed());
        }
    }

    private String type(String type) {
        return known.contains(type) || types.getObject().knows(type) && known.add(type) ? type : OTHER;
    }

    private Counter counter(Series series) {
        return Counter.builder("caravan.jobs.transitions")
                .description("Jobs that this node brought into a state")
                .tag("type", series.type)
                .tag("state", series.state.name())
                .register(registry);
    }

    private Timer wait(String type) {
        return bounded(
                        Timer.builder("caravan.jobs.wait")
                                .description("From the submission of a job to its first attempt"),
                        LONGEST_WAIT)
                .tag("type", type)
                .register(registry);
    }

    private Timer run(Series series) {
        return bounded(
                        Timer.builder("caravan.jobs.run")
                                .description("From the start of an attempt to its end, by the state that follows"),
                        LONGEST_RUN)
                .tag("type", series.type)
                .tag("state", series.state.name())
                .register(registry);
    }

    private static Timer.Builder bounded(Timer.Builder timer, Duration longest) {
        return timer.serviceLevelObjectives(BUCKETS)
                .minimumExpectedValue(SHORTEST)
                .maximumExpectedValue(longest);
    }
}
