package dev.caravan.job.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What signs.
 *
 * @param text as Standard Webhooks has it; of a hook for GitHub, any text
 * @param until epoch milliseconds; 0 for ever
 */
record Secret(String text, long until) {
    /** How long an old one is valid beside a new one. */
    private static final Duration OVERLAP = Duration.ofHours(24);

    /** Without the secret: nobody may log one by mistake. */
    @Override
    public String toString() {
        return "Secret[until=" + until + "]";
    }

    boolean isValid(Instant now) {
        return until == 0 || until > now.toEpochMilli();
    }

    /** A new one, and the latest of these for a while. */
    static List<Secret> renewed(List<Secret> secrets, String text, Instant now) {
        List<Secret> all = new ArrayList<>(List.of(new Secret(text, 0)));
        secrets.stream()
                .filter(old -> old.until == 0)
                .forEach(old -> all.add(new Secret(old.text, now.plus(OVERLAP).toEpochMilli())));
        return all;
    }
}
