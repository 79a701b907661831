package dev.caravan.job.bulk;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The bulk acts that operators have asked for, and how far each has come: a hash {@value #KEY}{@code <id of its job>}. The job does
 * what stands here, not what its message says: anybody who may publish to the worker queue could write that. Thread-safe.
 */
@Component
class BulkStore {
    static final String KEY = "caravan:jobs:bulk:";
    /** How long an act is kept after it was asked for, or has made its last step. */
    private static final Duration KEPT = Duration.ofDays(7);

    /** Nothing if the act is not there, or a later attempt of its job has it. */
    private static final RedisScript<Long> SAVE = new DefaultRedisScript<>(
            """
            local attempt = redis.call('HGET', KEYS[1], 'attempt')
            if not attempt or tonumber(attempt) > tonumber(ARGV[2]) then return 0 end
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            redis.call('HSET', KEYS[1], 'attempt', ARGV[2], unpack(ARGV, 3))
            return 1
            """,
            Long.class);

    private static final RedisScript<Void> CREATE = new DefaultRedisScript<>(
            """
            redis.call('HSET', KEYS[1], 'attempt', '0', 'act', ARGV[2], 'total', ARGV[3])
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            """,
            Void.class);

    private final StringRedisTemplate redis;

    BulkStore(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** @param total how many jobs match, roughly */
    void create(String id, BulkAct act, long total) {
        redis.execute(CREATE, List.of(KEY + id), Long.toString(KEPT.toMillis()), act.json(), Long.toString(total));
    }

    /** Empty if nobody has asked for it. */
    Map<String, String> read(String id) {
        return redis.<String, String>opsForHash().entries(KEY + id);
    }

    /**
     * Stores how far an act has come.
     *
     * @return false if a later attempt of its job goes on with it
     */
    boolean save(BulkRun run) {
        Long saved = redis.execute(
                SAVE,
                List.of(KEY + run.id()),
                Long.toString(KEPT.toMillis()),
                Integer.toString(run.attempt()),
                "cursor",
                run.cursor() == null ? "" : run.cursor().toString(),
                "done",
                Long.toString(run.done()),
                "skipped",
                Long.toString(run.skipped()),
                "result",
                run.ended() ? run.result() : "");
        return saved != null && saved == 1;
    }
}
