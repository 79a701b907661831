package dev.caravan.job.batch;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.RedisPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/** The batches that are closed and have not ended: what they wait for. Fails as {@link BatchStore} does. Thread-safe. */
@Component
public class WaitingBatches {
    /** How many are looked at in one go. */
    private static final int LOOKED_AT = 1000;
    /** How long no other node makes the callback job of a batch that this one makes. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    /** Argument: the lease. Returns 1 if all members have ended and nobody else makes the callback job. */
    private static final BatchScript TAKE = new BatchScript(
            """
            local batch = redis.call('HMGET', KEYS[1], 'state', 'callbackJob', 'taken')
            if batch[1] == 'CLOSED' and redis.call('ZCARD', KEYS[2]) == 0 then
              redis.call('HSET', KEYS[1], 'state', 'CALLING_BACK', 'completedAt', now)
            elseif batch[1] ~= 'CALLING_BACK' or batch[2] or tonumber(batch[3] or 0) > tonumber(now) then
              return 0
            end
            redis.call('HSET', KEYS[1], 'taken', string.format('%.0f', now + ARGV[1]))
            return 1
            """);

    private static final byte[][] FIELDS = bytes(List.of(BatchStore.STATE, "callbackJob", "cancelledBy"));
    private static final byte[][] OUTCOME = bytes(List.of(BatchStore.STATE, BatchStore.OUTCOME, "cancelledBy"));

    private final StringRedisTemplate redis;
    private final RedisPipeline pipeline;
    private final BatchStore store;

    public WaitingBatches(StringRedisTemplate redis, BatchStore store) {
        this.redis = redis;
        this.pipeline = new RedisPipeline(redis);
        this.store = store;
    }

    /**
     * One that waits, as far as each look needs it.
     *
     * @param open how many entries are open in it
     */
    record Waiting(String id, BatchState state, String callbackJob, String cancelledBy, long open) {
        /** Whether a callback job may be made for it, unless another node makes it. */
        boolean isComplete() {
            return callbackJob == null && (state == BatchState.CALLING_BACK || state == BatchState.CLOSED && open == 0);
        }
    }

    /**
     * Those that wait for members or for their callback job, at most {@value #LOOKED_AT}.
     *
     * @param othersNext whether the next look begins behind these, if there are more. Only one caller of a node asks for
     *     it: two that call in turn would each see the same ones again and again
     */
    List<Waiting> look(boolean othersNext) {
        List<String> ids = List.copyOf(redis.opsForZSet().range(BatchStore.WAITING, 0, LOOKED_AT - 1L));
        if (ids.isEmpty()) {
            return List.of();
        }
        List<Object> replies = pipeline.text(connection -> ids.forEach(id -> {
            List<String> keys = BatchMembers.keys(id);
            connection.hashCommands().hMGet(bytes(keys.get(0)), FIELDS);
            connection.zSetCommands().zCard(bytes(keys.get(1)));
        }));
        List<Waiting> waiting = new ArrayList<>();
        List<Object> over = new ArrayList<>();
        Set<TypedTuple<String>> later = new HashSet<>();
        for (int i = 0; i < ids.size(); i++) {
            List<?> values = (List<?>) replies.get(2 * i);
            String state = (String) values.get(0);
            if (state == null || state.equals(BatchState.ENDED.name())) {
                over.add(ids.get(i));
                continue;
            }
            long open = (Long) replies.get(2 * i + 1);
            waiting.add(new Waiting(
                    ids.get(i), BatchState.valueOf(state), (String) values.get(1), (String) values.get(2), open));
            later.add(TypedTuple.of(ids.get(i), (double) System.currentTimeMillis()));
        }
        if (!over.isEmpty()) {
            redis.opsForZSet().remove(BatchStore.WAITING, over.toArray());
        }
        if (othersNext && ids.size() == LOOKED_AT && !later.isEmpty()) {
            redis.opsForZSet().add(BatchStore.WAITING, later);
        }
        return waiting;
    }

    /** Takes those of these batches whose members have all ended, to make their callback jobs; not what another node has taken. */
    List<Batch> take(List<String> ids) {
        List<String> lease = List.of(Long.toString(LEASE.toMillis()));
        List<Object> replies = pipeline.text(connection -> ids.forEach(id -> TAKE.call(connection, id, lease)));
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (BatchScript.isDone(replies.get(i))) {
                taken.add(ids.get(i));
            }
        }
        return taken.isEmpty() ? List.of() : store.read(taken);
    }

    /** The time of Redis. */
    long now() {
        return redis.execute(
                (RedisCallback<Long>) connection -> connection.serverCommands().time(TimeUnit.MILLISECONDS));
    }

    /** Entries of a batch that are open, oldest first, with their times. */
    List<TypedTuple<String>> open(String id, long from, int many) {
        return List.copyOf(
                redis.opsForZSet().rangeWithScores(BatchMembers.keys(id).get(1), from, from + many - 1L));
    }

    /**
     * A batch in another one.
     *
     * @param state null if it is gone
     * @param outcome as what it counts there; null while it has not ended
     * @param cancelledBy null if it is not cancelled
     */
    record Nested(BatchState state, String outcome, String cancelledBy) {
        private static Nested of(List<?> fields) {
            String state = (String) fields.get(0);
            return new Nested(
                    state == null ? null : BatchState.valueOf(state), (String) fields.get(1), (String) fields.get(2));
        }

        /** Not if it is cancelled already, or its members have all ended. */
        boolean mayBeCancelled() {
            return cancelledBy == null && (state == BatchState.OPEN || state == BatchState.CLOSED);
        }
    }

    /** @param entries those of nested batches */
    List<Nested> nested(List<String> entries) {
        if (entries.isEmpty()) {
            return List.of();
        }
        return pipeline
                .text(connection -> entries.forEach(entry -> {
                    String id = entry.substring(BatchMembers.NESTED.length());
                    connection.hashCommands().hMGet(bytes(BatchMembers.keys(id).get(0)), OUTCOME);
                }))
                .stream()
                .map(fields -> Nested.of((List<?>) fields))
                .toList();
    }
}
