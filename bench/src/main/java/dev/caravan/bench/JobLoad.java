package dev.caravan.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Submits jobs by {@code POST /jobs} and waits until each one is finished in Redis. Each connection sends its next job when the
 * response to the one before has come.
 *
 * @param port of the system, on loopback
 * @param login user and password for HTTP Basic, {@code user:password}; null: none
 * @param redisPort of the Redis that has the hashes {@code Job:<id>}, on loopback
 * @param database of that Redis
 */
record JobLoad(int port, String login, int redisPort, int database) {
    /**
     * What came of a load.
     *
     * @param p50Millis median of the time from a request to its response
     * @param rejected how many responses had another status than 2xx, by status; 0: the connection was closed instead
     * @param withoutId how many responses named no job
     * @param duplicates how many responses named a job of another one
     * @param lost how many accepted jobs did not finish
     */
    record Result(
            double acceptedPerSecond,
            double finishedPerSecond,
            double p50Millis,
            double p99Millis,
            double maxMillis,
            Map<Integer, Integer> rejected,
            int withoutId,
            int duplicates,
            int lost) {
        boolean correct() {
            return rejected.isEmpty() && withoutId == 0 && duplicates == 0 && lost == 0;
        }

        String faults() {
            return "responses by status other than 2xx: %s, without an id: %d, duplicate ids: %d, lost jobs: %d"
                    .formatted(rejected, withoutId, duplicates, lost);
        }
    }

    /**
     * Runs jobs.
     *
     * @param payload the body of each request, JSON; empty: none
     * @throws IOException if a connection cannot be opened, or no response comes for {@value JobSubmitter#PATIENCE_SECONDS} s
     */
    Result run(int jobs, int connections, byte[] payload) throws IOException, InterruptedException {
        JobSubmitter submitter = new JobSubmitter(port, login, payload, jobs);
        try (FinishWatch watch = new FinishWatch(redisPort, database)) {
            long begin = System.nanoTime();
            submitter.run(Math.min(connections, jobs), watch::add);
            long accepted = System.nanoTime();
            watch.awaitAll();
            int lost = watch.lost();
            long[] nanos = submitter.responseNanos();
            Arrays.sort(nanos);
            int count = nanos.length;
            return new Result(
                    count / seconds(begin, accepted),
                    lost == count ? 0 : (count - lost) / seconds(begin, watch.lastFinish()),
                    millis(nanos, 0.5),
                    millis(nanos, 0.99),
                    millis(nanos, 1),
                    new TreeMap<>(submitter.rejected()),
                    submitter.withoutId(),
                    submitter.ids().size() - new HashSet<>(submitter.ids()).size(),
                    lost);
        }
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    private static double millis(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
    }
}
