package dev.caravan.chaos;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.DataFolder;
import dev.caravan.fixture.RabbitCluster;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.SentinelRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.springframework.util.FileSystemUtils;
import redis.clients.jedis.JedisPooled;

/**
 * What the harness runs on: nodes that accept jobs and nodes that work them, each behind a network of its own, on one
 * RabbitMQ and one Redis, or on three of each.
 */
final class Site implements AutoCloseable {
    static final String QUEUE = "boot.amqp.worker-queue";
    static final Duration SOON = Duration.ofSeconds(90);

    /** So many jobs at a time leave others waiting; with so many, a worker writes what becomes of them in large batches. */
    private static final int FEW = 4;

    private static final int MANY = 32;
    /** As a JVM does by itself. */
    private static final List<String> COMPILED = List.of("-XX:TieredStopAtLevel=4", "-Xmx512m");

    private static final Path ROUTES = Path.of("src/main/resources/routes");
    private static final Path ROUTES_OF_CHAOS = Path.of("src/test/resources/routes-of-chaos");

    private static Site shared;

    /** How many nodes of each role. */
    private final int each;

    /** Whether the nodes are to be as fast as they can be, so that nothing is between them and the servers. */
    private final boolean fast;

    /** More settings of each node. */
    private final List<String> settings;

    /** One each, or null. */
    final RealRabbit rabbit;

    final RealRedis redis;

    /** Three each, or null. */
    final RabbitCluster rabbits;

    final SentinelRedis sentinels;

    final Effects effects = new Effects();
    final List<Node> apis = new CopyOnWriteArrayList<>();
    final List<Node> workers = new CopyOnWriteArrayList<>();
    private final AtomicInteger names = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    private Site(
            int each,
            boolean fast,
            List<String> settings,
            RealRabbit rabbit,
            RealRedis redis,
            RabbitCluster rabbits,
            SentinelRedis sentinels) {
        this.each = each;
        this.fast = fast;
        this.settings = settings;
        this.rabbit = rabbit;
        this.redis = redis;
        this.rabbits = rabbits;
        this.sentinels = sentinels;
    }

    /** One RabbitMQ and one Redis, in order, with two nodes of each role; the same for all tests of this JVM. */
    static synchronized Site shared() {
        if (shared == null) {
            shared = ofOne(2); // it ends with this JVM
        }
        shared.heal();
        return shared;
    }

    /** One RabbitMQ and one Redis, with so many nodes of each role. */
    static Site ofOne(int each, String... settings) {
        return new Site(each, false, List.of(settings), RealRabbit.start(), RealRedis.start(), null, null);
    }

    /** The same with two nodes of each role that are as fast as they can be, on networks that do not fail. */
    static Site ofFast(String... settings) {
        return new Site(2, true, List.of(settings), RealRabbit.start(), RealRedis.start(), null, null);
    }

    /** Three RabbitMQ and three Redis, with two nodes of each role. */
    static Site ofThree(String... settings) {
        return new Site(2, false, List.of(settings), null, null, RabbitCluster.start(), SentinelRedis.start());
    }

    /** A client of whichever Redis is written to. */
    JedisPooled redis() {
        return redis == null ? sentinels.client() : new JedisPooled("127.0.0.1", redis.port());
    }

