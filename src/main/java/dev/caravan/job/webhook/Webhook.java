package dev.caravan.job.webhook;

import dev.caravan.job.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whose server is told of what. Immutable.
 *
 * @param jobs which ends of jobs; null for none
 * @param events which events; null for none
 * @param secrets that deliveries are signed with, the newest first
 * @param paused whether nothing more is told
 * @param pausedBecause why, if the server has paused it; else null
 */
record Webhook(
        String name, String url, Jobs jobs, Events events, List<Secret> secrets, boolean paused, String pausedBecause) {
    static final Set<JobState> ENDS = EnumSet.of(JobState.FINISHED, JobState.FAILED, JobState.CANCELLED);
    /** How long an old secret signs beside a new one. */
    static final Duration OVERLAP = Duration.ofHours(24);

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final String TAG = "webhook:";

    /**
     * Ends of jobs.
     *
     * @param types of the jobs; empty for all
     * @param states in which they end
     * @param result whether their results are told, too
     */
    record Jobs(Set<String> types, Set<JobState> states, boolean result) {
        boolean contain(String type, JobState end) {
            return states.contains(end) && (types.isEmpty() || types.contains(type));
        }
    }

    /**
     * Events.
     *
     * @param key theirs; null for those that have none
     */
    record Events(String key) {}

    /**
     * A secret.
     *
     * @param text as Standard Webhooks has it
     * @param until epoch milliseconds; 0 for ever
     */
    record Secret(String text, long until) {
        boolean isValid(Instant now) {
            return until == 0 || until > now.toEpochMilli();
        }
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The tag of its deliveries. */
    static String tag(String name) {
        return TAG + name;
    }

    boolean wants(String type, JobState end) {
        return !paused && jobs != null && jobs.contain(type, end);
    }

    boolean wantsEvents(String key) {
        return !paused && events != null && Objects.equals(events.key, key);
    }

    /** The same with another secret; the latest one before is valid for a while. */
    Webhook withSecret(String secret, Instant now) {
        List<Secret> all = new ArrayList<>(List.of(new Secret(secret, 0)));
        secrets.stream()
                .filter(old -> old.until == 0)
                .forEach(old -> all.add(new Secret(old.text, now.plus(OVERLAP).toEpochMilli())));
        return new Webhook(name, url, jobs, events, all, paused, pausedBecause);
    }

    Webhook withSecretsOf(Webhook other) {
        return new Webhook(name, url, jobs, events, other.secrets, paused, pausedBecause);
    }

    Webhook pause(String because) {
        return new Webhook(name, url, jobs, events, secrets, true, because);
    }

    Webhook resume() {
        return new Webhook(name, url, jobs, events, secrets, false, null);
    }
}
