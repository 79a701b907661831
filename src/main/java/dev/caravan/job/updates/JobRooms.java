package dev.caravan.job.updates;

import dev.caravan.job.Job;
import dev.caravan.job.Progress;
import dev.caravan.job.store.JobStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/**
 * What there is to tell of jobs to those who listen in the rooms {@code jobs/<id>} on this node. Thread-safe.
 */
@Component("jobRooms")
public class JobRooms {
    private static final String PREFIX = "jobs/";
    /** More rooms than these are not looked at. */
    private static final int MOST = 10_000;

    private final JobStore store;
    private Map<String, Told> told = new HashMap<>();

    public JobRooms(JobStore store) {
        this.store = store;
    }

    /**
     * Something to tell.
     *
     * @param room as the chat names it
     * @param json one step of the job, or how far it is
     */
    public record News(String room, String json) {}

    /** What was told in a room: up to which step, how far it was, and to how many comers. */
    private record Told(int number, Progress progress, int comers) {}

    /**
     * What is new in these rooms since the last time. Who has come since then is told where the job stands, and so are
     * all others in the room.
     *
     * @param listened how many have come to each room so far
     * @throws org.springframework.dao.DataAccessException if Redis does not answer; nothing is lost by that
     */
    public synchronized List<News> news(Map<String, Integer> listened) {
        List<String> ids = listened.keySet().stream()
                .filter(room -> room.startsWith(PREFIX))
                .map(room -> room.substring(PREFIX.length()))
                .filter(Job::isId)
                .limit(MOST)
                .toList();
        List<Map<String, String>> hashes = store.fields(ids, JobHistory.FIELDS);
        Map<String, Told> now = new HashMap<>();
        List<News> news = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            JobHistory history = JobHistory.of(hashes.get(i));
            if (history.isEmpty()) {
                continue;
            }
            String room = PREFIX + ids.get(i);
            int comers = listened.get(room);
            Told before = told.get(room);
            int last = history.last().number();
            boolean someHaveCome = before == null || before.comers != comers;
            int from = before == null ? last - 1 : someHaveCome ? Math.min(before.number, last - 1) : before.number;
            for (JobHistory.Step step : history.after(from)) {
                news.add(new News(room, step.json(ids.get(i))));
            }
            Progress progress = history.progress();
            if (progress != null && (someHaveCome || !progress.equals(before.progress))) {
                news.add(new News(room, progress.json(ids.get(i))));
            }
            now.put(room, new Told(last, progress, comers));
        }
        told = now;
        return news;
    }
}
