package dev.caravan.job;

import com.google.gson.JsonObject;
import java.util.Map;

/**
 * The progress of a job, as its handler reported it.
 *
 * @param percent 0 to 100
 * @param text what it does; may be empty
 */
public record Progress(int percent, String text) {
    public static final int LONGEST = 200;

    /** The progress in a hash; null if this attempt reported none. A finished job is at 100. */
    public static Progress of(Map<String, String> hash) {
        if (!hash.containsKey("progress")) {
            return null;
        }
        boolean finished = Job.stateOf(hash) == JobState.FINISHED;
        return new Progress(
                finished ? 100 : (int) Math.max(0, Math.min(100, Job.number(hash.get("progress")))),
                hash.getOrDefault("progressText", ""));
    }

    /** The update that watchers of the job get. */
    public String json(String id) {
        JsonObject json = new JsonObject();
        json.addProperty("jobId", id);
        json.addProperty("progress", percent);
        json.addProperty("progressText", text);
        return json.toString();
    }
}
