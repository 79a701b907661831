package dev.caravan.recorder;

import dev.caravan.job.Job;
import dev.caravan.routes.recording.StepRecording;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** An attempt that goes on, and what was shown of it. Thread-safe. */
final class RunningAttempt {
    private final Job job;
    private final StepRecording steps;
    private boolean isOver;
    /** Null until it is first shown. */
    private Instant startedAt;

    private long shownChanges;
    private long shownAt;

    RunningAttempt(Job job, StepRecording steps) {
        this.job = job;
        this.steps = steps;
    }

    /** How long ago it was shown last, or has begun. */
    private Duration quietFor() {
        return startedAt == null
                ? Duration.of(steps.micros(), ChronoUnit.MICROS)
                : Duration.ofNanos(System.nanoTime() - shownAt);
    }

    /**
     * What is to be shown of it.
     *
     * @param after how long it has to run before
     * @param again after which time it is shown though nothing has changed
     * @return null if there is nothing new, or it is over
     */
    synchronized JobRecording shown(String node, Duration after, Duration again) {
        long changes = steps.changes();
        boolean isNew = startedAt == null
                ? quietFor().compareTo(after) >= 0
                : changes != shownChanges || quietFor().compareTo(again) >= 0;
        if (isOver || !isNew) {
            return null;
        }
        if (startedAt == null) {
            startedAt = Instant.now().minus(steps.micros(), ChronoUnit.MICROS);
        }
        shownChanges = changes;
        shownAt = System.nanoTime();
        return JobRecording.ofRunning(job, node, startedAt, steps);
    }

    /** It has ended. @return whether it was shown, so that its end must be, too */
    synchronized boolean end() {
        isOver = true;
        return startedAt != null;
    }
}
