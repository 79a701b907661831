package dev.caravan.bench;

import com.google.gson.JsonParser;
import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import redis.clients.jedis.Jedis;

/** What {@code GET /jobs/{id}} costs. */
final class Reads implements Section {
    private static final String READER = "bare reader";
    private static final int CONNECTIONS = 32;
    private static final int STORED = 1000;
    private static final int PAYLOAD = 100;
    private static final int WARM_UP = 150_000;
    private static final int READS = 30_000;
    private static final String KEY = "Job:";

    private final Lab lab;

    Reads(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        Peer caravan = lab.caravan();
        String redis = Integer.toString(lab.brokers.redisPort);
        String database = Integer.toString(caravan.database());
        Peer reader = lab.startServer(READER, "reader.Reader", List.of("-Xmx512m"), redis, database)
                .awaitReady();
        try {
            int stored = lab.options.full(STORED, 50);
            JobLoad.Result jobs = caravan.load().run(new Plan(stored, CONNECTIONS, JobRounds.payload(PAYLOAD)));
            if (!jobs.correct()) {
                throw new IllegalStateException(jobs.faults());
            }
            List<String> ids;
            try (Jedis jedis = caravan.redis()) {
                ids = jedis.keys(KEY + '*').stream()
                        .map(key -> key.substring(KEY.length()))
                        .toList();
            }
            List<Round> rounds = new ArrayList<>();
            List<Peer> peers = List.of(reader, caravan);
            Map<String, String> samples = new HashMap<>();
            for (Peer peer : peers) {
                round(peer, ids, lab.options.full(WARM_UP, ids.size()), samples);
            }
            if (!JsonParser.parseString(samples.get(READER)).equals(JsonParser.parseString(samples.get(Lab.CARAVAN)))) {
                throw new IllegalStateException("Two responses for one job: " + samples);
            }
            for (int i = 0; i < lab.options.rounds; i++) {
                for (Peer peer : peers) {
                    rounds.add(round(peer, ids, lab.options.full(READS, ids.size()), samples));
                }
            }
            String caption = "`GET /jobs/{id}` of finished jobs with %d bytes of payload, %d HTTP connections"
                    .formatted(PAYLOAD, CONNECTIONS);
            return new Table(caption, rounds, List.of(Lab.CARAVAN), List.of(READER)).markdown();
        } finally {
            reader.stop();
            caravan.clear();
        }
    }

    /** @param samples gets the response to the first id */
    private Round round(Peer peer, List<String> ids, int reads, Map<String, String> samples) throws IOException {
        List<ByteBuffer> requests = ids.stream()
                .map(id -> HttpLoop.request("GET", "/jobs/" + id, peer.login(), null, new byte[0]))
                .toList();
        Iterator<Integer> numbers = IntStream.range(0, reads).iterator();
        Latencies latencies = new Latencies();
        HttpLoop loop = new HttpLoop(
                peer.ports(),
                () -> numbers.hasNext()
                        ? requests.get(numbers.next() % requests.size()).duplicate()
                        : null,
                (response, nanos) -> {
                    if (response == null || response.status() != 200) {
                        throw new IllegalStateException(peer.title() + " responded " + response);
                    }
                    latencies.add(nanos);
                    if (response.body().contains(ids.get(0))) {
                        samples.put(peer.title(), response.body());
                    }
                },
                0);
        CpuTimes before = CpuTimes.of(peer);
        long begin = System.nanoTime();
        loop.run(CONNECTIONS);
        double seconds = (System.nanoTime() - begin) / 1e9;
        CpuTimes cpu = CpuTimes.of(peer).since(before);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("reads, a second", reads / seconds);
        figures.put("p50, ms", latencies.millis(0.5));
        figures.put("p99, ms", latencies.millis(0.99));
        figures.put("CPU of its process, µs a read", cpu.app() / (double) reads);
        figures.put("CPU of Redis, µs a read", cpu.redis() / (double) reads);
        Round round = new Round(peer.title(), 0, figures);
        System.out.println(round);
        return round;
    }
}
