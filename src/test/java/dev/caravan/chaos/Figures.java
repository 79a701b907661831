package dev.caravan.chaos;

import dev.caravan.chaos.Effects.Disturbance;
import dev.caravan.chaos.Effects.Run;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The account of one row: what was asked, what was done, and what of it breaks a promise.
 *
 * @param counts what happened, by {@link #COUNTS}
 * @param broken what breaks which promise, by {@link #PROMISES}, each with the job and its story
 */
record Figures(Map<String, Long> counts, Map<String, List<String>> broken) {
    /** A job with 202 that did not get to FINISHED in time, or got there without a whole run. */
    static final String LOST = "lost";

    /** A submission that got 503 each time, of which a run began. */
    static final String RAN = "rejected, but ran";

    /** A job with two whole runs, though the node of the first was never disturbed until the second began. */
    static final String DOUBLED = "doubled without a crash";

    /** A key with two jobs, a job with another payload than its key has, or 422 for the right payload. */
    static final String KEYS = "keys broken";

    /** Answers that say neither that a job is safe nor that it is rejected, and jobs left open. */
    static final String OTHER = "other";

    static final List<String> PROMISES = List.of(LOST, RAN, DOUBLED, KEYS, OTHER);
    static final List<String> COUNTS = List.of(
            "submitted",
            "accepted",
            "rejected",
            "unknown",
            "started",
            "finished",
            "read",
            "effects",
            "doubled after a crash");

    /** Requests for one job: the same payload, and always the same key, if any. */
    static final class Submission {
        final String payload;
        final String key;
        private final Set<String> jobs = new TreeSet<>();
        private boolean rejected;
        private boolean unknown;
        boolean conflicts;

        Submission(String payload, String key) {
            this.payload = payload;
            this.key = key;
        }

        synchronized void accepted(String job) {
            jobs.add(job);
        }

        synchronized void rejected() {
            rejected = true;
        }

        /** No response: the job may run, or not. */
        synchronized void unknown() {
            unknown = true;
        }

        /** 422, though no other payload was accepted for this key, or may have been. */
        synchronized void conflicts() {
            conflicts = true;
        }

        synchronized Set<String> jobs() {
            return Set.copyOf(jobs);
        }

        synchronized boolean isAccepted() {
            return !jobs.isEmpty();
        }

        synchronized boolean isRejected() {
            return rejected && !unknown && jobs.isEmpty();
        }

        synchronized boolean isUnknown() {
            return unknown && jobs.isEmpty();
        }
    }

    /**
     * Closes the account.
     *
     * @param finished the accepted jobs that are FINISHED
     * @param read how many jobs were read
     * @param other further answers that break a promise
     */
    static Figures of(
            Collection<Submission> submissions,
            List<Run> runs,
            List<Disturbance> disturbances,
            Set<String> finished,
            long read,
            List<String> other) {
        Map<String, List<Run>> ofPayload = runs.stream().collect(Collectors.groupingBy(Run::payload));
        Map<String, List<Run>> ofJob =
                runs.stream().collect(Collectors.groupingBy(Run::job, LinkedHashMap::new, Collectors.toList()));
        Map<String, List<String>> broken = new LinkedHashMap<>();
        PROMISES.forEach(promise -> broken.put(promise, new ArrayList<>()));
        broken.get(OTHER).addAll(other);
        Map<String, Set<String>> jobsOfKey = new TreeMap<>();
        for (Submission submission : submissions) {
            List<Run> mine = ofPayload.getOrDefault(submission.payload, List.of());
            if (submission.isAccepted()
                    && (!finished.containsAll(submission.jobs())
                            || mine.stream().noneMatch(Run::isWhole))) {
                broken.get(LOST).add(submission.jobs() + " " + mine);
            }
            if (submission.isRejected() && !mine.isEmpty()) {
                broken.get(RAN).add(submission.payload + " " + mine);
            }
            if (submission.conflicts) {
                broken.get(KEYS).add("422 for " + submission.key + " and " + submission.payload);
            }
            for (String job : submission.jobs()) {
                if (submission.key != null) {
                    jobsOfKey
                            .computeIfAbsent(submission.key, key -> new HashSet<>())
                            .add(job);
                }
                if (!ofJob.getOrDefault(job, List.of()).stream()
                        .allMatch(run -> run.payload().equals(submission.payload))) {
                    broken.get(KEYS).add(submission.key + " is " + submission.payload + " " + ofJob.get(job));
                }
            }
        }
        jobsOfKey.forEach((key, jobs) -> {
            if (jobs.size() > 1) {
                broken.get(KEYS).add(key + " is " + jobs);
            }
        });
        long afterCrash = 0;
        for (List<Run> all : ofJob.values()) {
            if (all.stream().filter(Run::isWhole).count() > 1) {
                if (isExplained(all, disturbances)) {
                    afterCrash++;
                } else {
                    broken.get(DOUBLED).add(all.toString());
                }
            }
        }
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("submitted", (long) submissions.size());
        counts.put(
                "accepted", submissions.stream().filter(Submission::isAccepted).count());
        counts.put(
                "rejected", submissions.stream().filter(Submission::isRejected).count());
        counts.put("unknown", submissions.stream().filter(Submission::isUnknown).count());
        counts.put("started", (long) ofJob.size());
        counts.put("finished", (long) finished.size());
        counts.put("read", read);
        counts.put("effects", runs.stream().filter(Run::isWhole).count());
        counts.put("doubled after a crash", afterCrash);
        return new Figures(counts, broken);
    }

    /** Whether each whole run that another one followed was on a node that was disturbed in between. */
    private static boolean isExplained(List<Run> runs, List<Disturbance> disturbances) {
        for (int i = 0; i + 1 < runs.size(); i++) {
            Run run = runs.get(i);
            Run next = runs.get(i + 1);
            if (run.isWhole() && disturbances.stream().noneMatch(disturbance -> disturbance.explains(run, next))) {
                return false;
            }
        }
        return true;
    }

    boolean isGood() {
        return broken.values().stream().allMatch(List::isEmpty);
    }

    long count(String promise) {
        return broken.get(promise).size();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        counts.forEach(
                (name, count) -> text.append(name).append(' ').append(count).append(", "));
        broken.forEach((promise, jobs) ->
                text.append(promise).append(' ').append(jobs.size()).append(", "));
        return text.substring(0, text.length() - 2);
    }

    /** The first few of what breaks a promise. */
    String stories() {
        StringBuilder text = new StringBuilder(toString());
        broken.forEach((promise, jobs) -> jobs.stream()
                .limit(5)
                .forEach(job -> text.append("\n  ").append(promise).append(": ").append(job)));
        return text.toString();
    }
}
