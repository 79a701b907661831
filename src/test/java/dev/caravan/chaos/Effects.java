package dev.caravan.chaos;

import dev.caravan.fixture.RealRedis;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.data.redis.serializer.JdkSerializationRedisSerializer;
import redis.clients.jedis.JedisPooled;

/**
 * What jobs of the type {@code effect} have done, in one order for all nodes: a list in a Redis that no fault touches.
 * Beside it stands when the harness disturbed which node, as positions in the same list. Thread-safe.
 */
final class Effects implements AutoCloseable {
    /** That of Camel's component for Redis, if a route names no other. */
    private static final JdkSerializationRedisSerializer JAVA = new JdkSerializationRedisSerializer();

    private static final byte[] LIST = JAVA.serialize("effects");

    private final RealRedis store = RealRedis.start();
    private final JedisPooled client = new JedisPooled("127.0.0.1", store.port());
    private final Queue<Disturbance> disturbances = new ConcurrentLinkedQueue<>();

    /**
     * One run of a job.
     *
     * @param begin where its begin stands in the list
     * @param end where its end stands in the list; -1 if it has none
     */
    record Run(String job, String attempt, String node, String payload, long begin, long end) {
        boolean isWhole() {
            return end >= 0;
        }
    }

    /**
     * A node was killed, frozen or cut off from a position in the list to another one.
     *
     * @param to {@link Long#MAX_VALUE} if it stays so
     */
    record Disturbance(String node, long from, long to) {
        /** Whether it explains that a job which began there began again later: it was not over before, and not later. */
        boolean explains(Run run, Run next) {
            return node.equals(run.node()) && from <= next.begin() && to >= run.begin();
        }
    }

    /** Positions in the list, from one to another. */
    record Span(long from, long to) {
        boolean has(Run run) {
            return from <= run.begin() && run.begin() <= to;
        }
    }

    /**
     * The most runs that went on at the same time, when one began in these spans, or outside of them. A run without an end
     * counts while it begins.
     */
    static long atOnce(List<Run> runs, List<Span> spans, boolean within) {
        return runs.stream()
                .filter(run -> spans.stream().anyMatch(span -> span.has(run)) == within)
                .mapToLong(run -> runs.stream()
                        .filter(other -> other == run || other.begin() < run.begin() && run.begin() < other.end())
                        .count())
                .max()
                .orElse(0);
    }

    int port() {
        return store.port();
    }

    /** The end of the list. */
    long position() {
        return client.llen(LIST);
    }

    /** Notes what a consumer has done that is no node of Caravan, as the handler does it. */
    void note(String what) {
        client.rpush(LIST, JAVA.serialize(what));
    }

    void disturbed(String node, long from, long to) {
        disturbances.add(new Disturbance(node, from, to));
    }

    List<Disturbance> disturbances() {
        return List.copyOf(disturbances);
    }

    /** What has been noted from a position on. */
    List<String> notes(long from) {
        return client.lrange(LIST, from, -1).stream()
                .map(bytes -> (String) JAVA.deserialize(bytes))
                .toList();
    }

    /** All runs since a position, in the order of their begins. */
    List<Run> runs(long from) {
        return runs(notes(from), from);
    }

    static List<Run> runs(List<String> notes, long from) {
        Map<Long, Run> runs = new LinkedHashMap<>();
        Map<String, List<Run>> open = new LinkedHashMap<>();
        for (int i = 0; i < notes.size(); i++) {
            String[] words = notes.get(i).split(" ", 2);
            List<Run> same = open.computeIfAbsent(words[1], run -> new ArrayList<>());
            if (words[0].equals("begin")) {
                String[] run = words[1].split(" ");
                same.add(new Run(run[0], run[1], run[2], run[3], from + i, -1));
                runs.put(from + i, same.get(same.size() - 1));
            } else if (words[0].equals("end")) {
                Run begun = same.remove(0);
                runs.put(
                        begun.begin(),
                        new Run(begun.job(), begun.attempt(), begun.node(), begun.payload(), begun.begin(), from + i));
            }
        }
        return List.copyOf(runs.values());
    }

    @Override
    public void close() {
        client.close();
        store.close();
    }
}
