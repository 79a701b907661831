package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.caravan.fixture.Api;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one user has does not take away what another one has. Two nodes share a broker and a Redis; each test has its own users. */
@Timeout(120)
class FairnessTest {
    private static SecureNode one;
    private static SecureNode other;

    @BeforeAll
    static void start() throws IOException {
        one = SecureNode.withUsers();
        other = SecureNode.withUsers(SecureNode.joining(one).toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        other.close();
        one.close();
    }

    @Test
    void aKeyBelongsToTheUserWhoSentIt() {
        Api.Answer first = post(one, "key-ann", "/jobs/hello", "{\"a\":1}", "Idempotency-Key", "order-7");
        Api.Answer rival = post(one, "key-bob", "/jobs/hello", "{\"b\":2}", "Idempotency-Key", "order-7");
        Api.Answer again = post(other, "key-ann", "/jobs/hello", "{\"a\":1}", "Idempotency-Key", "order-7");
        Api.Answer changed = post(other, "key-ann", "/jobs/hello", "{\"a\":3}", "Idempotency-Key", "order-7");

        assertThat(first.status()).isEqualTo(202);
        assertThat(rival.status()).isEqualTo(202);
        assertThat(id(rival)).isNotEqualTo(id(first));
        assertThat(again.status()).isEqualTo(202);
        assertThat(id(again)).isEqualTo(id(first));
        assertThat(changed.status()).isEqualTo(422);
    }

    private static Api.Answer post(SecureNode node, String user, String path, String json, String... headers) {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = bearer(user);
        return node.api().post(path, json, all);
    }

    private static String bearer(String user) {
        return "Bearer " + SecureNode.token(user, List.of("user"), 120);
    }

    private static String id(Api.Answer accepted) {
        JsonObject json = accepted.json();
        return json.get("jobId").getAsString();
    }
}
