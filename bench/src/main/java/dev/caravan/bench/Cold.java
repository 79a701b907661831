package dev.caravan.bench;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a node takes to start, while it is idle, and until it is warm. */
final class Cold implements Section {
    private static final String WITHOUT_ARCHIVE = "Caravan without a class archive";
    /** As docs/how-to/run-in-production.md recommends. */
    private static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC");

    private static final int ROUNDS = 3;
    private static final int CONNECTIONS = 32;
    private static final int FIRST = 30_000;
    private static final int IDLE_SECONDS = 30;

    private final Lab lab;

    Cold(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        List<String> archived = new ArrayList<>(FLAGS);
        if (!lab.options.smoke) {
            archived.add("-XX:SharedArchiveFile=" + archive());
        }
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < Math.min(ROUNDS, lab.options.rounds); i++) {
            rounds.add(round(true, archived));
            if (!lab.options.smoke) {
                rounds.add(ready());
                rounds.add(round(false, FLAGS));
            }
        }
        String caption = "Processes that have just been started, with `%s`; %d HTTP connections, %,d jobs at a time"
                .formatted(String.join(" ", FLAGS), CONNECTIONS, lab.options.full(FIRST, 100));
        return new Table(caption, rounds, List.of(Lab.CARAVAN), List.of(Lab.LIMIT)).markdown();
    }

    /** A class archive, which a node makes when it stops. */
    private Path archive() {
        Path file = lab.routes().resolveSibling("caravan.jsa");
        List<String> flags = new ArrayList<>(FLAGS);
        flags.add("-XX:ArchiveClassesAtExit=" + file);
        Peer node = lab.startCaravan("archive", flags, 1, List.of()).awaitReady();
        node.children().get(0).terminate();
        return file;
    }

    private Round ready() {
        long begin = System.nanoTime();
        Peer node = lab.startCaravan("cold", FLAGS, 1, List.of()).awaitReady();
        double seconds = (System.nanoTime() - begin) / 1e9;
        node.stop();
        Round round = new Round(WITHOUT_ARCHIVE, 0, Map.of("ready after, s", seconds));
        System.out.println(round);
        return round;
    }

    private Round round(boolean caravan, List<String> flags) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Peer peer = (caravan ? lab.startCaravan("cold", flags, 1, List.of()) : lab.startLimit(flags)).awaitReady();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("ready after, s", (System.nanoTime() - begin) / 1e9);
        try {
            Thread.sleep(lab.options.full(IDLE_SECONDS, 0) * 1000L);
            long pid = peer.children().get(0).pid();
            figures.put("resident after " + IDLE_SECONDS + " s, MB", Processes.residentMegabytes(pid));
            int jobs = lab.options.full(FIRST, 100);
            double first = load(peer, jobs);
            for (int i = 0; i < 3; i++) {
                load(peer, jobs);
            }
            double steady = load(peer, jobs);
            figures.put("first jobs finished, a second", first);
            figures.put("jobs 120,000 later, a second", steady);
            figures.put("first / later", first / steady);
            figures.put("resident after that, MB", Processes.residentMegabytes(pid));
        } finally {
            peer.stop();
        }
        Round round = new Round(peer.title(), 0, figures);
        System.out.println(round);
        return round;
    }

    private static double load(Peer peer, int jobs) throws IOException, InterruptedException {
        JobLoad.Result result = peer.load().run(new Plan(jobs, CONNECTIONS, new byte[0]));
        if (!result.correct()) {
            throw new IllegalStateException(peer.title() + ": " + result.faults());
        }
        peer.clear();
        return result.finishedPerSecond();
    }
}