    /** The number of messages on the queues that workers take jobs from, ready and unacknowledged. */
    int messages() {
        Map<String, Integer> all = new TreeMap<>();
        if (rabbit == null) {
            rabbits.queues()
                    .forEach(
                            (name, queue) -> all.put(name, queue.get("messages").getAsInt()));
        } else {
            all.putAll(rabbit.queues());
        }
        all.keySet().removeIf(name -> !name.startsWith(QUEUE) || name.endsWith(".dead") || name.endsWith(".rejected"));
        return all.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** A client of the nodes that accept jobs, of one after the other. */
    Api api() {
        List<Node> all = List.copyOf(apis);
        return all.get(Math.floorMod(turn.getAndIncrement(), all.size()))
                .process
                .api();
    }

    Node startApi(Map<String, String> environment) {
        Node node = new Node("api", environment);
        apis.add(node);
        return node;
    }

    Node startWorker(Map<String, String> environment) {
        Node node = new Node("worker", environment);
        workers.add(node);
        return node;
    }

    /** Brings everything back, and leaves nothing of what was. */
    void heal() {
        if (rabbit != null && !rabbit.alive()) {
            rabbit.up();
        }
        if (redis != null && !redis.alive()) {
            redis.up();
        }
        Stream.of(apis, workers).forEach(nodes -> {
            nodes.stream().filter(node -> !node.process.alive()).toList().forEach(this::remove);
            nodes.forEach(node -> node.network().forEach(TcpProxy::heal));
            List.copyOf(nodes).stream().skip(each).forEach(this::remove);
        });
        List<Runnable> missing = new ArrayList<>();
        missing.addAll(Collections.nCopies(each - apis.size(), () -> startApi(Map.of())));
        missing.addAll(Collections.nCopies(each - workers.size(), () -> startWorker(Map.of())));
        missing.parallelStream().forEach(Runnable::run);
        Awaitility.await("an empty queue").atMost(SOON).until(() -> messages() == 0);
        try (JedisPooled client = redis()) {
            client.flushAll();
        }
        for (Node node : apis) {
            Awaitility.await("a job through " + node.name)
                    .atMost(SOON)
                    .ignoreExceptions()
                    .until(() ->
                            node.process.api().post("/jobs/hello?wait=5s", "").status() == 200);
        }
    }

    void remove(Node node) {
        apis.remove(node);
        workers.remove(node);
        node.close();
    }

    @Override
    public void close() {
        Stream.of(apis, workers).flatMap(List::stream).toList().forEach(this::remove);
        effects.close();
        Stream.of(rabbit, redis, rabbits, sentinels).forEach(Site::end);
    }

    private static void end(AutoCloseable server) {
        try {
            if (server != null) {
                server.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("cannot close " + server, e);
        }
    }

    /** A node, with a name that no other start of any node has. */
    final class Node implements AutoCloseable {
        final String name;
        final CaravanProcess process;
        final DataFolder routes = new DataFolder("caravan-chaos");
        final TcpProxy toRabbit = hasNetwork() ? TcpProxy.to(rabbit.port()) : null;
        final TcpProxy toRedis = hasNetwork() ? TcpProxy.to(redis.port()) : null;

        private Node(String role, Map<String, String> environment) {
            this.name = role + "-" + names.incrementAndGet();
            try {
                FileSystemUtils.copyRecursively(ROUTES, routes.path());
                FileSystemUtils.copyRecursively(ROUTES_OF_CHAOS, routes.path());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<String> arguments = new ArrayList<>(servers());
            arguments.addAll(List.of(
                    "--spring.profiles.active=production",
                    "--caravan.security.allow-insecure=true",
                    "--caravan.node=" + name,
                    "--caravan.roles=" + role,
                    "--caravan.routes.directory=" + routes.path(),
                    "--caravan.routes.poll=200ms",
                    "--caravan.jobs.concurrency=" + (fast ? MANY : FEW),
                    "--caravan.jobs.lease=3s",
                    "--caravan.jobs.lost-after=3s",
                    "--caravan.jobs.due-period=500ms",
                    "--caravan.jobs.ack-after=20s", // a third of the consumer timeout of rabbitTakesBack
                    "--caravan.jobs.max-queued-per-user=0",
                    "--caravan.jobs.max-stored-per-user=0",
                    "--chaos.store=" + effects.port()));
            arguments.addAll(settings);
            this.process = CaravanProcess.startWith(fast ? COMPILED : List.of(), environment, arguments);
        }

        private List<String> servers() {
            return rabbit == null
                    ? Stream.of(rabbits.arguments(), sentinels.arguments())
                            .flatMap(List::stream)
                            .toList()
                    : List.of(
                            "--spring.rabbitmq.host=127.0.0.1",
                            "--spring.rabbitmq.port=" + (hasNetwork() ? toRabbit.port() : rabbit.port()),
                            "--spring.data.redis.host=127.0.0.1",
                            "--spring.data.redis.port=" + (hasNetwork() ? toRedis.port() : redis.port()));
        }

        private boolean hasNetwork() {
            return rabbit != null && !fast;
        }

        Stream<TcpProxy> network() {
            return hasNetwork() ? Stream.of(toRabbit, toRedis) : Stream.of();
        }

        /** SIGKILL. */
        void kill() {
            effects.disturbed(name, effects.position(), Long.MAX_VALUE);
            process.kill9();
            Site.this.remove(this);
        }

        /** SIGTERM, which is no disturbance: what it cannot end it hands over. */
        void terminate() {
            process.terminate();
            Site.this.remove(this);
        }

        /** Does something that keeps the node, or what it says, from the others. */
        void disturb(Runnable begin, Runnable during, Runnable end) {
            long from = effects.position();
            begin.run();
            try {
                during.run();
            } finally {
                end.run();
                effects.disturbed(name, from, effects.position());
            }
        }

        @Override
        public void close() {
            process.close();
            network().forEach(TcpProxy::close);
            routes.close();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
