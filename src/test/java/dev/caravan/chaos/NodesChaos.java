package dev.caravan.chaos;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.caravan.chaos.Site.Node;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.RequiresRealBrokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes die, stand still, are stopped, differ in their route files, and share the queue with a stranger. */
@RequiresRealBrokers
class NodesChaos {
    /** More would only take time: the row has failed. */
    private static final int MAX_DEATHS = 5;

    private static final int MAY_DIE = 3;

    private Site site;

    @BeforeEach
    void begin() {
        site = Site.shared();
    }

    @Test
    void workerKilled() {
        Trial.run(site, Row.WORKER_KILLED, (round, load) -> {
            List<Node> killed = round % 5 == 0
                    ? List.copyOf(site.workers)
                    : site.workers.subList(0, 1).stream().toList();
            killed.forEach(Node::kill);
            killed.forEach(node -> site.startWorker(Map.of()));
        });
    }

    @Test
    void workerFrozen() {
        Trial.run(site, Row.WORKER_FROZEN, (round, load) -> freeze(site.workers.get(round % 2)));
    }

    @Test
    void apiFrozen() {
        Trial.run(site, Row.API_FROZEN, (round, load) -> freeze(site.apis.get(round % 2)));
    }

    private static void freeze(Node node) {
        node.disturb(node.process::freeze, () -> Trial.hold(30), node.process::thaw);
    }

    @Test
    void workerTerminated() {
        Accounts accounts = new Accounts(site, "effect", 50);
        Trial.run(Row.WORKER_TERMINATED, accounts, (round, load) -> {
            long before = site.effects.position();
            String job = accounts.submit(60_000);
            Node node = nodeOf(Awaitility.await("the long job")
                    .atMost(Site.SOON)
                    .until(() -> begun("begin " + job + " ", before), Optional::isPresent)
                    .orElseThrow());
            node.terminate();
            site.startWorker(Map.of());
        });
    }

    @Test
    void apiKilled() {
        Trial.run(site, Row.API_KILLED, (round, load) -> {
            site.apis.get(0).kill();
            load.awaitMore(10);
            site.startApi(Map.of());
        });
    }

    @Test
    void deadlyJob() {
        Accounts accounts = new Accounts(site, "effect", 50);
        Trial.run(Row.DEADLY_JOB, accounts, (round, load) -> {
            long from = site.effects.position();
            String job = site.api().post("/jobs/deadly", "{}").field("jobId");
            int deaths = 0;
            while (deaths < MAX_DEATHS && !state(job).equals("FAILED")) {
                long next = from;
                Optional<String> note = Awaitility.await("an attempt, or the end of the job")
                        .atMost(Site.SOON)
                        .until(
                                () -> begun("deadly " + job + " ", next),
                                found -> found.isPresent() || state(job).equals("FAILED"));
                if (note.isPresent()) {
                    nodeOf(note.get()).kill();
                    from = site.effects.position();
                    site.startWorker(Map.of());
                    deaths++;
                }
            }
            if (deaths > MAY_DIE) {
                accounts.fault("the job killed " + deaths + " JVMs");
            }
        });
    }

    @Test
    void differentFiles() {
        Trial.run(Row.DIFFERENT_FILES, new Accounts(site, "rare", 50), (round, load) -> {
            Node node = site.startWorker(Map.of());
            Files.delete(node.routes.file("jobs/rare.camel.yaml"));
            load.awaitMore(300);
            site.remove(node); // its last jobs are cut off: it has none of this type
        });
    }

    @Test
    void engineEdited() {
        Trial.run(site, Row.ENGINE_EDITED, (round, load) -> {
            List<Node> nodes =
                    Stream.of(site.apis, site.workers).flatMap(List::stream).toList();
            for (Node node : nodes) {
                long before = changes(node);
                edit(node, round);
                Awaitility.await("an edit on " + node).atMost(Site.SOON).until(() -> changes(node) > before);
            }
            load.awaitMore(20);
        });
    }

    private static long changes(Node node) {
        return node.process
                .output()
                .lines()
                .filter(line -> line.contains("Routes changed:"))
                .count();
    }

    private static void edit(Node node, int round) throws IOException {
        try (Stream<Path> files = Files.list(node.routes.file("engine"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(
                        Path.of("src/main/resources/routes/engine").resolve(file.getFileName()));
                Files.writeString(file, text.replaceAll("(?m)^(    description: \"?)", "$1Edit " + round + ". "));
            }
        }
    }

    @Test
    void clockStepped(@TempDir Path folder) throws IOException {
        Optional<Path> library;
        try (Stream<Path> found = Files.find(
                Path.of("/usr/lib"), 4, (file, attributes) -> file.endsWith("faketime/libfaketimeMT.so.1"))) {
            library = found.findFirst();
        }
        assumeThat(library).as("libfaketime is installed").isPresent();
        Path clock = Files.writeString(folder.resolve("clock"), "+0");
        Map<String, String> environment = Map.of(
                "LD_PRELOAD",
                library.orElseThrow().toString(),
                "FAKETIME_TIMESTAMP_FILE",
                clock.toString(),
                "FAKETIME_CACHE_DURATION", // reading it each time is too slow
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", // else waits of the JVM take too long
                "0",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1");
        Trial.run(site, Row.CLOCK_STEPPED, (round, load) -> {
            List<Node> nodes = List.of(site.startWorker(environment), site.startApi(environment));
            for (String step : List.of("+1h", "+0", "-1h", "+0")) {
                Files.writeString(clock, step);
                load.awaitMore(50);
                Trial.hold(10);
            }
            nodes.get(0).terminate();
            nodes.get(1).terminate();
        });
    }

    @Test
    void plainConsumer() {
        Trial.run(site, Row.PLAIN_CONSUMER, (round, load) -> {
            try (PlainService service = PlainService.start(site)) {
                load.awaitMore(200);
                load.limit(0); // it holds what is left, and the queue is empty to everybody else
                Trial.hold(10);
            }
            load.limit(Accounts.BACKLOG);
        });
    }

    private Optional<String> begun(String note, long from) {
        return site.effects.notes(from).stream()
                .filter(text -> text.startsWith(note))
                .findFirst();
    }

    private Node nodeOf(String note) {
        String name = note.split(" ")[3];
        return site.workers.stream()
                .filter(node -> node.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String state(String job) {
        Answer answer = site.api().job(job);
        return answer.status() == 200 ? answer.field("state") : "";
    }
}
