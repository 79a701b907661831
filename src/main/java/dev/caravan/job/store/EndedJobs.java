package dev.caravan.job.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Jobs whose end somebody has to be told of ({@link JobStore#noteEnds}), in a sorted set by the time at which to look at them. An
 * entry is added before the hash changes and removed when all is done, so none is lost when a node dies in between; the job of an
 * entry may go on. Fails with a {@link org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
@Component
public class EndedJobs {
    static final String KEY = "caravan:jobs:ended";
    /** By then the hash has changed. */
    static final int SOON_MILLIS = 100;
    /** How long nobody else looks at an entry that a node has taken. */
    private static final Duration LEASE = Duration.ofSeconds(20);

    @SuppressWarnings("unchecked")
    private static final RedisScript<List<String>> TAKE = (RedisScript<List<String>>)
            (RedisScript<?>) RedisScript.of(new ClassPathResource("ended-take.lua", EndedJobs.class), List.class);

    /** One that was noted again is due sooner, one that is taken later, unless its lease is almost over: then it comes again. */
    private static final Duration NOTED_AGAIN = Duration.ofSeconds(1);

    private static final RedisScript<Void> REMOVE =
            RedisScript.of(new ClassPathResource("ended-remove.lua", EndedJobs.class));

    private final StringRedisTemplate redis;

    public EndedJobs(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** Takes some that are due, so that no other node gets them for a while. */
    public List<String> take(int most) {
        return redis.execute(TAKE, List.of(KEY), Long.toString(LEASE.toMillis()), Integer.toString(most));
    }

    /** All that had to be done for these, which were taken, is done. One that was replayed, and has ended again, stays. */
    public void remove(Collection<String> ids) {
        if (!ids.isEmpty()) {
            List<String> arguments = new ArrayList<>(ids);
            arguments.add(0, Long.toString(NOTED_AGAIN.toMillis()));
            redis.execute(REMOVE, List.of(KEY), arguments.toArray());
        }
    }
}
