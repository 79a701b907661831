package dev.caravan.job.webhook;

import dev.caravan.job.JobState;
import java.time.Instant;
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
 * @param outage null while its receiver responds
 */
record Webhook(
        String name,
        String url,
        Jobs jobs,
        Events events,
        List<Secret> secrets,
        boolean paused,
        String pausedBecause,
        Outage outage) {
    static final Set<JobState> ENDS = EnumSet.of(JobState.FINISHED, JobState.FAILED, JobState.CANCELLED);

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

    /** Whether its receiver is. */
    boolean isDown() {
        return outage != null && outage.isDown();
    }

    /** The same with another secret; the latest one before is valid for a while. */
    Webhook withSecret(String secret, Instant now) {
        return new Webhook(
                name, url, jobs, events, Secret.renewed(secrets, secret, now), paused, pausedBecause, outage);
    }

    Webhook withSecretsOf(Webhook other) {
        return new Webhook(name, url, jobs, events, other.secrets, paused, pausedBecause, outage);
    }

    Webhook withOutage(Outage outage) {
        return new Webhook(name, url, jobs, events, secrets, paused, pausedBecause, outage);
    }

    Webhook pause(String because) {
        return new Webhook(name, url, jobs, events, secrets, true, because, outage);
    }

    /** Its receiver is tried at once. */
    Webhook resume() {
        return new Webhook(name, url, jobs, events, secrets, false, null, null);
    }
}
