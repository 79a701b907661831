package dev.caravan.job.schedule;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The schedules in Redis: a hash each, and a sorted set that says when to look at which. All keys have one hash tag, so that one
 * node of a Redis Cluster holds them, and one script ({@code schedules.lua}) decides on both. Clock: Redis' own. Fails with a
 * {@link org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
@Component
public class ScheduleStore {
    static final String INDEX = "caravan:{schedules}";
    /** How many there may be, of files and stored. */
    static final int MOST = 1000;
    /** Lua takes some thousand arguments. */
    private static final int AT_A_TIME = 500;
    /** As long as a node without a heartbeat counts as alive. */
    private static final Duration ALIVE = Duration.ofSeconds(6);
    /** How long nobody else submits a firing that a node has taken. */
    static final Duration LEASE = Duration.ofSeconds(5);

    private static final Gson JSON = new Gson();
    private static final TypeToken<Map<String, String>> OPTIONS = new TypeToken<>() {};

    @SuppressWarnings("unchecked")
    private static final RedisScript<List<String>> SCRIPT = (RedisScript<List<String>>) (RedisScript<?>) script();

    private static RedisScript<?> script() {
        DefaultRedisScript<List> script = new DefaultRedisScript<>();
        script.setLocation(new ClassPathResource("schedules.lua", ScheduleStore.class));
        script.setResultType(List.class);
        return script;
    }

    private final StringRedisTemplate redis;

    public ScheduleStore(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** How Redis has taken a schedule of a file. */
    enum Announced {
        TAKEN,
        /** Another node's file defines it, and its route has started later. */
        DIFFERS,
        REPLACED_STORED
    }

    /** Why a schedule was not stored. */
    enum Put {
        CREATED,
        REPLACED,
        OF_A_FILE,
        TOO_MANY
    }

    /**
     * A schedule as Redis knows it.
     *
     * @param fields of its hash, as {@code schedules.lua} documents them
     */
    record Entry(String name, Map<String, String> fields) {
        boolean isOfFile() {
            return "file".equals(fields.get("source"));
        }

        boolean isPaused() {
            return fields.containsKey("paused");
        }

        /** Its next firing; {@link FiringTimes#NEVER} if there is none. */
        long next() {
            String next = fields.getOrDefault("next", "");
            return next.isEmpty() ? FiringTimes.NEVER : Long.parseLong(next);
        }

        boolean is(String field) {
            return !fields.getOrDefault(field, "").isEmpty();
        }

        /** @throws IllegalArgumentException if another version of Caravan has stored it, and this one cannot read it */
        Schedule schedule() {
            return Schedule.of(name, JSON.fromJson(fields.get("definition"), OPTIONS));
        }
    }

    /** What is due at a time. */
    record Due(long now, List<Entry> entries) {}

    /** The time of Redis. */
    long now() {
        return redis.execute(
                (RedisCallback<Long>) connection -> connection.serverCommands().time(TimeUnit.MILLISECONDS));
    }

    /** Those that have to be looked at. */
    Due due() {
        List<String> reply = run("due", MOST, ALIVE.toMillis());
        List<Entry> entries = new ArrayList<>();
        for (String each : reply.subList(1, reply.size())) {
            Map<String, String> fields = JSON.fromJson(each, OPTIONS);
            entries.add(new Entry(fields.remove("name"), fields));
        }
        return new Due(Long.parseLong(reply.get(0)), entries);
    }

    /** Takes a firing, so that no other node submits it for the time of a lease. */
    boolean take(Firing firing) {
        return is("1", run("take", firing.name(), firing.time(), LEASE.toMillis()));
    }

    /**
     * A firing is decided on; the next one follows.
     *
     * @param next the next firing
     * @param result a line for people; newest first, the last ten are kept
     * @param jobId the job of the firing; empty if there is none
     * @return whether nobody else has done this
     */
    boolean settle(Firing firing, long next, String result, String jobId) {
        return is(
                "1",
                run(
                        "settle",
                        firing.name(),
                        firing.time(),
                        text(next),
                        text(firing.schedule().dueAt(next)),
                        result,
                        jobId));
    }

    /**
     * A firing that is due has to wait.
     *
     * @param error why its route failed; empty if that is not why
     * @param waiting whether it waits for the job of the one before
     */
    void delay(Firing firing, Duration pause, String error, boolean waiting) {
        run("delay", firing.name(), firing.time(), pause.toMillis(), error, waiting ? "1" : "");
    }

    /** The next firing has to be looked at then. */
    void look(String name, long firing, long at) {
        run("look", name, firing, text(at));
    }

    /**
     * Says that a node has these schedules in its files.
     *
     * @param first of each, whether this node says so for the first time
     * @return of each, how it was taken
     */
    List<Announced> announce(List<Schedule> schedules, List<Boolean> first) {
        if (schedules.size() > AT_A_TIME) {
            List<Announced> replies =
                    new ArrayList<>(announce(schedules.subList(0, AT_A_TIME), first.subList(0, AT_A_TIME)));
            int all = schedules.size();
            replies.addAll(announce(schedules.subList(AT_A_TIME, all), first.subList(AT_A_TIME, all)));
            return replies;
        }
        long now = now();
        List<Object> arguments = new ArrayList<>(2 + 6 * schedules.size());
        arguments.add("announce");
        arguments.add(ALIVE.toMillis());
        for (int i = 0; i < schedules.size(); i++) {
            Schedule schedule = schedules.get(i);
            arguments.add(schedule.name());
            arguments.add(first.get(i) ? "1" : "");
            addDefinition(arguments, schedule, now);
        }
        return run(arguments.toArray()).stream().map(Announced::valueOf).toList();
    }

    private static void addDefinition(List<Object> arguments, Schedule schedule, long now) {
        long next = schedule.next(now);
        arguments.add(JSON.toJson(schedule.options()));
        arguments.add(JSON.toJson(schedule.timing()));
        arguments.add(text(next));
        arguments.add(text(schedule.dueAt(next)));
    }

    /** Stores or replaces one that no file defines. */
    Put put(Schedule schedule, String payload, boolean paused) {
        List<Object> arguments = new ArrayList<>(List.of("put", ALIVE.toMillis(), MOST, schedule.name()));
        arguments.add(payload == null ? "" : payload);
        arguments.add(paused ? "1" : "");
        addDefinition(arguments, schedule, now());
        return Put.valueOf(run(arguments.toArray()).get(0));
    }

    boolean pause(String name) {
        return is("1", run("pause", name));
    }

    /** Firings count from now on again; those of the pause are not missed. */
    boolean resume(Schedule schedule) {
        long next = schedule.next(now());
        return is("1", run("resume", schedule.name(), text(next), text(schedule.dueAt(next))));
    }

    /** Deletes one that no file of a node defines. */
    boolean delete(String name) {
        return is("1", run("delete", ALIVE.toMillis(), name));
    }

    /** Adds a result that is of no firing. */
    void record(String name, String result) {
        run("record", name, result);
    }

    /**
     * The payload of one that is stored; null if it has none.
     *
     * @throws IllegalStateException it is deleted
     */
    String payload(String name) {
        Object payload = redis.opsForHash().get(INDEX + ":" + name, "payload");
        if (payload == null) {
            throw new IllegalStateException("The schedule " + name + " is deleted");
        }
        return payload.equals("") ? null : payload.toString();
    }

    /** One that is there; null if there is none, or no node has its file any more. */
    Entry read(String name) {
        return all(Set.of(name)).get(name);
    }

    /** All that are there, by their names, without their payloads. */
    Map<String, Entry> all() {
        return all(redis.opsForZSet().range(INDEX, 0, -1));
    }

    private Map<String, Entry> all(Collection<String> names) {
        List<Object> arguments = new ArrayList<>(names);
        arguments.add(0, ALIVE.toMillis());
        arguments.add(0, "read");
        Map<String, Entry> all = new TreeMap<>();
        for (String each : run(arguments.toArray())) {
            Map<String, String> fields = new HashMap<>(JSON.fromJson(each, OPTIONS));
            String name = fields.remove("name");
            all.put(name, new Entry(name, fields));
        }
        return all;
    }

    private List<String> run(Object... arguments) {
        Object[] texts = new Object[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        return redis.execute(SCRIPT, List.of(INDEX), texts);
    }

    private static boolean is(String expected, List<String> reply) {
        return expected.equals(reply.get(0));
    }

    private static String text(long time) {
        return time == FiringTimes.NEVER ? "" : Long.toString(time);
    }
}
