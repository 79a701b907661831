package dev.caravan.bench;

import dev.caravan.bench.Processes.Child;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** A system that runs jobs, with a queue and a database of Redis of its own. */
final class Peer {
    /** The systems there are. Each takes as many threads and connections as it does by default. */
    enum Kind {
        SPRING("plain Spring", null),
        CARAVAN("Caravan", "guest:guest"),
        LIMIT("bare limit", "guest:guest");

        final String title;
        private final String login;

        Kind(String title, String login) {
            this.title = title;
            this.login = login;
        }

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Caravan's transitions of jobs. */
    private static final Path SCRIPT = Path.of("src/main/resources/dev/caravan/job/store/job-transition.lua")
            .toAbsolutePath();

    private static final String CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(path -> Path.of(path).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));

    final Kind kind;
    private final Options options;
    private final Brokers brokers;
    private final int port = Processes.freePort();
    private final List<Child> children = new ArrayList<>();

    /** Starts its processes, which {@link #awaitReady} waits for. */
    Peer(Kind kind, Options options, Brokers brokers, Processes processes) {
        this.kind = kind;
        this.options = options;
        this.brokers = brokers;
        switch (kind) {
            case CARAVAN ->
                start(
                        processes,
                        "caravan",
                        "-Xmx512m",
                        "-jar",
                        options.jar.toAbsolutePath().toString(),
                        "--spring.profiles.active=production",
                        "--server.port=" + port,
                        "--spring.rabbitmq.host=127.0.0.1",
                        "--spring.rabbitmq.port=" + brokers.rabbitPort,
                        "--spring.data.redis.host=127.0.0.1",
                        "--spring.data.redis.port=" + brokers.redisPort,
                        "--spring.data.redis.database=" + database(),
                        "--caravan.security.allow-insecure=true",
                        "--caravan.security.rate=0",
                        "--caravan.jobs.queue=caravan",
                        "--caravan.jobs.default-duration=0ms");
            case SPRING -> {
                startSpring(processes, "producer");
                startSpring(processes, "consumer");
            }
            case LIMIT ->
                start(
                        processes,
                        "limit",
                        "-Xmx512m",
                        "-Dlogback.configurationFile=logback-warnings.xml",
                        "-cp",
                        CLASS_PATH,
                        "dev.caravan.bench.limit.Limit",
                        Integer.toString(port),
                        Integer.toString(brokers.rabbitPort),
                        "limit",
                        Integer.toString(brokers.redisPort),
                        Integer.toString(database()),
                        SCRIPT.toString());
        }
    }

    private void startSpring(Processes processes, String profile) {
        start(
                processes,
                "spring-" + profile,
                "-Xmx256m",
                "-cp",
                CLASS_PATH,
                "dev.caravan.bench.spring.PlainSpring",
                "--spring.profiles.active=" + profile,
                "--server.port=" + (profile.equals("producer") ? port : 0),
                "--spring.rabbitmq.port=" + brokers.rabbitPort,
                "--spring.rabbitmq.listener.simple.default-requeue-rejected=false",
                "--spring.data.redis.port=" + brokers.redisPort,
                "--spring.data.redis.database=" + database());
    }

    private void start(Processes processes, String name, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options.jvm);
        command.addAll(Arrays.asList(arguments));
        children.add(processes.start(name, Map.of(), command));
    }

    private int database() {
        return kind.ordinal() + 1;
    }

    void awaitReady() {
        for (Child child : children) {
            child.awaitLog(" is ready");
        }
    }

    JobLoad load() {
        return new JobLoad(port, kind.login, brokers.redisPort, database());
    }

    /** The CPU time that its processes have used together, µs. */
    long cpuMicros() {
        return children.stream()
                .mapToLong(child -> Processes.cpuMicros(child.pid()))
                .sum();
    }

    /** Forgets its jobs. */
    void clear() {
        try (Jedis redis = new Jedis(
                new HostAndPort("127.0.0.1", brokers.redisPort),
                DefaultJedisClientConfig.builder().database(database()).build())) {
            redis.flushDB();
        }
    }
}
