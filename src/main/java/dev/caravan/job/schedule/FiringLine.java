package dev.caravan.job.schedule;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import dev.caravan.job.ScheduleResult.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What became of a firing, as a line in the hash of its schedule.
 *
 * @param time the firing, epoch milliseconds; of several, the first
 * @param at when that was decided, epoch milliseconds
 * @param firings how many there were
 * @param jobId empty if no job was submitted
 * @param error of its route; may be empty
 */
record FiringLine(long time, long at, Kind kind, int firings, String jobId, String error) {
    private static final Gson JSON = new Gson();
    private static final int LONGEST_ERROR = 500;

    static String of(long time, long at, Kind kind, int firings, String jobId, String error) {
        return JSON.toJson(new FiringLine(time, at, kind, firings, jobId, shortened(error)));
    }

    static String shortened(String error) {
        return error.length() > LONGEST_ERROR ? error.substring(0, LONGEST_ERROR) + "…" : error;
    }

    /** Newest first; without those that another version of Caravan has written and this one cannot read. */
    static List<FiringLine> all(String results) {
        return Arrays.stream(Objects.requireNonNullElse(results, "").split("\n"))
                .map(FiringLine::read)
                .filter(line -> line != null && line.kind != null)
                .toList();
    }

    private static FiringLine read(String line) {
        try {
            return JSON.fromJson(line, FiringLine.class);
        } catch (JsonSyntaxException e) {
            return null;
        }
    }
}
