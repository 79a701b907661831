package dev.caravan.job.webhook;

import dev.caravan.http.ServiceUnavailable;
import java.time.Duration;
import java.util.Map;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The hooks as this node knows them: the route {@code hooks-refresh} reads them every two seconds, so a request that nobody has
 * signed costs no command. Thread-safe.
 */
@Component
public class Hooks {
    private static final String SEEN = "caravan:hooks:seen:";
    /** Far longer than timestamps may be off; GitHub sends none. */
    private static final Duration KEPT = Duration.ofHours(24);

    private final Definitions<Hook> store;
    private final StringRedisTemplate redis;
    /** Null until they were read. */
    private volatile Map<String, Hook> known;

    Hooks(Definitions<Hook> store, StringRedisTemplate redis) {
        this.store = store;
        this.redis = redis;
    }

    /** @throws org.springframework.dao.DataAccessException if Redis does not respond; then those of before count */
    public void refresh() {
        known = store.all();
    }

    /**
     * Null if there is none of this name.
     *
     * @throws ServiceUnavailable if they were not read yet: a sender may take that as a reason to try again, and no 404
     */
    Hook get(String name) {
        Map<String, Hook> all = known;
        if (all == null) {
            throw new ServiceUnavailable("This node is starting.", null);
        }
        return all.get(name);
    }

    /** Whether a message was published before. */
    boolean isSeen(String eventId) {
        return Boolean.TRUE.equals(redis.hasKey(SEEN + eventId));
    }

    /** A message is published: it is not published again for a while. */
    public void seen(String eventId) {
        redis.opsForValue().set(SEEN + eventId, "", KEPT);
    }
}
