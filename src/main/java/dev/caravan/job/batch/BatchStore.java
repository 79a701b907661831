package dev.caravan.job.batch;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.http.LimitExceeded;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.RedisPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
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

    static final String STATE = "state";
    static final String OUTCOME = "outcome";

    /** How batches in a batch have ended: the fields that count them. */
    static final String NESTED_FINISHED = "nestedFinished";

    static final String NESTED_FAILED = "nestedFailed";

    /** Of how many of a user's batches those that have expired are removed when there are too many, and how often at the most. */
    private static final int SEARCHED = 1000;

    private static final long SEARCH_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int MOST_SEARCHES = 1000;
    /** Of how many those that have expired are removed in one go of the timer. */
    private static final int MAINTAINED = 500;
    /** So young a batch may have no hash yet. */
    private static final long BEING_CREATED_MILLIS = 60_000;

    private static final Duration RETRY = Duration.ofMinutes(1);
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

    /** Arguments: how long it is kept at first, then fields and values. */
    private static final BatchScript CREATE = new BatchScript(
            """
            redis.call('HSET', KEYS[1], 'state', 'OPEN', 'createdAt', now, unpack(ARGV, 2))
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            return 1
            """);

    /** The batch is the parent. Arguments: user, the entry of the child, its id. Replies as {@link BatchMembers#rejected} reads it. */
    private static final BatchScript NEST = new BatchScript(
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
            """,
            ReturnType.VALUE);

    /** Argument: who cancels it, or '' if it is only closed. Returns 1 if this has changed something. */
    private static final BatchScript CLOSE = new BatchScript(
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

    /** Argument: the callback job. Returns 1 if this has noted it. */
    private static final BatchScript CALLED = new BatchScript(
            """
            if redis.call('HGET', KEYS[1], 'state') ~= 'CALLING_BACK' then return 0 end
            return redis.call('HSETNX', KEYS[1], 'callbackJob', ARGV[1])
            """);

    /** Arguments: retention, then fields and values. Returns 1 if this has ended it. */
    private static final BatchScript END = new BatchScript(
            """
            if redis.call('HGET', KEYS[1], 'state') ~= 'CALLING_BACK' then return 0 end
            redis.call('HSET', KEYS[1], 'state', 'ENDED', 'endedAt', now, unpack(ARGV, 2))
            for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
            return 1
            """);

    private final StringRedisTemplate redis;
    private final RedisPipeline pipeline;
    private final BatchSettings settings;
    /** How far {@link #ALL} was searched for those that have expired. */
    private long place;
    /** The same for the batches of some users who had too many. */
    private final Map<String, Search> searches = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Search> eldest) {
            return size() > MOST_SEARCHES;
        }
    };

    /** When a search was, and where the next one goes on. */
    private record Search(long nanos, long place) {}

    public BatchStore(StringRedisTemplate redis, BatchSettings settings) {
        this.redis = redis;
        this.pipeline = new RedisPipeline(redis);
        this.settings = settings;
    }

    /**
     * What a client wants to have created.
     *
     * @param description null for none, as {@code parent} and {@code callback}
     */
    record Wanted(String description, String parent, BatchCallback callback) {}

    /**
     * Creates a batch. One in another batch is kept for long only once that has it: the client does not know of it if this fails, and
     * the other one would wait.
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
        long kept = settings.abandonedAfter().toMillis();
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(wanted.parent() == null ? kept : Math.min(kept, BEING_CREATED_MILLIS)));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("user", user == null ? "" : user);
        fields.put("max", Integer.toString(settings.maxMembers()));
        fields.put("kept", Long.toString(kept));
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
        CREATE.run(pipeline, id, arguments);
        if (wanted.parent() != null) {
            String reply = (String)
                    NEST.run(pipeline, wanted.parent(), List.of(fields.get("user"), BatchMembers.NESTED + id, id));
            if (!reply.equals("OK")) {
                redis.delete(BatchMembers.keys(id).get(0));
                forget(id, user);
                throw BatchMembers.rejected(reply);
            }
            redis.expire(BatchMembers.keys(id).get(0), settings.abandonedAfter());
        }
        return id;
    }

    /** Counts one more of a user's; those that have expired count no more. */
    private void count(String user, String id, long time) {
        String key = OF + user;
        long size = size(key);
        if (size >= settings.maxPerUser() && removeExpired(user)) {
            size = size(key);
        }
        if (size >= settings.maxPerUser()) {
            String detail = "The batch was not created: you have " + size
                    + " batches, also ended ones that are kept, and a user may have " + settings.maxPerUser() + ".";
            throw new LimitExceeded(detail, size, settings.maxPerUser(), RETRY);
        }
        redis.opsForZSet().add(key, id, time);
        redis.expire(key, settings.abandonedAfter().plus(settings.retention()));
    }

    private long size(String key) {
        Long size = redis.opsForZSet().zCard(key);
        return size == null ? 0 : size;
    }

    /** Removes some of a user's batches that have expired. False if that was done a moment ago. */
    private boolean removeExpired(String user) {
        Search last;
        synchronized (searches) {
            last = searches.get(user);
            if (last != null && System.nanoTime() - last.nanos < SEARCH_NANOS) {
                return false;
            }
            searches.put(user, new Search(System.nanoTime(), last == null ? 0 : last.place));
        }
        long next = removeExpired(OF + user, last == null ? 0 : last.place, SEARCHED);
        synchronized (searches) {
            searches.put(user, new Search(System.nanoTime(), next));
        }
        return true;
    }

    /** Removes those that have expired, of some batches that a set names. Returns where to go on. */
    private long removeExpired(String key, long from, int many) {
        List<TypedTuple<String>> entries = List.copyOf(redis.opsForZSet().rangeWithScores(key, from, from + many - 1L));
        List<Object> exist = pipeline.text(connection -> entries.forEach(entry -> connection
                .keyCommands()
                .exists(bytes(BatchMembers.keys(entry.getValue()).get(0)))));
        long created = System.currentTimeMillis() - BEING_CREATED_MILLIS;
        List<Object> gone = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (Boolean.FALSE.equals(exist.get(i)) && entries.get(i).getScore() < created) {
                gone.add(entries.get(i).getValue());
            }
        }
        if (!gone.isEmpty()) {
            redis.opsForZSet().remove(key, gone.toArray());
        }
        return entries.size() < many ? 0 : from + entries.size() - gone.size();
    }

    /**
     * How a batch that is gone counts in the one that has had it for so long: as failed, since it was abandoned; as nothing if it was
     * too soon for that, since its creation has failed.
     */
    String countOfGone(long millis) {
        return millis < settings.abandonedAfter().toMillis() ? "" : NESTED_FAILED;
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
        List<Batch> all = read(List.of(id));
        return all.isEmpty() ? null : all.get(0);
    }

    /** Those that there are. */
    @SuppressWarnings("unchecked")
    List<Batch> read(List<String> ids) {
        return read(
                ids, (connection, key) -> connection.hashCommands().hGetAll(key), reply -> (Map<String, String>) reply);
    }

    /** Those that there are, without the payloads of their callbacks. */
    List<Batch> listed(List<String> ids) {
        byte[][] names = bytes(LISTED);
        return read(ids, (connection, key) -> connection.hashCommands().hMGet(key, names), reply -> {
            Map<String, String> hash = new HashMap<>();
            for (int i = 0; i < LISTED.size(); i++) {
                hash.put(LISTED.get(i), (String) ((List<?>) reply).get(i));
            }
            return hash;
        });
    }

    private List<Batch> read(
            List<String> ids,
            BiConsumer<RedisConnection, byte[]> command,
            Function<Object, Map<String, String>> hashOf) {
        List<Object> replies = pipeline.text(connection -> ids.forEach(id -> {
            List<String> keys = BatchMembers.keys(id);
            command.accept(connection, bytes(keys.get(0)));
            connection.zSetCommands().zCard(bytes(keys.get(2)));
            connection.zSetCommands().zCard(bytes(keys.get(3)));
        }));
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Map<String, String> hash = hashOf.apply(replies.get(3 * i));
            if (hash.get(STATE) != null) {
                batches.add(new Batch(ids.get(i), hash, (Long) replies.get(3 * i + 1), (Long) replies.get(3 * i + 2)));
            }
        }
        return batches;
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
        return BatchScript.isDone(CLOSE.run(pipeline, id, List.of(by)));
    }

    /**
     * Closes and cancels batches that are in one that is cancelled.
     *
     * @param ids at least one
     * @param by as the field {@code cancelledBy} of that one has it
     * @return in how many this has changed something
     */
    long cancel(List<String> ids, String by) {
        double now = System.currentTimeMillis();
        redis.opsForZSet()
                .add(WAITING, ids.stream().map(id -> TypedTuple.of(id, now)).collect(Collectors.toSet()));
        return pipeline.text(connection -> ids.forEach(id -> CLOSE.call(connection, id, List.of(by)))).stream()
                .filter(BatchScript::isDone)
                .count();
    }

    boolean called(String id, String job) {
        return BatchScript.isDone(CALLED.run(pipeline, id, List.of(job)));
    }

    /**
     * A batch has ended.
     *
     * @param error why its callback job was not made; null if it was, or there is none
     * @return whether this has ended it
     */
    boolean end(Batch batch, boolean succeeded, String error) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(settings.retention().toMillis()));
        arguments.addAll(List.of(OUTCOME, succeeded ? NESTED_FINISHED : NESTED_FAILED));
        if (error != null) {
            arguments.addAll(List.of("callbackError", error));
        }
        boolean ended = BatchScript.isDone(END.run(pipeline, batch.id(), arguments));
        redis.opsForZSet().remove(WAITING, batch.id());
        return ended;
    }
}
