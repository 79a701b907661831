package dev.caravan.job.updates;

import dev.caravan.job.Job;
import dev.caravan.job.Progress;
import dev.caravan.job.store.JobHashes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Makes the messages of the chat rooms {@code jobs/<id>} of this node. Thread-safe. */
@Component("jobRooms")
public class JobRooms {
    private static final String PREFIX = "jobs/";
    /** Further rooms get no updates. */
    private static final int MOST = 10_000;

    private final JobHashes hashes;
    private Map<String, Sent> sent = new HashMap<>();

    public JobRooms(JobHashes hashes) {
        this.hashes = hashes;
    }

    /**
     * An update for a room.
     *
     * @param room as the chat names it
     * @param json a state that the job came into, or its progress
     */
    public record Update(String room, String json) {}

    /** What a room got last: the number of a step, the progress; and how many subscriptions it had had by then. */
    private record Sent(int number, Progress progress, int subscriptions) {}

    /**
     * The updates for these rooms since the last call. If somebody has subscribed since, the whole room gets the current
     * state again.
     *
     * @param rooms how many subscriptions each room has had so far
     * @throws org.springframework.dao.DataAccessException if Redis does not respond; no update is lost by that
     */
    public synchronized List<Update> updates(Map<String, Integer> rooms) {
        List<String> ids = rooms.keySet().stream()
                .filter(room -> room.startsWith(PREFIX))
                .map(room -> room.substring(PREFIX.length()))
                .filter(Job::isId)
                .limit(MOST)
                .toList();
        List<Map<String, String>> read = hashes.fields(ids, JobHistory.FIELDS);
        Map<String, Sent> now = new HashMap<>();
        List<Update> updates = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            JobHistory history = JobHistory.of(read.get(i));
            if (history.isEmpty()) {
                continue;
            }
            String room = PREFIX + ids.get(i);
            int subscriptions = rooms.get(room);
            Sent before = sent.get(room);
            int last = history.last().number();
            boolean isNew = before == null || before.subscriptions != subscriptions;
            int from = before == null ? last - 1 : isNew ? Math.min(before.number, last - 1) : before.number;
            for (JobHistory.Step step : history.after(from)) {
                updates.add(new Update(room, step.json(ids.get(i))));
            }
            Progress progress = history.progress();
            if (progress != null && (isNew || !progress.equals(before.progress))) {
                updates.add(new Update(room, progress.json(ids.get(i))));
            }
            now.put(room, new Sent(last, progress, subscriptions));
        }
        sent = now;
        return updates;
    }
}
