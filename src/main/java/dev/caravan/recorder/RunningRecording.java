package dev.caravan.recorder;

import dev.caravan.routes.recording.StepRecording;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Function;

/** What is recorded and goes on, and what was shown of it. Thread-safe. */
final class RunningRecording {
    private final StepRecording steps;
    private final Duration again;
    private final Function<Instant, Recording> soFar;
    private boolean isOver;
    /** Null until it is first shown. */
    private Instant startedAt;

    private long shownChanges;
    private long shownAt;

    /**
     * @param again after which time it is shown though nothing has changed
     * @param soFar makes the recording of what there is now, by when it began
     */
    RunningRecording(StepRecording steps, Duration again, Function<Instant, Recording> soFar) {
        this.steps = steps;
        this.again = again;
        this.soFar = soFar;
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
     * @return null if there is nothing new, or it is over
     */
    synchronized Recording shown(Duration after) {
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
        return soFar.apply(startedAt);
    }

    /** It has ended. @return whether it was shown, so that its end must be, too */
    synchronized boolean end() {
        isOver = true;
        return startedAt != null;
    }
}
