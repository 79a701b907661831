package dev.caravan.job.batch;

import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobList.Cursor;
import java.util.ArrayList;
import java.util.List;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/** The list of batches, in pages. Fails as {@link BatchStore} does. Thread-safe. */
@Component
public class BatchList {
    private static final int ROUNDS = 5;
    private static final int FURTHER = 200;

    private final StringRedisTemplate redis;
    private final BatchStore store;

    public BatchList(StringRedisTemplate redis, BatchStore store) {
        this.redis = redis;
        this.store = store;
    }

    /** A page of batches, newest first; {@code next} is null at the end. */
    record Page(List<Batch> batches, Cursor next) {}

    /**
     * Batches, newest first. After {@value #ROUNDS} rounds a page ends although it is not full, and names the next one.
     *
     * @param state of all of them; null for any
     * @param parent the batch that they are in; null for all
     * @param after where the page before ended, or null
     */
    Page page(BatchState state, String parent, Cursor after, int limit) {
        String key = parent == null ? BatchStore.ALL : BatchMembers.keys(parent).get(3);
        List<Batch> page = new ArrayList<>();
        Cursor last = after;
        for (int round = 0; round < ROUNDS; round++) {
            double from = last == null ? Double.MAX_VALUE : last.time();
            List<TypedTuple<String>> entries =
                    List.copyOf(redis.opsForZSet().reverseRangeByScoreWithScores(key, 0, from, 0, FURTHER));
            List<Cursor> places = new ArrayList<>();
            for (TypedTuple<String> entry : entries) {
                Cursor place = new Cursor(entry.getScore().longValue(), entry.getValue());
                if (last == null || last.isBefore(place.time(), place.id())) {
                    places.add(place);
                }
            }
            for (Batch batch : store.listed(places.stream().map(Cursor::id).toList())) {
                if (state == null || batch.state() == state) {
                    page.add(batch);
                }
                if (page.size() > limit) {
                    List<Batch> full = page.subList(0, limit);
                    String end = full.get(limit - 1).id();
                    Cursor next = places.stream()
                            .filter(place -> place.id().equals(end))
                            .findFirst()
                            .orElse(last);
                    return new Page(full, next);
                }
            }
            if (entries.size() < FURTHER) {
                return new Page(page, null);
            }
            last = places.isEmpty() ? new Cursor(last.time() - 1, "~") : places.get(places.size() - 1);
        }
        return new Page(page, last);
    }
}
