package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Runs the systems side by side on one RabbitMQ and one Redis, loads them in turn, and prints what a job has cost. Ends with
 * status 1 if a job was lost or a submission rejected.
 */
public final class Bench {
    private static final int WARM_UP_JOBS = 20_000;
    private static final int SETTLE_MILLIS = 500;
    private static final int JSON_QUOTES = 2;
    private static final int[] PLOT_CONNECTIONS = {1, 8, 32, 128, 256};
    private static final int[] PLOT_PAYLOADS = {100, 1024, 4096, 16_384, 65_536, 262_144};
    /** A round of a plot has this part of the jobs of a round of a table, and no more bytes of payload than that. */
    private static final int PLOT_SHARE = 4;

    private static final int PLOT_BYTES = 100_000_000;

    private final Options options;
    private final Brokers brokers;
    private final List<Peer> peers = new ArrayList<>();

    private Bench(Options options) {
        Processes processes = new Processes();
        this.options = options;
        this.brokers = new Brokers(processes);
        options.peers.forEach(kind -> peers.add(new Peer(kind, options, brokers, processes)));
        peers.forEach(Peer::awaitReady);
    }

    public static void main(String[] arguments) {
        int status = 1;
        if (List.of(arguments).contains("--help")) {
            System.out.println(Options.USAGE);
            return;
        }
        try {
            Options options = new Options(arguments);
            new Bench(options).run();
            status = 0;
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
        } catch (IOException | InterruptedException | RuntimeException e) {
            System.err.println("FAILED: " + e);
        }
        System.exit(status);
    }

    private void run() throws IOException, InterruptedException {
        for (int done = 0; done < options.warmUp; done += WARM_UP_JOBS) {
            rounds(1, Math.min(WARM_UP_JOBS, options.warmUp - done), options.connections.get(0), 0);
        }
        StringBuilder figures = new StringBuilder(
                "%s; %d processors, Java %s, %s. Medians, and in brackets the lowest and the highest.\n"
                        .formatted(
                                LocalDate.now(ZoneOffset.UTC),
                                Runtime.getRuntime().availableProcessors(),
                                System.getProperty("java.version"),
                                brokers.versions()));
        for (int connections : options.connections) {
            if (options.warmUp > 0 && connections != options.connections.get(0)) {
                rounds(1, options.jobs, connections, 0);
            }
            List<Round> rounds = rounds(options.rounds, options.jobs, connections, 0);
            figures.append('\n').append(new Table(connections, options.jobs, rounds).markdown());
        }
        System.out.println("\n" + figures);
        if (options.plotRounds > 0) {
            List<Round> byConnections = new ArrayList<>();
            for (int connections : PLOT_CONNECTIONS) {
                byConnections.addAll(rounds(options.plotRounds, options.jobs / PLOT_SHARE, connections, 0));
            }
            List<Round> byPayload = new ArrayList<>();
            for (int bytes : PLOT_PAYLOADS) {
                int jobs = Math.min(options.jobs / PLOT_SHARE, PLOT_BYTES / bytes);
                byPayload.addAll(rounds(options.plotRounds, jobs, options.connections.get(0), bytes));
            }
            if (options.write) {
                figures.append('\n')
                        .append(Page.write(
                                "connections", new Plot("HTTP connections", byConnections, Round::connections)))
                        .append('\n')
                        .append(Page.write("payload", new Plot("bytes of its payload", byPayload, Round::payload)));
            }
        }
        if (options.write) {
            Page.write(figures.toString());
        }
    }

    /** Loads the systems in turn. Each round begins with another one, since the one before leaves the machine warmer. */
    private List<Round> rounds(int count, int jobs, int connections, int payload)
            throws IOException, InterruptedException {
        List<Round> rounds = new ArrayList<>();
        List<Peer> order = new ArrayList<>(peers);
        for (int i = 0; i < count && jobs > 0; i++) {
            for (Peer peer : order) {
                rounds.add(round(peer, jobs, connections, payload));
            }
            Collections.rotate(order, -1);
        }
        return rounds;
    }

    private Round round(Peer peer, int jobs, int connections, int payload) throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
        long app = peer.cpuMicros();
        long rabbit = Processes.cpuMicros(brokers.rabbitPid());
        long redis = Processes.cpuMicros(brokers.redisPid());
        JobLoad.Result load = peer.load().run(jobs, connections, payload(payload));
        Round round = new Round(
                peer.kind,
                connections,
                payload,
                load,
                (peer.cpuMicros() - app) / (double) jobs,
                (Processes.cpuMicros(brokers.rabbitPid()) - rabbit) / (double) jobs,
                (Processes.cpuMicros(brokers.redisPid()) - redis) / (double) jobs);
        System.out.println(round);
        if (!load.correct()) {
            throw new IllegalStateException(peer.kind.title + ": " + load.faults());
        }
        peer.clear();
        return round;
    }

    /** A text as JSON. */
    private static byte[] payload(int bytes) {
        return bytes == 0 ? new byte[0] : ('"' + "x".repeat(bytes - JSON_QUOTES) + '"').getBytes(ISO_8859_1);
    }
}
