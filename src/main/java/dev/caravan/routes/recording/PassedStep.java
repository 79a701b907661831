package dev.caravan.routes.recording;

import org.apache.camel.Exchange;

/** A step that an exchange has come to, while it is recorded. Only its end is told without the lock of its recording. */
final class PassedStep {
    final StepRecording recording;
    /** In a recording with messages; another one numbers its steps when it is read. */
    final int number;
    /** Which exchange has come to it, not to keep that one. */
    final int exchange;
    /** The step in which it is; null if it is right in the route. */
    final PassedStep parent;

    /** Null before the first step. */
    final StepPlace place;
    /** {@link System#nanoTime}. */
    final long began;

    /** What it has called, in a recording with messages; null for nothing. */
    String target;

    /** Whether there are steps within it. */
    boolean hasSteps;

    RecordedMessage before;
    RecordedMessage after;
    /** What it failed with; null if it did not. Written before its end. */
    Throwable failure;

    private volatile long ended;

    PassedStep(StepRecording recording, int number, Exchange exchange, PassedStep parent, StepPlace place) {
        this.recording = recording;
        this.number = number;
        this.exchange = System.identityHashCode(exchange);
        this.parent = parent;
        this.place = place;
        this.began = System.nanoTime();
    }

    /** Where an exchange is before its first step. */
    static PassedStep none(StepRecording recording) {
        return new PassedStep(recording, 0, null, null, null);
    }

    void end() {
        ended = System.nanoTime() | 1; // 0 is not yet
    }

    boolean isEnded() {
        return ended != 0;
    }

    long ended() {
        return ended;
    }
}
