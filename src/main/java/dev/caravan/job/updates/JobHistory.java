package dev.caravan.job.updates;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The states a job has gone through, as its hash has them in the field {@code moves}: the first one, and the latest of
 * very many.
 *
 * @param steps in their order; none if there is no such job
 * @param progress null if the job does not run, or has not reported any
 */
public record JobHistory(List<Step> steps, Progress progress) {
    /** The fields of a hash that are needed here. */
    public static final List<String> FIELDS =
            List.of("state", "status", "moves", "updatedAt", "attempt", "progress", "progressText");

    private static final Pattern STEP = Pattern.compile(
            "(\\d{1,9}) (SCHEDULED|QUEUED|HELD|RUNNING|RETRYING|FINISHED|FAILED|CANCELLED|WITHDRAWN) (\\d{1,15}) (\\d{1,9})");

    /**
     * One state that a job came into.
     *
     * @param number 1 for the first one
     * @param at epoch milliseconds, of Redis
     * @param attempt number of the attempt, 0 before the first
     */
    public record Step(int number, JobState state, long at, int attempt) {
        public String json(String id) {
            return "{\"jobId\":\"" + id + "\",\"number\":" + number + ",\"state\":\"" + state + "\",\"status\":"
                    + state.status() + ",\"message\":\"" + state.message() + "\",\"attempt\":" + attempt + ",\"at\":\""
                    + Instant.ofEpochMilli(at) + "\"}";
        }
    }

    /** The history in a hash. If another service has written it, the state it shows is the last step. */
    public static JobHistory of(Map<String, String> hash) {
        JobState state = Job.stateOf(hash);
        if (state == JobState.NEW) {
            return new JobHistory(List.of(), null);
        }
        List<Step> steps = new ArrayList<>();
        Matcher step = STEP.matcher(hash.getOrDefault("moves", ""));
        while (step.find()) {
            steps.add(new Step(
                    Integer.parseInt(step.group(1)),
                    JobState.valueOf(step.group(2)),
                    Long.parseLong(step.group(3)),
                    Integer.parseInt(step.group(4))));
        }
        Step last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
        if (last == null || last.state != state) {
            int attempt = (int) Job.number(hash.get("attempt"));
            steps.add(new Step(last == null ? 1 : last.number + 1, state, Job.number(hash.get("updatedAt")), attempt));
        }
        return new JobHistory(steps, state == JobState.RUNNING ? Progress.of(hash) : null);
    }

    /** Whether there is no such job. */
    public boolean isEmpty() {
        return steps.isEmpty();
    }

    public Step last() {
        return steps.get(steps.size() - 1);
    }

    /** Those after the one with this number. */
    public List<Step> after(int number) {
        return steps.stream().filter(step -> step.number > number).toList();
    }
}
