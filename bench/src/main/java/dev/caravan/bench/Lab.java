package dev.caravan.bench;

import dev.caravan.bench.Processes.Child;
import java.io.File;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts the systems. Each has queues and a Redis database of its own, and as many threads and connections as it takes by
 * default.
 */
final class Lab {
    static final String SPRING = "plain Spring";
    static final String CARAVAN = "Caravan";
    static final String LIMIT = "bare limit";
    private static final String LOGIN = "guest:guest";
    /** Caravan's transitions of jobs. */
    private static final Path SCRIPT = Path.of("src/main/resources/dev/caravan/job/store/job-transition.lua")
            .toAbsolutePath();

    private static final String CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));

    final Options options;
    final Brokers brokers;
    /** The systems that have run jobs for long enough. */
    final Set<Peer> warm = new HashSet<>();

    private final Processes processes = new Processes();
    private final Map<String, Peer> jobPeers = new LinkedHashMap<>();
    private int lastDatabase;

    Lab(Options options) {
        this.options = options;
        this.brokers = new Brokers(processes);
    }

    /** What the figures of a section begin with. */
    String heading() {
        return "%s; %d processors, Java %s, %s. Medians, and in brackets the lowest and the highest.\n"
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("java.version"),
                        brokers.versions());
    }

    /** The systems that run jobs, of these titles. They are started once and serve all sections. */
    List<Peer> jobPeers(List<String> titles) {
        List<Peer> started = titles.stream()
                .filter(title -> !jobPeers.containsKey(title))
                .map(this::startJobPeer)
                .toList();
        started.forEach(peer -> jobPeers.put(peer.title(), peer.awaitReady()));
        return titles.stream().map(jobPeers::get).toList();
    }

    /** The Caravan of {@link #jobPeers}. */
    Peer caravan() {
        return jobPeers(List.of(CARAVAN)).get(0);
    }

    private Peer startJobPeer(String title) {
        return switch (title) {
            case SPRING -> startSpring();
            case LIMIT -> startLimit(List.of("-Xmx512m"));
            case CARAVAN ->
                startCaravan(
                        "caravan",
                        List.of("-Xmx512m"),
                        1,
                        List.of("--caravan.chat.rate=0", "--caravan.routes.directory=" + routes()));
            default -> throw new IllegalArgumentException("There is no system " + title);
        };
    }

    /** Starts nodes of Caravan that share queues and a database; {@link Peer#awaitReady} waits for them. */
    Peer startCaravan(String name, List<String> jvm, int nodes, List<String> settings) {
        int database = ++lastDatabase;
        List<Integer> ports = new ArrayList<>();
        List<Child> children = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            ports.add(Processes.freePort());
            String nodeName = name + '-' + node;
            Stream<String> fixed = Stream.of(
                    "--spring.profiles.active=production",
                    "--server.port=" + ports.get(node - 1),
                    "--spring.rabbitmq.host=127.0.0.1",
                    "--spring.rabbitmq.port=" + brokers.rabbitPort,
                    "--spring.data.redis.host=127.0.0.1",
                    "--spring.data.redis.port=" + brokers.redisPort,
                    "--spring.data.redis.database=" + database,
                    "--caravan.node=" + nodeName,
                    "--caravan.security.allow-insecure=true",
                    "--caravan.security.rate=0",
                    "--caravan.jobs.queue=" + name,
                    "--caravan.jobs.default-duration=0ms",
                    "--caravan.chat.exchange=" + name + "-chat",
                    "--caravan.events.exchange=" + name + "-events");
            children.add(start(
                    nodeName,
                    jvm,
                    Stream.of(Stream.of("-jar", options.jar.toAbsolutePath().toString()), fixed, settings.stream())
                            .flatMap(words -> words)
                            .toArray(String[]::new)));
        }
        return new Peer(CARAVAN, LOGIN, ports, brokers, database, children);
    }

    /** The routes directory of {@link #caravan}: at first, the files that the jar has. */
    Path routes() {
        Path folder = processes.folder("routes");
        if (folder.toFile().list().length == 0) {
            start("unpack", List.of(), "-jar", options.jar.toAbsolutePath().toString(), "--unpack", folder.toString())
                    .awaitEnd();
        }
        return folder;
    }

    private Peer startSpring() {
        int database = ++lastDatabase;
        int port = Processes.freePort();
        List<Child> children = new ArrayList<>();
        for (String profile : List.of("producer", "consumer")) {
            children.add(startClass(
                    "spring-" + profile,
                    List.of("-Xmx256m"),
                    "spring.PlainSpring",
                    "--spring.profiles.active=" + profile,
                    "--server.port=" + (profile.equals("producer") ? port : 0),
                    "--spring.rabbitmq.port=" + brokers.rabbitPort,
                    "--spring.rabbitmq.listener.simple.default-requeue-rejected=false",
                    "--spring.data.redis.port=" + brokers.redisPort,
                    "--spring.data.redis.database=" + database));
        }
        return new Peer(SPRING, null, List.of(port), brokers, database, children);
    }

    Peer startLimit(List<String> jvm) {
        int database = ++lastDatabase;
        int port = Processes.freePort();
        Child child = startClass(
                "limit" + database,
                jvm,
                "limit.Limit",
                Integer.toString(port),
                Integer.toString(brokers.rabbitPort),
                "limit" + database,
                Integer.toString(brokers.redisPort),
                Integer.toString(database),
                SCRIPT.toString());
        return new Peer(LIMIT, LOGIN, List.of(port), brokers, database, List.of(child));
    }

    /** Starts a class of the benchmark, whose first argument is its port. */
    Peer startServer(String title, String main, List<String> jvm, String... arguments) {
        int port = Processes.freePort();
        String[] all = Stream.concat(Stream.of(Integer.toString(port)), Arrays.stream(arguments))
                .toArray(String[]::new);
        String name = title.replace(' ', '-');
        return new Peer(title, LOGIN, List.of(port), brokers, 0, List.of(startClass(name, jvm, main, all)));
    }

    private Child startClass(String name, List<String> jvm, String main, String... arguments) {
        Stream<String> fixed = Stream.of(
                "-Dlogback.configurationFile=logback-warnings.xml", "-cp", CLASS_PATH, "dev.caravan.bench." + main);
        return start(name, jvm, Stream.concat(fixed, Arrays.stream(arguments)).toArray(String[]::new));
    }

    /** Starts a JVM. */
    Child start(String name, List<String> jvm, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options.jvm);
        command.addAll(jvm);
        command.addAll(Arrays.asList(arguments));
        return processes.start(name, Map.of(), command);
    }
}
