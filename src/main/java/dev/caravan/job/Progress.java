package dev.caravan.job;

import com.google.gson.JsonObject;
import java.util.Map;

/**
 * How far a job is, as its handler has said.
 *
 * @param percent 0 to 100
 * @param text what it does; may be empty
 */
public record Progress(int percent, String text) {
    public static final int LONGEST = 200;

    /** What a hash tells; null if nothing was said in this attempt. A job that has finished is through. */
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
