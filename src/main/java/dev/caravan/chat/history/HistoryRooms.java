package dev.caravan.chat.history;

import dev.caravan.chat.ChatSettings;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Which rooms have a history in Redis, by the time of their last message: a sorted set. When they are too many, the histories
 * that were written longest ago are removed. Anybody can make up a room, and jobs are in the same Redis. Thread-safe.
 */
@Component("historyRooms")
public class HistoryRooms {
    static final String KEY = "Chat:rooms";
    /** How many are removed with one batch at the most. */
    private static final long MOST = 1000;

    private final StringRedisTemplate redis;
    private final int rooms;
    private final long retentionMillis;

    HistoryRooms(StringRedisTemplate redis, ChatSettings settings) {
        this.redis = redis;
        this.rooms = settings.historyRooms();
        this.retentionMillis = settings.historyRetention().toMillis();
    }

    /** The lists of these are about to be written. */
    public void admit(@Body List<ChatHistory.Chunk> chunks) {
        if (rooms == 0 || chunks.isEmpty()) {
            return;
        }
        double now = System.currentTimeMillis();
        redis.opsForZSet()
                .add(
                        KEY,
                        chunks.stream()
                                .map(chunk -> TypedTuple.of(chunk.key(), now))
                                .collect(Collectors.toSet()));
        redis.opsForZSet().removeRangeByScore(KEY, 0, now - retentionMillis); // Redis has removed their lists
        Long size = redis.opsForZSet().zCard(KEY);
        if (size != null && size > rooms) {
            Set<TypedTuple<String>> oldest = redis.opsForZSet().popMin(KEY, Math.min(size - rooms, MOST));
            redis.delete(oldest.stream().map(TypedTuple::getValue).toList());
        }
    }
}
