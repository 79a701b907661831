package dev.caravan.job;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.Map;

/**
 * How far a job is, as its handler has said.
 *
 * @param percent 0 to 100
 * @param text what it does; may be empty
 */
record Progress(int percent, String text) {
    static final int LONGEST = 200;

    /** What a hash tells; null if nothing was said in this attempt. A job that has finished is through. */
    static Progress of(Map<String, String> hash) {
        if (!hash.containsKey("progress")) {
            return null;
        }
        boolean finished = Job.stateOf(hash) == JobState.FINISHED;
        return new Progress(
                finished ? 100 : (int) Math.max(0, Math.min(100, Job.number(hash.get("progress")))),
                hash.getOrDefault("progressText", ""));
    }

    void write(JsonWriter json) throws IOException {
        json.name("progress").value(percent).name("progressText").value(text);
    }

    String json(String id) {
        return JobJson.write(json -> {
            json.beginObject().name("jobId").value(id);
            write(json);
            json.endObject();
        });
    }
}
