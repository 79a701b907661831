package dev.caravan.bench;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;

/** How long it takes from the edit of a route file until it is live, while jobs are submitted. */
final class Edits implements Section {
    private static final String TYPE = "bench";
    private static final int CONNECTIONS = 64;
    private static final int PER_SECOND = 2000;
    private static final int SECONDS = 45;
    private static final int FEWEST = 20;
    private static final int POLL_MILLIS = 1000;

    private final Lab lab;

    Edits(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        Peer caravan = lab.caravan();
        RouteFiles files = new RouteFiles(caravan, lab.routes());
        files.awaitLive(TYPE, files.write(TYPE, "v0"));
        int perSecond = lab.options.full(PER_SECOND, 100);
        int jobs = perSecond * lab.options.full(SECONDS, 3);
        Plan plan = new Plan(jobs, CONNECTIONS, List.of("/jobs"), perSecond);
        if (!lab.options.smoke) {
            new JobRounds(lab).warmUp(List.of(caravan));
        }
        CompletableFuture<JobLoad.Result> load = CompletableFuture.supplyAsync(() -> {
            try {
                return caravan.load().run(plan);
            } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
            }
        });
        Latencies latencies = new Latencies();
        int edits = 0;
        int fewest = lab.options.full(FEWEST, 1);
        while (edits < fewest || !load.isDone()) {
            // The node looks once a second, and the edit before went live when it looked.
            Thread.sleep(ThreadLocalRandom.current().nextInt(POLL_MILLIS));
            edits++;
            String result = "v" + edits;
            long begin = System.nanoTime();
            files.awaitLive(TYPE, files.write(TYPE, result));
            latencies.add(System.nanoTime() - begin);
            String response = files.runJob(TYPE);
            if (!response.contains('"' + result + '"')) {
                throw new IllegalStateException("After the edit to " + result + " a job ended with " + response);
            }
        }
        JobLoad.Result submissions = load.join();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("edits", (double) edits);
        figures.put("edit to live p50, ms", latencies.millis(0.5));
        figures.put("edit to live p99, ms", latencies.millis(0.99));
        figures.put("submissions, a second", submissions.acceptedPerSecond());
        figures.put("response p50, ms", submissions.millis(0.5));
        figures.put("response p99, ms", submissions.millis(0.99));
        figures.put("lost jobs", (double) submissions.lost());
        figures.put(
                "responses other than 2xx",
                submissions.rejected().values().stream()
                        .mapToDouble(count -> count)
                        .sum());
        Round round = new Round(Lab.CARAVAN, 0, figures);
        System.out.println(round);
        if (!submissions.correct()) {
            throw new IllegalStateException(submissions.faults());
        }
        caravan.clear();
        String caption = "One route file is replaced again and again, while %,d jobs a second are submitted"
                .formatted(perSecond);
        return new Table(caption, List.of(round), List.of(), List.of()).markdown();
    }
}
