package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** The HTTP edge again, where requests go directly to their routes: each client here has a login. */
@ContextConfiguration(classes = {RestConsumerTest.Server.class, JettyDirectTest.Direct.class})
@TestPropertySource(properties = "caravan.http.max-buffered=1MB") // a user may have all of it
class JettyDirectTest extends RestConsumerTest {
    @Autowired
    Direct direct;

    @BeforeEach
    void nobodyHasCome() {
        direct.admitted.clear();
    }

    @AfterEach
    void theFiltersHaveNotSeenAll() {
        direct.admits = true;
    }

    @Override
    HttpRequest.Builder request(String path) {
        return super.request(path).header("Authorization", "Basic x");
    }

    @Override
    Socket open(String request) throws IOException {
        return super.open(request.replace("\r\nHost: x\r\n", "\r\nHost: x\r\nAuthorization: Basic x\r\n"));
    }

    @Test
    void aPlainRequestGoesDirectlyWithItsUser() throws Exception {
        var response = client.send(request("/user").build(), BodyHandlers.ofString());
        assertThat(response.body()).isEqualTo("user: eve");
        assertThat(response.headers().firstValue("X-Direct")).hasValue("false");
        assertThat(direct.admitted)
                .singleElement()
                .isEqualTo(new DirectAccess.Head("GET", "/user", "localhost", "127.0.0.1", "Basic x"));
    }

    @Test
    void whoIsNotAdmittedPassesTheFilters() throws Exception {
        direct.admits = false;
        assertThat(client.send(request("/user").build(), BodyHandlers.ofString())
                        .body())
                .isEqualTo("user: null");
        assertThat(direct.admitted).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /user HTTP/1.1\r\nHost: x\r\nCookie: SESSION=1",
                "GET /user HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example",
                "GET /user HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site",
                "GET /user HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1",
                "GET /user HTTP/1.1\r\nHost: x\r\nForwarded: for=127.0.0.1",
                "GET /user HTTP/1.1\r\nHost: x\r\nX-Real-IP: 127.0.0.1",
                "GET /user HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE",
                "GET /user HTTP/1.1\r\nHost: x\r\nExpect: 100-continue",
                "GET /user HTTP/1.1\r\nHost: x\r\nUpgrade: websocket",
                "GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: Basic y",
                "GET /user HTTP/1.1\r\nHost: x\r\nUser-Agent: \u00e9",
                "GET /%75ser HTTP/1.1\r\nHost: x",
                "GET /user;a=b HTTP/1.1\r\nHost: x",
                "GET //user HTTP/1.1\r\nHost: x",
                "GET /./user HTTP/1.1\r\nHost: x",
                "GET /user/ HTTP/1.1\r\nHost: x",
                "GET /nowhere HTTP/1.1\r\nHost: x",
                "HEAD /user HTTP/1.1\r\nHost: x",
                "DELETE /user HTTP/1.1\r\nHost: x",
                "POST /json HTTP/1.1\r\nHost: x"
            })
    void theFiltersSeeAllThatIsNotPlain(String request) throws Exception {
        try (Socket socket = open(request + "\r\nConnection: close\r\n\r\n")) {
            assertThat(new String(socket.getInputStream().readAllBytes())).startsWith("HTTP/1.1 ");
        }
        assertThat(direct.admitted).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/jobs/A-b_c.1:2~3", "/jobs/"})
    void pathsThatMeanThemselvesArePlain(String path) {
        assertThat(JettyDirect.isPlain(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "*",
                "//",
                "/a//b",
                "/.",
                "/..",
                "/a/.b",
                "/a/../b",
                "/a;b",
                "/a%2fb",
                "/%2e",
                "/a\\b",
                "/a b",
                "/a?b",
                "/\u00e9",
                "/a@b",
                "/a\u0000"
            })
    void pathsThatMayMeanAnythingElseAreNot(String path) {
        assertThat(JettyDirect.isPlain(path)).isFalse();
    }

    /** No component, so that no scan of another test finds it. */
    static class Direct {
        final Queue<DirectAccess.Head> admitted = new ConcurrentLinkedQueue<>();
        volatile boolean admits = true;

        @Bean(defaultCandidate = false)
        AdaptiveExecutor batchExecutor() {
            return new AdaptiveExecutor(8, Duration.ofMillis(2), new DaemonThreads("batch"));
        }

        @Bean
        DirectAccess access() {
            return new DirectAccess() {
                @Override
                public User user(Head request) {
                    admitted.add(request);
                    return admits ? new User("eve", false) : null;
                }

                @Override
                public Map<String, String> responseHeaders(boolean secure) {
                    return Map.of("X-Direct", Boolean.toString(secure));
                }
            };
        }
    }
}
