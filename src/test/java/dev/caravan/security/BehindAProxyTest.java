package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.RawHttp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a proxy says for whom it speaks, a client does not. */
@Timeout(300)
class BehindAProxyTest {
    private static final String STRATEGY = "--server.forward-headers-strategy=";

    @ParameterizedTest
    @ValueSource(strings = {"native", "framework"})
    void aClientCannotChooseItsAddress(String strategy) throws IOException {
        try (InProcessNode node = SecureNode.withUsers(STRATEGY + strategy, "--caravan.security.failed-logins=5")) {
            assertThrottled(node, i -> "Forwarded: for=192.0.2." + i + "\r\nX-Forwarded-For: 198.51.100.1");
            assertThrottled(node, i -> "X-Forwarded-For: 192.0.2." + i + ", 198.51.100.2");
            assertThrottled(node, i -> "X-Forwarded-For: 192.0.2." + i + "\r\nX-Forwarded-For: 198.51.100.3");
            assertThat(guess(node, "X-Forwarded-For: 198.51.100.4")).isEqualTo(401); // not that address
        }
    }

    @Test
    void aProxyThatSpeaksTheStandardIsBelievedIfThatIsSaid() throws IOException {
        try (InProcessNode node = SecureNode.withUsers(
                STRATEGY + "native", "--caravan.http.forwarded=true", "--caravan.security.failed-logins=5")) {
            assertThrottled(
                    node,
                    i -> "X-Forwarded-For: 192.0.2." + i + "\r\nForwarded: for=192.0.2." + i + ", for=198.51.100.1");
            assertThat(guess(node, "Forwarded: for=198.51.100.4")).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "framework"})
    void nobodyIsGuestOrANamelessVisitorThere(String strategy) throws IOException {
        try (InProcessNode node = InProcessNode.start(STRATEGY + strategy)) {
            for (String header : new String[] {"X-None: 1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: ::1"}) {
                String guest = "Authorization: " + Api.GUEST;
                assertThat(RawHttp.status(node.http(), "GET /nodes HTTP/1.1", "Host: localhost", guest, header))
                        .isEqualTo(401);
                assertThat(RawHttp.status(node.http(), "GET /chat/ HTTP/1.1", "Host: localhost", header))
                        .isEqualTo(401);
                assertThat(node.api().get("/me", header.split(": ")).body()).contains("\"guest\":false");
            }
        }
    }

    /** Six guesses in one minute at the least, from addresses that the client says are all others. */
    private static void assertThrottled(InProcessNode node, IntFunction<String> headers) throws IOException {
        List<Integer> answers = new ArrayList<>();
        for (int i = 1; i <= 12; i++) {
            answers.add(guess(node, headers.apply(i)));
        }
        assertThat(answers).contains(429);
    }

    private static int guess(InProcessNode node, String headers) throws IOException {
        String wrong = "Authorization: " + Api.basic("ada", "wrong");
        return RawHttp.status(node.http(), "GET /me HTTP/1.1", "Host: caravan.test", wrong, headers);
    }
}
