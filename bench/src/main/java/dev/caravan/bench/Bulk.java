package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a job costs that is submitted in a batch, and what RabbitMQ alone would take. */
final class Bulk implements Section {
    private static final String PATH = "/jobs/batch";
    private static final String NDJSON = "application/x-ndjson";
    private static final String PAYLOAD = "{\"text\":\"" + "x".repeat(89) + "\"}";
    private static final String BATCHES = "Caravan, batches";
    private static final String PUBLISHED = "RabbitMQ alone, publish";
    private static final String CONSUMED = "RabbitMQ alone, publish and consume";
    private static final int BATCH = 1000;
    private static final int JOBS = 50_000;
    private static final int SINGLE_JOBS = 10_000;
    /** A user may have four batches open at a time. */
    private static final int BATCH_CONNECTIONS = 3;

    private static final int SINGLE_CONNECTIONS = 32;
    private static final int WARM_UP_ROUNDS = 2;
    private static final int PATIENCE_SECONDS = 120;

    private final Lab lab;

    Bulk(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        List<Peer> peers = lab.jobPeers(List.of(Lab.SPRING, Lab.CARAVAN));
        Peer batches = peers.get(1).titled(BATCHES);
        int batch = lab.options.full(BATCH, 50);
        int jobs = lab.options.full(JOBS, 4 * batch);
        String line = "{\"type\":\"default\",\"payload\":" + PAYLOAD + "}\n";
        Plan bulk = new Plan(
                jobs,
                BATCH_CONNECTIONS,
                List.of(PATH),
                NDJSON,
                line.repeat(batch).getBytes(UTF_8),
                batch,
                0);
        Plan single = new Plan(lab.options.full(SINGLE_JOBS, 200), SINGLE_CONNECTIONS, PAYLOAD.getBytes(UTF_8));
        JobRounds rounds = new JobRounds(lab);
        boolean known = knowsBatches(peers.get(1));
        if (!lab.options.smoke) {
            rounds.warmUp(peers);
            if (known) {
                rounds.run(List.of(batches), WARM_UP_ROUNDS, 0, bulk);
            }
        }
        List<Round> measured = new ArrayList<>();
        for (int i = 0; i < lab.options.rounds; i++) {
            measured.addAll(rounds.run(peers, 1, 0, single));
            if (known) {
                measured.addAll(rounds.run(List.of(batches), 1, 0, bulk));
            }
            measured.add(rabbit(peers.get(1), jobs, false));
            measured.add(rabbit(peers.get(1), jobs, true));
        }
        String caption =
                "Jobs with %d bytes of payload; single ones over %d connections, batches of %,d over %d, %,d jobs a round"
                        .formatted(PAYLOAD.length(), SINGLE_CONNECTIONS, batch, BATCH_CONNECTIONS, jobs);
        return new Table(caption, measured, List.of(BATCHES), List.of(Lab.SPRING, CONSUMED)).markdown()
                + (known ? "" : "\nThis Caravan has no `POST " + PATH + "`: the batches are skipped.\n");
    }

    /** Tries a batch of one. */
    private static boolean knowsBatches(Peer caravan) throws IOException, InterruptedException {
        byte[] one = ("{\"type\":\"default\",\"payload\":" + PAYLOAD + "}\n").getBytes(UTF_8);
        JobLoad.Result result = caravan.load().run(new Plan(1, 1, List.of(PATH), NDJSON, one, 1, 0));
        caravan.clear();
        if (result.rejected().containsKey(404) || result.rejected().containsKey(405)) {
            System.out.println("SKIPPED: POST " + PATH + " is not there, " + result.faults());
            return false;
        }
        if (!result.correct()) {
            throw new IllegalStateException("A batch of one: " + result.faults());
        }
        return true;
    }

    /** @param caravan tells the CPU time of its RabbitMQ */
    private Round rabbit(Peer caravan, int jobs, boolean consumes) throws IOException, InterruptedException {
        try (RabbitLoad rabbit = new RabbitLoad(lab.brokers, "bare")) {
            CpuTimes before = CpuTimes.of(caravan);
            CountDownLatch consumed = consumes ? rabbit.consume(jobs) : new CountDownLatch(0);
            long begin = System.nanoTime();
            rabbit.publish(jobs, PAYLOAD);
            double accepted = (System.nanoTime() - begin) / 1e9;
            if (!consumed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("RabbitMQ did not deliver all messages");
            }
            double finished = (System.nanoTime() - begin) / 1e9;
            CpuTimes cpu = CpuTimes.of(caravan).since(before);
            rabbit.purge();
            Map<String, Double> figures = new LinkedHashMap<>();
            if (consumes) {
                figures.put("finished, a second", jobs / finished);
            }
            figures.put("accepted, a second", jobs / accepted);
            figures.put("CPU of RabbitMQ, µs a job", cpu.rabbit() / (double) jobs);
            Round round = new Round(consumes ? CONSUMED : PUBLISHED, 0, figures);
            System.out.println(round);
            return round;
        }
    }
}
