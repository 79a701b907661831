package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.job.HookRefusal;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Whether a request is signed as a hook wants. No state. */
final class HookVerifier {
    /** How far the clock of the sender may be from this one. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final Pattern ID = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
    private static final int MOST_SIGNATURES = 10;
    /** A hook that nobody has: a request to it takes as long as one whose signature is wrong. */
    private static final Hook NOBODY =
            new Hook("nobody", Hook.Scheme.STANDARD, null, null, List.of(new Secret(WebhookSignature.newSecret(), 0)));

    private HookVerifier() {}

    /**
     * What has become of a request.
     *
     * @param id of the message, the same if it comes again; null if it is refused
     * @param refusal null if it is the sender's
     */
    record Verdict(String id, HookRefusal refusal) {
        private static Verdict of(HookRefusal refusal) {
            return new Verdict(null, refusal);
        }
    }

    /**
     * Checks a request.
     *
     * @param hook null for one that is not there
     * @param header gives the header of a name, or null
     */
    static Verdict verify(Hook hook, UnaryOperator<String> header, byte[] body, Instant now) {
        Hook asked = hook == null ? NOBODY : hook;
        Verdict verdict = asked.scheme() == Hook.Scheme.GITHUB
                ? github(asked, header, body, now)
                : standard(asked, header, body, now);
        return hook == null ? Verdict.of(HookRefusal.UNKNOWN) : verdict;
    }

    private static Verdict standard(Hook hook, UnaryOperator<String> header, byte[] body, Instant now) {
        String id = orEmpty(header.apply("webhook-id"));
        String timestamp = orEmpty(header.apply("webhook-timestamp"));
        String[] given = orEmpty(header.apply("webhook-signature")).split(" ", MOST_SIGNATURES);
        boolean genuine = false;
        for (Secret secret : hook.secrets()) {
            String expected = WebhookSignature.of(secret.text(), id, timestamp, body);
            for (String each : given) {
                genuine |= secret.isValid(now) && isSame(expected, each);
            }
        }
        if (!genuine) {
            return Verdict.of(HookRefusal.SIGNATURE);
        }
        if (!isOfNow(timestamp, now)) {
            return Verdict.of(HookRefusal.TIME);
        }
        return ID.matcher(id).matches() ? new Verdict(id, null) : Verdict.of(HookRefusal.ID);
    }

    private static boolean isOfNow(String timestamp, Instant now) {
        return SECONDS.matcher(timestamp).matches()
                && Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= TOLERANCE.toSeconds();
    }

    /** Its signature is the id: it signs neither an id nor a time. */
    private static Verdict github(Hook hook, UnaryOperator<String> header, byte[] body, Instant now) {
        String given = orEmpty(header.apply("X-Hub-Signature-256"));
        boolean genuine = false;
        for (Secret secret : hook.secrets()) {
            genuine |= secret.isValid(now) && isSame(WebhookSignature.ofGitHub(secret.text(), body), given);
        }
        return genuine ? new Verdict(given, null) : Verdict.of(HookRefusal.SIGNATURE);
    }

    private static boolean isSame(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(UTF_8), given.getBytes(UTF_8));
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
