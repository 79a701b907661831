package dev.caravan.recorder;

import dev.caravan.job.Job;
import dev.caravan.recorder.Recordings.Head;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import dev.caravan.routes.recording.StepRecording;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What an attempt of a job did.
 *
 * @param jobId of the job
 * @param node that made the attempt
 * @param startedAt by the clock of this node
 * @param micros how long its handler took
 * @param error what its handler failed with; null if it did not
 * @param routes those that it went through, as they ran
 * @param steps in the order in which they began
 * @param moreSteps how many more there were
 * @param timesOnly true if it has no messages but that of what failed; null if it has them
 * @param running true if the attempt went on when this was stored; null if it had ended
 * @param lost true if the attempt went on when this was stored, and the job has gone on without it; null otherwise, and where it is
 *     stored
 * @param recorded the attempts of the job that are recorded, when it is shown; null where it is stored
 */
record JobRecording(
        String jobId,
        String type,
        int attempt,
        String node,
        Instant startedAt,
        long micros,
        String error,
        List<RecordedRoute> routes,
        List<RecordedStep> steps,
        int moreSteps,
        Boolean timesOnly,
        Boolean running,
        Boolean lost,
        List<Integer> recorded)
        implements Recording {
    static Place place(String job, int attempt) {
        return new Place(Kind.JOB, Integer.toString(attempt), job);
    }

    static Group group(String type) {
        return new Group(Kind.JOB, type);
    }

    /** @param failure null if the handler ended well */
    static JobRecording of(Job job, String node, StepRecording steps, Throwable failure) {
        Instant startedAt = Instant.now().minus(steps.micros(), ChronoUnit.MICROS);
        return of(job, node, startedAt, steps, failure == null ? null : steps.error(failure), null);
    }

    static JobRecording ofRunning(Job job, String node, Instant startedAt, StepRecording steps) {
        return of(job, node, startedAt, steps, null, true);
    }

    private static JobRecording of(
            Job job, String node, Instant startedAt, StepRecording steps, String error, Boolean running) {
        List<RecordedStep> passed = steps.steps(); // before the routes: there may be more by then
        return new JobRecording(
                job.id(),
                job.type(),
                job.attempt(),
                node,
                startedAt,
                steps.micros(),
                error,
                steps.routes(),
                passed,
                steps.moreSteps(),
                steps.hasMessages() ? null : true,
                running,
                null,
                null);
    }

    /** As it is shown, now that this is known of its job. */
    JobRecording as(Head head) {
        boolean goesOn = running != null && head.isRunning(attempt);
        return new JobRecording(
                jobId,
                type,
                attempt,
                node,
                startedAt,
                micros,
                error,
                routes,
                steps,
                moreSteps,
                timesOnly,
                goesOn ? true : null,
                running != null && !goesOn ? true : null,
                head.attempts());
    }

    @Override
    public Place place() {
        return place(jobId, attempt);
    }

    @Override
    public Group group() {
        return group(type);
    }

    /** One that goes on is found by its job. */
    @Override
    public boolean isListed() {
        return running == null;
    }
}
