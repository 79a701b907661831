package dev.caravan.chaos;

import dev.caravan.chaos.Site.Node;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.job.JobSubmissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator asks of jobs holds while nodes die. */
@RequiresRealBrokers
class ControlChaos {
    private static final int CANCELLED = 20;
    private static final int FIRINGS = 12;

    private Site site;

    @BeforeEach
    void begin() {
        site = Site.shared();
    }

    /** 200: the job never begins. 202: it ends. No job that is CANCELLED is anything else later. */
    @Test
    void jobsCancelled() {
        Accounts accounts = new Accounts(site, "effect", 50);
        Trial.run(Row.JOBS_CANCELLED, accounts, (round, load) -> {
            long from = site.effects.position();
            Map<String, Integer> answers = new LinkedHashMap<>();
            for (int i = 0; i < CANCELLED; i++) {
                String later = i % 4 == 0 ? "?delay=2s" : "";
                answers.put(
                        site.api()
                                .post("/jobs/effect" + later, "{\"n\":\"cancelled\",\"millis\":3000}")
                                .field("jobId"),
                        0);
                load.awaitMore(5);
            }
            Node killed = site.workers.get(round % site.workers.size());
            int half = 0;
            for (String job : answers.keySet()) {
                if (half++ == CANCELLED / 2) {
                    killed.kill();
                }
                answers.put(
                        job,
                        site.api().send("DELETE", "/jobs/" + job, new byte[0]).status());
            }
            site.startWorker(Map.of());
            answers.forEach((job, status) -> {
                String state = end(job);
                boolean good = status == 200
                        ? state.equals("CANCELLED") && !begun(job, from)
                        : status == 202
                                ? state.equals("CANCELLED") || state.equals("FINISHED")
                                : status == 409 && state.equals("FINISHED");
                if (!good) {
                    accounts.fault("job " + job + " is " + state + " after " + status + ", begun " + begun(job, from));
                }
            });
        });
    }

    /** Each firing is one job, and none is missing. */
    @Test
    void scheduleFires() {
        Accounts accounts = new Accounts(site, "effect", 50);
        Trial.run(Row.SCHEDULE_FIRES, accounts, (round, load) -> {
            String name = "tick-" + round;
            long first = Instant.parse(site.api()
                            .put(
                                    "/schedules/" + name,
                                    "{\"type\":\"effect\",\"every\":\"1s\",\"missed\":\"all\",\"overlap\":\"allow\","
                                            + "\"payload\":{\"n\":\"" + name + "\",\"millis\":10}}")
                            .field("nextFiring"))
                    .toEpochMilli();
            Trial.hold(3);
            List.copyOf(site.workers).forEach(worker -> {
                worker.kill();
                site.startWorker(Map.of());
            });
            Set<String> expected = LongStream.range(0, FIRINGS)
                    .mapToObj(i ->
                            JobSubmissions.idOfFiring(name, first + 1000 * i).toString())
                    .collect(Collectors.toSet());
            for (String job : expected) {
                if (!end(job).equals("FINISHED")) {
                    accounts.fault("the firing " + job + " of " + name + " is " + end(job));
                }
            }
            site.api().post("/schedules/" + name + "/pause", "");
            Set<String> jobs = site.effects.runs(0).stream()
                    .filter(run -> run.payload().equals(name))
                    .map(Effects.Run::job)
                    .collect(Collectors.toSet());
            long last = jobs.size();
            if (!jobs.equals(LongStream.range(0, last)
                    .mapToObj(i ->
                            JobSubmissions.idOfFiring(name, first + 1000 * i).toString())
                    .collect(Collectors.toSet()))) {
                accounts.fault(name + " had other jobs than its firings: " + jobs);
            }
        });
    }

    private boolean begun(String job, long from) {
        return site.effects.notes(from).stream().anyMatch(note -> note.startsWith("begin " + job + " "));
    }

    /** The state in which a job has ended; what it is if that takes too long. */
    private String end(String job) {
        String[] state = {""};
        try {
            Awaitility.await().atMost(Site.SOON).ignoreExceptions().until(() -> {
                Answer answer = site.api().job(job);
                state[0] = answer.status() == 200 ? answer.field("state") : "unknown";
                return Set.of("FINISHED", "CANCELLED", "FAILED").contains(state[0]);
            });
        } catch (ConditionTimeoutException e) {
            // said by the state
        }
        return state[0];
    }
}
