package dev.caravan.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Submits jobs and waits until each one is finished in Redis. A submission is a request for one job, or for a batch of them.
 *
 * @param ports of the nodes of the system, on loopback
 * @param login user and password for HTTP Basic, {@code user:password}; null: none
 * @param redisPort of the Redis that has the hashes {@code Job:<id>}, on loopback
 * @param database of that Redis
 */
record JobLoad(List<Integer> ports, String login, int redisPort, int database) {
    private static final String[] IDS = {"\"jobId\":\"", "\"id\":\""};
    private static final byte[] NOTHING = {};

    /**
     * What to submit.
     *
     * @param jobs how many, in all; of batches a multiple of their size
     * @param paths of the requests, which take them in turn
     * @param type of the content
     * @param body of each request
     * @param batch how many jobs a request is
     * @param perSecond how many requests a second; 0: as many as the connections get responses to
     */
    record Plan(int jobs, int connections, List<String> paths, String type, byte[] body, int batch, int perSecond) {
        Plan(int jobs, int connections, byte[] payload) {
            this(jobs, connections, List.of("/jobs"), "application/json", payload, 1, 0);
        }

        /** Jobs of these types, without a payload. */
        Plan(int jobs, int connections, List<String> paths, int perSecond) {
            this(jobs, connections, paths, null, NOTHING, 1, perSecond);
        }
    }

    /**
     * What came of a load.
     *
     * @param nanos the times from a request to its response, sorted
     * @param rejected how many responses had another status than 2xx, by status; 0: the connection was closed instead
     * @param withoutId how many jobs of requests with a response 2xx got no id
     * @param duplicates how many got the id of another one
     * @param lost how many accepted jobs did not finish
     */
    record Result(
            double acceptedPerSecond,
            double finishedPerSecond,
            long[] nanos,
            Map<Integer, Integer> rejected,
            int withoutId,
            int duplicates,
            int lost) {
        boolean correct() {
            return rejected.isEmpty() && withoutId == 0 && duplicates == 0 && lost == 0;
        }

        double millis(double share) {
            return nanos.length == 0 ? 0 : nanos[(int) Math.ceil(share * nanos.length) - 1] / 1e6;
        }

        String faults() {
            return "responses by status other than 2xx: %s, without an id: %d, duplicate ids: %d, lost jobs: %d"
                    .formatted(rejected, withoutId, duplicates, lost);
        }
    }

    /** @throws IOException if a connection cannot be opened, or no response comes for a while */
    Result run(Plan plan) throws IOException, InterruptedException {
        try (FinishWatch watch = new FinishWatch(redisPort, database)) {
            int requests = plan.jobs / plan.batch;
            List<ByteBuffer> each = plan.paths.stream()
                    .map(path -> HttpLoop.request("POST", path, login, plan.type, plan.body))
                    .toList();
            Iterator<Integer> numbers = IntStream.range(0, requests).iterator();
            List<String> ids = new ArrayList<>(plan.jobs);
            List<Long> times = new ArrayList<>(requests);
            Map<Integer, Integer> rejected = new HashMap<>();
            HttpLoop loop = new HttpLoop(
                    ports,
                    () -> numbers.hasNext()
                            ? each.get(numbers.next() % each.size()).duplicate()
                            : null,
                    (response, nanos) -> {
                        if (response == null || response.status() / 100 != 2) {
                            rejected.merge(response == null ? 0 : response.status(), 1, Integer::sum);
                        } else {
                            times.add(nanos);
                            ids(response.body()).forEach(id -> {
                                ids.add(id);
                                watch.add(id);
                            });
                        }
                    },
                    plan.perSecond == 0 ? 0 : 1_000_000_000L / plan.perSecond);
            long begin = System.nanoTime();
            loop.run(Math.min(plan.connections, requests));
            long accepted = System.nanoTime();
            watch.awaitAll();
            int count = ids.size();
            int lost = watch.lost();
            long[] nanos = times.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Result(
                    count / seconds(begin, accepted),
                    lost == count ? 0 : (count - lost) / seconds(begin, watch.lastFinish()),
                    nanos,
                    new TreeMap<>(rejected),
                    nanos.length * plan.batch - count,
                    count - new HashSet<>(ids).size(),
                    lost);
        }
    }

    /** The ids that a response has: one, or one on each line with the status 202. */
    private static List<String> ids(String body) {
        return Arrays.stream(body.split("\n"))
                .filter(line -> line.contains(IDS[0]) || line.contains("\"status\":202"))
                .map(JobLoad::id)
                .filter(id -> id != null)
                .toList();
    }

    private static String id(String line) {
        for (String name : IDS) {
            int at = line.indexOf(name);
            int end = at < 0 ? -1 : line.indexOf('"', at + name.length());
            if (end > 0) {
                return line.substring(at + name.length(), end);
            }
        }
        return null;
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
