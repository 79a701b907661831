package dev.caravan.bench;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How costs grow: few jobs at each point of each curve. */
final class Curves implements Section {
    /** A round of a curve has this part of the jobs of a round of a table. */
    private static final int SHARE = 4;

    private static final int SMOKE_JOBS = 64;
    private static final int ROUNDS = 3;
    private static final int CONNECTIONS = 32;
    private static final int PLOT_BYTES = 100_000_000;
    private static final int FAN_OUT = 10;
    private static final int MOST_CHAT_CONNECTIONS = 1000;
    private static final int MESSAGES_PER_SECOND = 500;
    private static final int PAUSE_MILLIS = 20;

    private final Lab lab;
    private final JobRounds rounds;
    private final int count;
    private final int jobs;

    Curves(Lab lab) {
        this.lab = lab;
        this.rounds = new JobRounds(lab);
        this.count = Math.min(ROUNDS, lab.options.rounds);
        this.jobs = lab.options.full(lab.options.jobs / SHARE, SMOKE_JOBS);
    }

    @Override
    public String run() throws IOException, InterruptedException {
        List<Peer> peers = lab.jobPeers(lab.options.smoke ? List.of(Lab.CARAVAN) : lab.options.peers);
        rounds.warmUp(peers);
        List<Plot> plots = new ArrayList<>();
        plots.add(new Plot("connections", "HTTP connections", JobRounds.APP, connections(peers)));
        plots.add(new Plot("payload", "bytes of its payload", JobRounds.APP, payload(peers)));
        plots.add(new Plot("backlog", "messages that wait", JobRounds.APP, backlog()));
        plots.add(new Plot("nodes", "nodes", JobRounds.APP, nodes()));
        plots.add(new Plot("rooms", "rooms of %d".formatted(FAN_OUT), Chat.COST, rooms()));
        plots.add(new Plot("types", "job types", JobRounds.APP, types()));
        StringBuilder figures = new StringBuilder();
        for (Plot plot : plots) {
            figures.append(plot.table()).append('\n');
            if (lab.options.write) {
                figures.append(Page.write(plot)).append('\n');
            } else {
                plot.svg();
            }
        }
        return figures.toString();
    }

    private int[] points(int... xs) {
        return lab.options.smoke ? new int[] {xs[0], xs[1]} : xs;
    }

    private List<Round> connections(List<Peer> peers) throws IOException, InterruptedException {
        List<Round> measured = new ArrayList<>();
        for (int connections : points(1, 8, 32, 128, 256)) {
            measured.addAll(rounds.run(peers, count, connections, new Plan(jobs, connections, new byte[0])));
        }
        return measured;
    }

    private List<Round> payload(List<Peer> peers) throws IOException, InterruptedException {
        List<Round> measured = new ArrayList<>();
        for (int bytes : points(100, 1024, 4096, 16_384, 65_536, 262_144)) {
            Plan plan = new Plan(Math.min(jobs, PLOT_BYTES / bytes), CONNECTIONS, JobRounds.payload(bytes));
            measured.addAll(rounds.run(peers, count, bytes, plan));
        }
        return measured;
    }

    /** The cost of jobs whose messages others have published, while so many more of them wait. */
    private List<Round> backlog() throws IOException, InterruptedException {
        Peer caravan = lab.caravan();
        List<Round> measured = new ArrayList<>();
        int[] points = lab.options.smoke ? new int[] {200, 400} : new int[] {10_000, 100_000, 1_000_000};
        try (RabbitLoad rabbit = new RabbitLoad(lab.brokers, "caravan")) {
            for (int waiting : points) {
                for (int missing = waiting; missing > 0; missing = waiting - rabbit.waiting()) {
                    rabbit.publish(Math.max(missing, jobs), "\"backlog\"");
                }
                CpuTimes before = CpuTimes.of(caravan);
                int first = rabbit.waiting();
                int last = first;
                while (first - last < jobs && last > 0) {
                    Thread.sleep(PAUSE_MILLIS);
                    last = rabbit.waiting();
                }
                CpuTimes cpu = CpuTimes.of(caravan).since(before);
                Map<String, Double> figures = new LinkedHashMap<>();
                figures.put(JobRounds.APP, cpu.app() / (double) Math.max(1, first - last));
                figures.put("CPU of RabbitMQ, µs a job", cpu.rabbit() / (double) Math.max(1, first - last));
                Round round = new Round(Lab.CARAVAN, waiting, figures);
                System.out.println(round);
                measured.add(round);
                rabbit.purge();
                awaitIdle(caravan);
            }
        }
        return measured;
    }

    /** Waits until what the node has of the queue is done. */
    private static void awaitIdle(Peer caravan) throws IOException, InterruptedException {
        JobLoad.Result result = caravan.load().run(new Plan(CONNECTIONS, 1, new byte[0]));
        if (!result.correct()) {
            throw new IllegalStateException("After a backlog: " + result.faults());
        }
        caravan.clear();
    }

    /** Jobs submitted to each node in turn; the cost is that of all nodes. */
    private List<Round> nodes() throws IOException, InterruptedException {
        int most = lab.options.full(3, 2);
        Peer all =
                lab.startCaravan("nodes", List.of("-Xmx512m"), most, List.of()).awaitReady();
        List<Round> measured = new ArrayList<>();
        try {
            rounds.warmUp(List.of(all));
            for (int nodes = most; nodes > 0; nodes--) {
                Peer some = all.first(nodes);
                measured.addAll(rounds.run(List.of(some), count, nodes, new Plan(jobs, CONNECTIONS, new byte[0])));
                all.children().get(nodes - 1).stop();
            }
        } finally {
            all.stop();
        }
        return measured;
    }

    /** Each room has ten subscribers, and all rooms together get the same number of messages. */
    private List<Round> rooms() throws IOException, InterruptedException {
        Peer fanOut = lab.startServer("bare fan-out", "stomp.FanOut", List.of("-Xmx1g"))
                .awaitReady();
        List<Round> measured = new ArrayList<>();
        try {
            for (int rooms : points(1, 10, 100, 1000, 10_000)) {
                int connections = Math.min(MOST_CHAT_CONNECTIONS, FAN_OUT * rooms);
                ChatLoad.Plan plan = new ChatLoad.Plan(
                        connections,
                        rooms,
                        FAN_OUT * rooms / connections,
                        rooms,
                        0,
                        MESSAGES_PER_SECOND,
                        lab.options.full(2, 0),
                        lab.options.full(4, 1));
                for (int i = 0; i < count; i++) {
                    measured.add(Chat.round(fanOut, rooms, plan));
                    measured.add(Chat.round(lab.caravan(), rooms, plan));
                }
            }
        } finally {
            fanOut.stop();
        }
        return measured;
    }

    private List<Round> types() throws IOException, InterruptedException {
        Peer caravan = lab.caravan();
        RouteFiles files = new RouteFiles(caravan, lab.routes());
        Map<String, String> texts = new HashMap<>();
        List<Round> measured = new ArrayList<>();
        for (int types : points(1, 10, 100, 1000)) {
            for (int i = texts.size(); i < types; i++) {
                texts.put("t" + i, files.write("t" + i, "done"));
            }
            String last = "t" + (types - 1);
            files.awaitLive(last, texts.get(last));
            List<String> paths =
                    IntStream.range(0, types).mapToObj(i -> "/jobs/t" + i).toList();
            measured.addAll(rounds.run(List.of(caravan), count, types, new Plan(jobs, CONNECTIONS, paths, 0)));
        }
        return measured;
    }
}
