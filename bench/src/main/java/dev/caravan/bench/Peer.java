package dev.caravan.bench;

import dev.caravan.bench.Processes.Child;
import java.util.List;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/**
 * A system that is measured.
 *
 * @param title its name in tables
 * @param login user and password, {@code user:password}; null: it has none
 * @param ports of its nodes, on loopback
 * @param children its processes
 */
record Peer(String title, String login, List<Integer> ports, Brokers brokers, int database, List<Child> children) {
    Peer awaitReady() {
        children.forEach(child -> child.awaitLog(" is ready"));
        return this;
    }

    int port() {
        return ports.get(0);
    }

    JobLoad load() {
        return new JobLoad(ports, login, brokers.redisPort, database);
    }

    /** The CPU time that its processes have used together, µs. */
    long cpuMicros() {
        return children.stream()
                .mapToLong(child -> Processes.cpuMicros(child.pid()))
                .sum();
    }

    /** The same of its first node alone. */
    long firstCpuMicros() {
        return Processes.cpuMicros(children.get(0).pid());
    }

    Peer titled(String other) {
        return new Peer(other, login, ports, brokers, database, children);
    }

    /** Its first nodes, as a system. */
    Peer first(int nodes) {
        return new Peer(title, login, ports.subList(0, nodes), brokers, database, children.subList(0, nodes));
    }

    Jedis redis() {
        return new Jedis(
                new HostAndPort("127.0.0.1", brokers.redisPort),
                DefaultJedisClientConfig.builder().database(database).build());
    }

    /** Forgets its jobs. */
    void clear() {
        try (Jedis redis = redis()) {
            redis.flushDB();
        }
    }

    void stop() {
        children.forEach(Child::stop);
    }
}
