package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Loads systems with jobs, in turn. */
final class JobRounds {
    static final String APP = "CPU of its processes, µs a job";
    private static final int WARM_UP_JOBS = 20_000;
    private static final int SETTLE_MILLIS = 500;
    private static final int JSON_QUOTES = 2;

    private final Lab lab;

    JobRounds(Lab lab) {
        this.lab = lab;
    }

    /** Lets each system that is not warm yet run its first jobs. */
    void warmUp(List<Peer> peers) throws IOException, InterruptedException {
        List<Peer> cold = peers.stream().filter(lab.warm::add).toList();
        for (int done = 0; done < lab.options.warmUp; done += WARM_UP_JOBS) {
            int jobs = Math.min(WARM_UP_JOBS, lab.options.warmUp - done);
            run(cold, 1, 0, new Plan(jobs, lab.options.connections.get(0), new byte[0]));
        }
    }

    /** Loads each system with the same. Each round begins with another one, since the one before leaves the machine warmer. */
    List<Round> run(List<Peer> peers, int count, int x, Plan plan) throws IOException, InterruptedException {
        List<Round> rounds = new ArrayList<>();
        List<Peer> order = new ArrayList<>(peers);
        for (int i = 0; i < count; i++) {
            for (Peer peer : order) {
                rounds.add(round(peer, x, plan));
            }
            Collections.rotate(order, -1);
        }
        return rounds;
    }

    Round round(Peer peer, int x, Plan plan) throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
        CpuTimes before = CpuTimes.of(peer);
        JobLoad.Result load = peer.load().run(plan);
        CpuTimes cpu = CpuTimes.of(peer).since(before);
        if (!load.correct()) {
            throw new IllegalStateException(peer.title() + ": " + load.faults());
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("finished, a second", load.finishedPerSecond());
        figures.put("accepted, a second", load.acceptedPerSecond());
        if (plan.batch() == 1) {
            figures.put("response p50, ms", load.millis(0.5));
            figures.put("response p99, ms", load.millis(0.99));
        }
        figures.put(APP, cpu.app() / (double) plan.jobs());
        figures.put("CPU of RabbitMQ, µs a job", cpu.rabbit() / (double) plan.jobs());
        figures.put("CPU of Redis, µs a job", cpu.redis() / (double) plan.jobs());
        figures.put("CPU of all three, µs a job", cpu.all() / (double) plan.jobs());
        figures.put("lost jobs", (double) load.lost());
        Round round = new Round(peer.title(), x, figures);
        System.out.println(round);
        peer.clear();
        return round;
    }

    /** A text as JSON. */
    static byte[] payload(int bytes) {
        return ('"' + "x".repeat(bytes - JSON_QUOTES) + '"').getBytes(ISO_8859_1);
    }
}
