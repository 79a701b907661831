package dev.caravan.job.batch;

import dev.caravan.http.LimitExceeded;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobList.Cursor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The batches in Redis. Beside those of {@link BatchMembers} there are the keys
 *
 * <ul>
 *   <li>{@value #ALL}: the ids of all, by the time of their creation, and of some that have expired
 *   <li>{@value #WAITING}: those that are closed and have not ended, and some that are about to be closed
 *   <li>{@value #OF}{@code <user>}: those of a user
 * </ul>
 *
 * <p>The hash of a batch is the truth, and is changed by one script at a time. Its fields: {@code state}, {@code user}, {@code
 * description}, {@code parent}, {@code callbackType}, {@code callback} (JSON), {@code createdAt}, {@code closedAt}, {@code
 * completedAt} (all members have ended), {@code endedAt}, {@code cancelledBy}, {@code callbackJob}, {@code callbackError}, {@code outcome}, the counts of
 * what has ended; {@code max} members, {@code kept} while it is open, {@code taken} (no other node calls back up to then). Times in
 * the hash are by Redis' own clock, those in these three sets by that of the node. Fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
@Component
public class BatchStore {
    static final String ALL = "caravan:jobs:batches";
    static final String WAITING = "caravan:jobs:batches:waiting";
    static final String OF = "caravan:jobs:batches:of:";

    /** How batches in a batch have ended: the fields that count them. */
    static final String NESTED_FINISHED = "nestedFinished";

    static final String NESTED_FAILED = "nestedFailed";

    /** How many that wait are looked at in one go. */
    private static final int LOOKED_AT = 1000;

    private static final int ROUNDS = 5;
    private static final int FURTHER = 200;
    /** Of how many of a user's batches those that have expired are removed when there are too many, and of how many in one go of the timer. */
    private static final int OLDEST = 1000;

    private static final int MAINTAINED = 500;
    /** So young a batch may have no hash yet. */
    private static final long BEING_CREATED_MILLIS = 60_000;

    private static final Duration RETRY = Duration.ofMinutes(1);
    /** How long no other node makes the callback job of a batch that this one makes. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final String STATE = "state";
    private static final String OUTCOME = "outcome";
    /** All but the payload of the callback. */
    private static final List<String> LISTED = List.of(
            STATE,
            "user",
            "description",
            "parent",
            "callbackType",
            "callbackJob",
            "callbackError",
            "cancelledBy",
            "createdAt",
            "closedAt",
            "completedAt",
            "endedAt",
            "finished",
            "failed",
            "cancelled",
            NESTED_FINISHED,
            NESTED_FAILED);

    private static final String NOW =
            """
            local time = redis.call('TIME')
            local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
            """;

    /** Arguments: kept, then fields and values. */
    private static final RedisScript<Long> CREATE = script(
            Long.class,
            """
            redis.call('HSET', KEYS[1], 'state', 'OPEN', 'createdAt', now, 'kept', ARGV[1], unpack(ARGV, 2))
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            return 1
            """);

    /** The batch is the parent. Arguments: user, the entry of the child, its id. Replies as {@link BatchMembers#rejected} reads it. */
    private static final RedisScript<String> NEST = script(
            String.class,
            """
            local parent = redis.call('HMGET', KEYS[1], 'state', 'user', 'max', 'kept')
            if not parent[1] then return 'NONE' end
            if parent[2] ~= ARGV[1] then return 'FOREIGN' end
            if parent[1] ~= 'OPEN' then return 'CLOSED' end
            if redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4]) >= tonumber(parent[3]) then return 'FULL' end
            redis.call('ZADD', KEYS[2], now, ARGV[2])
            redis.call('ZADD', KEYS[4], now, ARGV[3])
            for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], parent[4]) end
            return 'OK'
            """);

    /** Argument: who cancels it, or '' if it is only closed. Returns 1 if this has changed something. */
    private static final RedisScript<Long> CLOSE = script(
            Long.class,
            """
            local batch = redis.call('HMGET', KEYS[1], 'state', 'cancelledBy')
            local changed = 0
            if batch[1] == 'OPEN' then
              redis.call('HSET', KEYS[1], 'state', 'CLOSED', 'closedAt', now)
              for i = 1, 4 do redis.call('PERSIST', KEYS[i]) end
              batch[1], changed = 'CLOSED', 1
            end
            if ARGV[1] ~= '' and batch[1] == 'CLOSED' and not batch[2] then
              redis.call('HSET', KEYS[1], 'cancelledBy', ARGV[1])
              changed = 1
            end
            return changed
            """);

    /** Argument: the lease. Returns 1 if all members have ended and nobody else makes the callback job. */
    private static final RedisScript<Long> TAKE = script(
            Long.class,
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

    /** Argument: the callback job. Returns 1 if this has noted it. */
    private static final RedisScript<Long> CALLED = script(
            Long.class,
            """
            if redis.call('HGET', KEYS[1], 'state') ~= 'CALLING_BACK' then return 0 end
            return redis.call('HSETNX', KEYS[1], 'callbackJob', ARGV[1])
            """);

    /** Arguments: retention, then fields and values. Returns 1 if this has ended it. */
    private static final RedisScript<Long> END = script(
            Long.class,
            """
            if redis.call('HGET', KEYS[1], 'state') ~= 'CALLING_BACK' then return 0 end
            redis.call('HSET', KEYS[1], 'state', 'ENDED', 'endedAt', now, unpack(ARGV, 2))
            for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
            return 1
            """);

    private final StringRedisTemplate redis;
    private final BatchSettings settings;
    /** How far {@link #ALL} was searched for those that have expired. */
    private long place;

    public BatchStore(StringRedisTemplate redis, BatchSettings settings) {
        this.redis = redis;
        this.settings = settings;
    }

    /**
     * What a client wants to have created.
     *
     * @param description null for none, as {@code parent} and {@code callback}
     */
    record Wanted(String description, String parent, BatchCallback callback) {}

    /** One that waits, as far as each look needs it. */
    record Waiting(String id, BatchState state, String callbackJob, String cancelledBy) {}

    /** A page of batches, newest first; {@code next} is null at the end. */
    record Page(List<Batch> batches, Cursor next) {}

    /**
     * Creates a batch.
     *
     * @param user null if nobody has logged in
     * @return its id
     * @throws LimitExceeded the user has too many
     * @throws org.springframework.web.server.ResponseStatusException it may not be in the parent
     */
    String create(Wanted wanted, String user) {
        String id = UUID.randomUUID().toString();
        long time = System.currentTimeMillis();
        if (user != null && settings.maxPerUser() > 0) {
            count(user, id, time);
        }
        redis.opsForZSet().add(ALL, id, time);
        List<Object> arguments = new ArrayList<>();
        arguments.add(Long.toString(settings.abandonedAfter().toMillis()));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("user", user == null ? "" : user);
        fields.put("max", Integer.toString(settings.maxMembers()));
        fields.put("description", wanted.description());
        fields.put("parent", wanted.parent());
        if (wanted.callback() != null) {
            fields.put("callbackType", wanted.callback().type());
            fields.put("callback", wanted.callback().json());
        }
        fields.forEach((name, value) -> {
            if (value != null) {
                arguments.add(name);
                arguments.add(value);
            }
        });
        redis.execute(CREATE, BatchMembers.keys(id), arguments.toArray());
        if (wanted.parent() != null) {
            String reply = redis.execute(
                    NEST, BatchMembers.keys(wanted.parent()), fields.get("user"), BatchMembers.NESTED + id, id);
            if (!"OK".equals(reply)) {
                redis.delete(BatchMembers.keys(id).get(0));
                forget(id, user);
                throw BatchMembers.rejected(reply);
            }
        }
        return id;
    }

    /** Counts one more of a user's; those that have expired count no more. */
    private void count(String user, String id, long time) {
        String key = OF + user;
        if (size(key) >= settings.maxPerUser()) {
            removeExpired(key, 0, OLDEST);
            long size = size(key);
            if (size >= settings.maxPerUser()) {
                String detail = "The batch was not created: you have " + size
                        + " batches, also ended ones that are kept, and a user may have " + settings.maxPerUser() + ".";
                throw new LimitExceeded(detail, size, settings.maxPerUser(), RETRY);
            }
        }
        redis.opsForZSet().add(key, id, time);
        redis.expire(key, settings.abandonedAfter().plus(settings.retention()));
    }

    private long size(String key) {
        Long size = redis.opsForZSet().zCard(key);
        return size == null ? 0 : size;
    }

    /** Removes those that have expired, of some batches that a set names. Returns where to go on. */
    private long removeExpired(String key, long from, int many) {
        List<TypedTuple<String>> entries = List.copyOf(redis.opsForZSet().rangeWithScores(key, from, from + many - 1L));
        List<Object> states = fields(entries.stream().map(TypedTuple::getValue).toList(), List.of(STATE));
        long created = System.currentTimeMillis() - BEING_CREATED_MILLIS;
        List<Object> gone = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (((List<?>) states.get(i)).get(0) == null && entries.get(i).getScore() < created) {
                gone.add(entries.get(i).getValue());
            }
        }
        if (!gone.isEmpty()) {
            redis.opsForZSet().remove(key, gone.toArray());
        }
        return entries.size() < many ? 0 : from + entries.size() - gone.size();
    }

    private void forget(String id, String user) {
        redis.opsForZSet().remove(ALL, id);
        if (user != null) {
            redis.opsForZSet().remove(OF + user, id);
        }
    }

    /** Removes some of those that have expired. Called by a timer. */
    public synchronized void maintain() {
        place = removeExpired(ALL, place, MAINTAINED);
    }

    /** Null if there is none. */
    Batch read(String id) {
        List<Object> replies = pipelined(
                List.of(id), (connection, keys) -> connection.hashCommands().hGetAll(bytes(keys.get(0))));
        Map<?, ?> hash = (Map<?, ?>) replies.get(0);
        Map<String, String> all = new HashMap<>();
        hash.forEach((name, value) -> all.put((String) name, (String) value));
        return all.containsKey(STATE) ? new Batch(id, all, (Long) replies.get(1), (Long) replies.get(2)) : null;
    }

    /**
     * Batches, newest first. After {@value #ROUNDS} rounds a page ends although it is not full, and names the next one.
     *
     * @param state of all of them; null for any
     * @param parent the batch that they are in; null for all
     * @param after where the page before ended, or null
     */
    Page page(BatchState state, String parent, Cursor after, int limit) {
        String key = parent == null ? ALL : BatchMembers.keys(parent).get(3);
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
            for (Batch batch : listed(places.stream().map(Cursor::id).toList())) {
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

    /** Those that there are, without the payloads of their callbacks. */
    private List<Batch> listed(List<String> ids) {
        List<Object> replies = pipelined(ids, (connection, keys) -> connection
                .hashCommands()
                .hMGet(
                        bytes(keys.get(0)),
                        LISTED.stream().map(BatchStore::bytes).toArray(byte[][]::new)));
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            List<?> values = (List<?>) replies.get(3 * i);
            if (values.get(0) != null) {
                Map<String, String> hash = new HashMap<>();
                for (int j = 0; j < LISTED.size(); j++) {
                    hash.put(LISTED.get(j), (String) values.get(j));
                }
                batches.add(new Batch(ids.get(i), hash, (Long) replies.get(3 * i + 1), (Long) replies.get(3 * i + 2)));
            }
        }
        return batches;
    }

    /** A command for each batch, and the sizes of its sets of members and of batches in it. */
    private List<Object> pipelined(List<String> ids, BiConsumer<RedisConnection, List<String>> command) {
        return redis.executePipelined((RedisCallback<Void>) connection -> {
            for (String id : ids) {
                List<String> keys = BatchMembers.keys(id);
                command.accept(connection, keys);
                connection.zSetCommands().zCard(bytes(keys.get(2)));
                connection.zSetCommands().zCard(bytes(keys.get(3)));
            }
            return null;
        });
    }

    /** The fields of these batches, each null if it is absent. */
    private List<Object> fields(List<String> ids, List<String> names) {
        byte[][] encoded = names.stream().map(BatchStore::bytes).toArray(byte[][]::new);
        return redis.executePipelined((RedisCallback<Void>) connection -> {
            ids.forEach(id ->
                    connection.hashCommands().hMGet(bytes(BatchMembers.keys(id).get(0)), encoded));
            return null;
        });
    }

    /**
     * Closes a batch that is open.
     *
     * @param cancelledBy who cancels it; null if nobody does, empty if somebody who has not logged in
     * @return whether this has changed something
     */
    boolean close(String id, String cancelledBy) {
        redis.opsForZSet().add(WAITING, id, System.currentTimeMillis());
        String by = cancelledBy == null ? "" : cancelledBy.isEmpty() ? "-" : cancelledBy;
        return is(redis.execute(CLOSE, BatchMembers.keys(id), by));
    }

    /**
     * Those that wait for members or for their callback job, at most {@value #LOOKED_AT}.
     *
     * @param othersNext whether the next look begins behind these, if there are more. Only one caller of a node asks for
     *     it: two that call in turn would each see the same ones again and again
     */
    List<Waiting> waiting(boolean othersNext) {
        List<String> ids = List.copyOf(redis.opsForZSet().range(WAITING, 0, LOOKED_AT - 1L));
        if (ids.isEmpty()) {
            return List.of();
        }
        List<Object> replies = fields(ids, List.of(STATE, "callbackJob", "cancelledBy"));
        List<Waiting> waiting = new ArrayList<>();
        List<Object> over = new ArrayList<>();
        Set<TypedTuple<String>> later = new HashSet<>();
        for (int i = 0; i < ids.size(); i++) {
            List<?> values = (List<?>) replies.get(i);
            String state = (String) values.get(0);
            if (state == null || state.equals(BatchState.ENDED.name())) {
                over.add(ids.get(i));
                continue;
            }
            waiting.add(
                    new Waiting(ids.get(i), BatchState.valueOf(state), (String) values.get(1), (String) values.get(2)));
            later.add(TypedTuple.of(ids.get(i), (double) System.currentTimeMillis()));
        }
        if (!over.isEmpty()) {
            redis.opsForZSet().remove(WAITING, over.toArray());
        }
        if (othersNext && ids.size() == LOOKED_AT && !later.isEmpty()) {
            redis.opsForZSet().add(WAITING, later);
        }
        return waiting;
    }

    /** If all members of a batch have ended, takes it to make its callback job; null if not, or if another node has. */
    Batch take(String id) {
        return is(redis.execute(TAKE, BatchMembers.keys(id), Long.toString(LEASE.toMillis()))) ? read(id) : null;
    }

    boolean called(String id, String job) {
        return is(redis.execute(CALLED, BatchMembers.keys(id), job));
    }

    /**
     * A batch has ended.
     *
     * @param error why its callback job was not made; null if it was, or there is none
     * @return whether this has ended it
     */
    boolean end(Batch batch, boolean succeeded, String error) {
        List<Object> arguments = new ArrayList<>();
        arguments.add(Long.toString(settings.retention().toMillis()));
        arguments.addAll(List.of(OUTCOME, succeeded ? NESTED_FINISHED : NESTED_FAILED));
        if (error != null) {
            arguments.addAll(List.of("callbackError", error));
        }
        boolean ended = is(redis.execute(END, BatchMembers.keys(batch.id()), arguments.toArray()));
        redis.opsForZSet().remove(WAITING, batch.id());
        return ended;
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

    /** How a batch that was in another one counts there; empty while it has not ended. One that is gone was abandoned. */
    String outcome(String id) {
        List<?> values = (List<?>) fields(List.of(id), List.of(STATE, OUTCOME)).get(0);
        return values.get(0) == null ? NESTED_FAILED : values.get(1) == null ? "" : (String) values.get(1);
    }

    private static boolean is(Long reply) {
        return reply != null && reply == 1;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> RedisScript<T> script(Class<T> reply, String text) {
        return new DefaultRedisScript<>(NOW + text, reply);
    }
}
