package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.RawHttp;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A page of another site, in a browser on the machine of a node that has guest. */
@Timeout(120)
class HostAndOriginTest {
    private static final String GUEST = "Authorization: " + Api.GUEST;
    private static final String QUESTION = "{\"type\":\"version\"}";

    private static InProcessNode node;

    @BeforeAll
    static void start() {
        node = InProcessNode.start();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:8080", "127.0.0.1:1", "127.1.2.3", "[::1]:8080"})
    void guestIsServedUnderTheNamesOfThisMachine(String host) throws IOException {
        assertThat(RawHttp.status(node.http(), "GET /nodes HTTP/1.1", "Host: " + host, GUEST))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1:8080", "[::1]"})
    void whoComesFromThisMachineIsToldOfGuest(String host) throws IOException {
        assertThat(me("Host: " + host)).endsWith("{\"name\":null,\"roles\":[],\"guest\":true}");
        assertThat(me("Host: " + host + "\r\n" + GUEST))
                .contains("\"name\":\"guest\"")
                .endsWith("\"guest\":false}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: 192.0.2.1",
                "X-Forwarded-For: 127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "Via: 1.1 proxy",
                "X-Real-IP: 127.0.0.1"
            })
    void whoComesThroughAProxyIsNotToldOfGuest(String header) throws IOException {
        assertThat(me("Host: localhost\r\n" + header)).endsWith("{\"name\":null,\"roles\":[],\"guest\":false}");
    }

    private static String me(String headers) throws IOException {
        try (RawHttp answer =
                RawHttp.send(node.http(), "GET /me HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\n\r\n")) {
            assertThat(answer.status()).isEqualTo(200);
            return answer.rest();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.test",
                "evil.test:8080",
                "localhost.evil.test",
                "127.0.0.1.evil.test",
                "localhost.",
                "0.0.0.0",
                "192.0.2.1",
                "[2001:db8::1]",
                "localhost%00.evil.test"
            })
    void underNoOtherNameIsAnythingServed(String host) throws IOException {
        for (String path : new String[] {"/nodes", "/me", "/login", "/ws/chat/info", "/actuator/health", "/none"}) {
            try (RawHttp answer = RawHttp.send(
                    node.http(),
                    "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + GUEST + "\r\nConnection: close\r\n\r\n")) {
                assertThat(answer.status()).as(path).isEqualTo(403);
                assertThat(answer.rest()).contains("application/problem+json", "caravan.users");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost@evil.test",
                "Host: evil.test@localhost",
                "Host: evil.test#localhost",
                "Host: localhost, evil.test",
                "Host: localhost\r\nHost: evil.test",
                "Host: [",
                "Host:",
                "X-Host: localhost"
            })
    void aHostThatIsNoneIsRefused(String headers) throws IOException {
        assertThat(RawHttp.status(node.http(), "GET /nodes HTTP/1.1", headers, GUEST))
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.test/nodes, localhost, 400",
        "http://localhost/nodes, evil.test, 400",
        "http://evil.test/nodes, evil.test, 403",
        "http://localhost@evil.test/nodes, localhost, 400",
        "http://localhost/nodes, localhost, 200"
    })
    void aTargetWithANameCountsAsWell(String target, String host, int status) throws IOException {
        assertThat(RawHttp.status(node.http(), "GET " + target + " HTTP/1.1", "Host: " + host, GUEST))
                .isEqualTo(status);
    }

    @Test
    void theChatIsNotOpenedUnderAnotherName() throws IOException {
        String[] handshake = {
            "Host: evil.test",
            "Origin: http://evil.test",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13"
        };
        assertThat(RawHttp.status(node.http(), "GET /ws/chat HTTP/1.1", handshake))
                .isEqualTo(403);
        assertThat(RawHttp.status(node.http(), "GET /ws/chat/1/x/websocket HTTP/1.1", handshake))
                .isEqualTo(403);
        assertThat(RawHttp.status(
                        node.http(), "POST /ws/chat/1/x/xhr HTTP/1.1", "Host: evil.test", "Content-Length: 0"))
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Via: 1.1 proxy",
                "X-Real-IP: 127.0.0.1",
                "X-Forwarded-Host: localhost",
                "X-Forwarded-Proto: https",
                "Forwarded: for=127.0.0.1",
                "CF-Connecting-IP: 127.0.0.1",
                "True-Client-IP: 127.0.0.1",
                "X-Client-IP: 127.0.0.1"
            })
    void whoComesThroughAProxyOnThisMachineIsNotGuest(String header) throws IOException {
        assertThat(RawHttp.status(node.http(), "GET /nodes HTTP/1.1", "Host: localhost", GUEST, header))
                .isEqualTo(401);
        assertThat(RawHttp.status(node.http(), "GET /chat/ HTTP/1.1", "Host: localhost", header))
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.test",
                "null",
                "http://127.0.0.1:1",
                "https://localhost",
                "http://localhost.evil.test",
                "http://localhost@evil.test",
                "http://localhost, http://evil.test",
                "garbage"
            })
    void aPageOfAnotherOriginChangesNothingWithAnyCredentials(String origin) throws IOException {
        for (String path : new String[] {"/hawtio/jolokia", "/jobs/hello", "/events", "/none"}) {
            for (String type : new String[] {"text/plain", "application/json"}) {
                for (String site : new String[] {"X-None: 1", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"}) {
                    assertThat(post(path, "Origin: " + origin, site, "Content-Type: " + type))
                            .as("%s %s %s", path, type, site)
                            .isEqualTo(403);
                }
            }
        }
    }

    @Test
    void aPageOfThisNodeAndWhoHasNoPageMay() throws IOException {
        String json = "Content-Type: application/json";
        assertThat(post("/hawtio/jolokia", json, "Origin: http://localhost")).isEqualTo(200);
        assertThat(post("/hawtio/jolokia", json, "Origin: http://localhost", "Sec-Fetch-Site: same-origin"))
                .isEqualTo(200);
        assertThat(post("/hawtio/jolokia", json)).isEqualTo(200);
    }

    private static int post(String path, String... headers) throws IOException {
        try (RawHttp answer = RawHttp.send(
                node.http(),
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + GUEST + "\r\n"
                        + String.join("\r\n", headers) + "\r\n"
                        + "Content-Length: " + QUESTION.length() + "\r\nConnection: close\r\n\r\n" + QUESTION)) {
            return answer.status();
        }
    }
}
