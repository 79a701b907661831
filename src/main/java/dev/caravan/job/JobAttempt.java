package dev.caravan.job;

import com.google.gson.JsonArray;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One attempt of a job, as its hash has it.
 *
 * @param number from 1
 * @param worker the node that made it
 * @param startedAt epoch milliseconds, of Redis
 * @param endedAt the same; 0 while it runs
 * @param state how it ended: the state of the job, or {@value #INTERRUPTED} if its worker went away
 * @param error why it failed; null if it did not
 * @param revision the revision of the handler that ran; null while it runs, if there was none, or if that is not known
 */
public record JobAttempt(
        int number, String worker, long startedAt, long endedAt, String state, JobError error, String revision) {
    static final String INTERRUPTED = "INTERRUPTED";

    private static final Pattern LINE =
            Pattern.compile("(?m)^(\\d{1,9}) (\\d{1,15}) (\\d{1,15}) (RETRYING|INTERRUPTED|FAILED) (\\[.*])$");

    /** The first one and the latest, in their order: those in the field {@code attempts}, and the one that runs or was the last. */
    public static List<JobAttempt> of(Map<String, String> hash) {
        List<JobAttempt> attempts = new ArrayList<>();
        Matcher line = LINE.matcher(hash.getOrDefault("attempts", ""));
        while (line.find()) {
            try {
                JsonArray about = JsonParser.parseString(line.group(5)).getAsJsonArray();
                String errorType = about.get(1).getAsString();
                attempts.add(new JobAttempt(
                        Integer.parseInt(line.group(1)),
                        about.get(0).getAsString(),
                        Long.parseLong(line.group(2)),
                        Long.parseLong(line.group(3)),
                        line.group(4),
                        errorType.isEmpty()
                                ? null
                                : new JobError(
                                        errorType,
                                        about.get(2).getAsString(),
                                        text(about, 4),
                                        text(about, 5),
                                        text(about, 6)),
                        text(about, 3)));
            } catch (JsonParseException | IllegalStateException | IndexOutOfBoundsException e) {
                continue; // written by another service
            }
        }
        JobState state = Job.stateOf(hash);
        int latest = (int) Job.number(hash.get("attempt"));
        int known = attempts.isEmpty() ? 0 : attempts.get(attempts.size() - 1).number;
        if (latest > known && (state == JobState.RUNNING || state.terminal())) {
            boolean failed = state == JobState.FAILED && hash.containsKey(JobError.TYPE);
            attempts.add(new JobAttempt(
                    latest,
                    hash.getOrDefault("worker", ""),
                    Job.number(hash.get("startedAt")),
                    Job.number(hash.get("finishedAt")),
                    state.name(),
                    failed ? JobError.of(hash) : null,
                    state == JobState.RUNNING ? null : hash.get("routeRevision"))); // else that of the one before
        }
        return attempts;
    }

    /** What older versions did not write is missing. */
    private static String text(JsonArray about, int place) {
        return place >= about.size() || about.get(place).getAsString().isEmpty()
                ? null
                : about.get(place).getAsString();
    }
}
