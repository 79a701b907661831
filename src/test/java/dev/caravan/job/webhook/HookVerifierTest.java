package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.HookRefusal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HookVerifierTest {
    private static final Instant NOW = Instant.ofEpochSecond(1614265330);
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private final Map<String, String> headers = new HashMap<>(Map.of(
            "webhook-id",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp",
            "1614265330",
            "webhook-signature",
            SIGNATURE));

    private static Hook hook(Hook.Scheme scheme, Secret... secrets) {
        return new Hook("shop", scheme, "hello", null, List.of(secrets));
    }

    private String verify(Hook hook, byte[] body, Instant now) {
        return HookVerifier.verify(hook, headers::get, body, now).id();
    }

    private HookRefusal refusal(Hook hook, Instant now) {
        return HookVerifier.verify(hook, headers::get, BODY, now).refusal();
    }

    @Test
    void theExampleOfStandardWebhooksIsGenuine() {
        Hook hook = hook(Hook.Scheme.STANDARD, new Secret(SECRET, 0));
        assertThat(verify(hook, BODY, NOW)).isEqualTo("msg_p5jXN8AQM9LWM0D4loKWxJek");
        headers.put("webhook-signature", "v1,AAAA v1a,BBBB " + SIGNATURE + " v2,CCCC");
        assertThat(verify(hook, BODY, NOW.plusSeconds(300))).isNotNull();
        assertThat(verify(hook, BODY, NOW.minusSeconds(300))).isNotNull();
    }

    @Test
    void whatIsNotGenuineIsNobodys() {
        Hook hook = hook(Hook.Scheme.STANDARD, new Secret(SECRET, 0));
        assertThat(verify(hook, "{\"test\": 2432232315}".getBytes(UTF_8), NOW)).isNull();
        assertThat(verify(hook, BODY, NOW.plusSeconds(301))).isNull();
        assertThat(verify(hook, BODY, NOW.minusSeconds(301))).isNull();
        assertThat(verify(null, BODY, NOW)).isNull();
        assertThat(verify(hook(Hook.Scheme.STANDARD, new Secret("whsec_" + "A".repeat(32), 0)), BODY, NOW))
                .isNull();
        assertThat(verify(hook(Hook.Scheme.GITHUB, new Secret(SECRET, 0)), BODY, NOW))
                .isNull();
        for (String header : List.copyOf(headers.keySet())) {
            String before = headers.put(header, "");
            assertThat(verify(hook, BODY, NOW)).as(header).isNull();
            headers.put(header, before + "1");
            assertThat(verify(hook, BODY, NOW)).as(header).isNull();
            headers.remove(header);
            assertThat(verify(hook, BODY, NOW)).as(header).isNull();
            headers.put(header, before);
        }
        headers.put("webhook-timestamp", "99999999999999999999999999");
        assertThat(verify(hook, BODY, NOW)).isNull();
    }

    @Test
    void theReasonIsKnown() {
        Hook hook = hook(Hook.Scheme.STANDARD, new Secret(SECRET, 0));
        assertThat(refusal(hook, NOW)).isNull();
        assertThat(refusal(null, NOW)).isEqualTo(HookRefusal.UNKNOWN);
        assertThat(refusal(hook, NOW.plusSeconds(301))).isEqualTo(HookRefusal.TIME);
        assertThat(refusal(hook(Hook.Scheme.GITHUB, new Secret(SECRET, 0)), NOW))
                .isEqualTo(HookRefusal.SIGNATURE);
        headers.put("webhook-id", "");
        assertThat(refusal(hook, NOW)).isEqualTo(HookRefusal.SIGNATURE);
        headers.put("webhook-signature", WebhookSignature.of(SECRET, "", "1614265330", BODY));
        assertThat(refusal(hook, NOW)).isEqualTo(HookRefusal.ID);
    }

    @Test
    void anOldSecretIsValidForAWhile() {
        long soon = NOW.plusSeconds(10).toEpochMilli();
        Hook hook = hook(Hook.Scheme.STANDARD, new Secret("whsec_" + "A".repeat(32), 0), new Secret(SECRET, soon));
        assertThat(verify(hook, BODY, NOW)).isNotNull();
        assertThat(verify(hook, BODY, NOW.plusSeconds(10))).isNull();
        assertThat(Secret.renewed(hook.secrets(), SECRET, NOW))
                .containsExactly(
                        new Secret(SECRET, 0),
                        new Secret(
                                "whsec_" + "A".repeat(32),
                                NOW.plusSeconds(24 * 3600).toEpochMilli()));
    }

    @Test
    void aSecretIsNotWrittenOut() {
        assertThat(hook(Hook.Scheme.STANDARD, new Secret(SECRET, 0)).toString()).doesNotContain(SECRET);
    }

    /** The example of GitHub's documentation. */
    @Test
    void theExampleOfGitHubIsGenuine() {
        Hook hook = hook(Hook.Scheme.GITHUB, new Secret("It's a Secret to Everybody", 0));
        String signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        headers.put("X-Hub-Signature-256", signature);
        assertThat(verify(hook, "Hello, World!".getBytes(UTF_8), NOW)).isEqualTo(signature);
        assertThat(verify(hook, "Hello, World".getBytes(UTF_8), NOW)).isNull();
        headers.remove("X-Hub-Signature-256");
        assertThat(verify(hook, "Hello, World!".getBytes(UTF_8), NOW)).isNull();
    }
}
