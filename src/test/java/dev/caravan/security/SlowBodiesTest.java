package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More bodies that do not come than the server has threads (200): it goes on. */
@Timeout(120)
class SlowBodiesTest {
    private static final int CONNECTIONS = 230;
    private static final Duration PROBE = Duration.ofSeconds(20);
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final String TOKEN = "X-XSRF-TOKEN: x\r\nCookie: XSRF-TOKEN=x\r\n";
    private static final String ADMIN = "Authorization: " + Api.basic("root", SecureNode.PASSWORD) + "\r\n";
    private static final String LONG = "Content-Length: 1000\r\n\r\na";

    private static InProcessNode node;

    private final List<RawHttp> connections = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        node = SecureNode.withUsers("--caravan.http.body-timeout=2s", "--caravan.http.max-buffered=4MB");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void close() throws IOException {
        for (RawHttp connection : connections) {
            connection.close();
        }
    }

    private RawHttp open(String method, String path, String rest) throws IOException {
        RawHttp connection = RawHttp.send(node.http(), method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + rest);
        connections.add(connection);
        return connection;
    }

    private static void assertAlive() {
        Api.Answer answer = node.api().within(PROBE).get("/actuator/health/liveness");
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void aLoginWithoutATokenIsRefusedUnread() throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            open("POST", "/login", FORM + "Content-Length: 100000\r\n\r\na");
        }
        assertAlive();
        for (RawHttp connection : connections) {
            assertThat(connection.status()).isEqualTo(403);
        }
    }

    @Test
    void aTokenInABodyIsNotLookedFor() throws IOException {
        String body = "_csrf=x&username=ada&password=" + SecureNode.PASSWORD;
        RawHttp login = open(
                "POST",
                "/login",
                FORM + "Cookie: XSRF-TOKEN=x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(login.status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                FORM + TOKEN + LONG,
                FORM + TOKEN + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
                "Content-Type: multipart/form-data; boundary=x\r\n" + TOKEN + LONG
            })
    void aLoginThatDoesNotComeHoldsNoThreadAndEnds(String rest) throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            open("POST", "/login", rest);
        }
        assertAlive();
        for (RawHttp connection : connections) {
            assertThat(connection.status()).isEqualTo(408);
            assertThat(connection.rest()).contains("application/problem+json", "took too long");
        }
    }

    @Test
    void whoAsksWhetherToSendTheFormIsNotWaitedForEither() throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            open("POST", "/login", FORM + TOKEN + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
        }
        assertAlive();
        for (RawHttp connection : connections) {
            assertThat(connection.status()).isEqualTo(100);
            assertThat(connection.rest()).contains("HTTP/1.1 408");
        }
    }

    @Test
    void aBodyThatTricklesEndsInTimeToo() throws IOException {
        RawHttp login = open("POST", "/login", FORM + TOKEN + "Content-Length: 1000\r\n\r\n");
        await().pollInterval(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    try {
                        login.more("a");
                    } catch (IOException e) {
                        return true;
                    }
                    return login.isClosed();
                });
    }

    @Test
    void jolokiaHoldsNoThreadForWhoHasLoggedIn() throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            open("POST", "/hawtio/jolokia", ADMIN + "Content-Type: application/json\r\n" + LONG);
        }
        assertAlive();
        for (RawHttp connection : connections) {
            assertThat(connection.status()).isEqualTo(408);
        }
    }

    @Test
    void noEndpointWaitsOnAThread() throws IOException {
        for (AccessMatrixTest.Row row : AccessMatrixTest.TABLE) {
            for (int i = 0; i < 4; i++) {
                open("POST", row.path(), ADMIN + FORM + LONG);
                open(row.method(), row.path(), FORM + TOKEN + LONG);
            }
        }
        assertThat(connections).hasSizeGreaterThan(CONNECTIONS);
        assertAlive();
    }

    @Test
    void whatIsTooLargeIsRefused() throws IOException {
        assertThat(open("POST", "/hawtio/jolokia", ADMIN + "Content-Length: 300000\r\n\r\na")
                        .status())
                .isEqualTo(413);
        RawHttp chunked = open(
                "POST",
                "/login",
                FORM + TOKEN + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(300_000) + "\r\n"
                        + "a".repeat(300_000));
        assertThat(chunked.status()).isEqualTo(413);
    }

    @Test
    void largeBodiesUnderWayAreBoundedTogetherAndLeaveRoomForTheForm() throws IOException {
        for (int i = 0; i < 50; i++) {
            open("POST", "/hawtio/jolokia", ADMIN + "Content-Length: 250000\r\n\r\n" + "a".repeat(240_000));
        }
        List<RawHttp> large = List.copyOf(connections);
        String form = "username=ada&password=" + SecureNode.PASSWORD;
        RawHttp login = open("POST", "/login", FORM + TOKEN + "Content-Length: " + form.length() + "\r\n\r\n" + form);
        assertThat(login.status()).isEqualTo(204);
        List<Integer> answers = new ArrayList<>();
        for (RawHttp connection : large) {
            answers.add(connection.status());
        }
        assertThat(answers).contains(503).containsOnly(503, 408);
    }

    @Test
    void bodiesOfStrangersForHooksLeaveUsersTheirs() throws IOException {
        for (int i = 0; i < 20; i++) {
            try {
                open("POST", "/hooks/none", "Content-Length: 250000\r\n\r\n" + "a".repeat(240_000));
            } catch (IOException refused) {
                // before all of it was sent
            }
        }
        String payload = "\"" + "a".repeat(100_000) + "\"";
        RawHttp job = open(
                "POST",
                "/jobs/none",
                ADMIN + "Content-Type: application/json\r\nContent-Length: " + payload.length() + "\r\n\r\n" + payload);
        assertThat(job.status()).as("there is no such type").isEqualTo(404);
        assertThat(node.api().post("/hooks/none", "{}").status())
                .as("a small body of another stranger")
                .isEqualTo(404);
    }

    @Test
    void whatComesInPiecesIsReadToItsEnd() throws IOException {
        String body = "username=ada&password=" + SecureNode.PASSWORD;
        RawHttp login = open("POST", "/login", FORM + TOKEN + "Content-Length: " + body.length() + "\r\n\r\nuser");
        assertAlive();
        login.more(body.substring(4));
        assertThat(login.status()).isEqualTo(204);

        String question = "{\"type\":\"version\"}";
        RawHttp jolokia = open(
                "POST",
                "/hawtio/jolokia",
                ADMIN + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(question.length()) + "\r\n{");
        assertAlive();
        jolokia.more(question.substring(1) + "\r\n0\r\n\r\n");
        assertThat(jolokia.status()).isEqualTo(200);
    }

    @Test
    void aFormThatIsNoneIsRefusedAndHarmsNobody() throws IOException {
        String keys = "a&".repeat(2_000);
        assertThat(open("POST", "/login", FORM + TOKEN + "Content-Length: " + keys.length() + "\r\n\r\n" + keys)
                        .status())
                .isBetween(400, 499);
        assertThat(open("POST", "/login", FORM + TOKEN + "Content-Length: 6\r\n\r\n%zz=%f")
                        .status())
                .isBetween(400, 499);
        assertAlive();
    }
}
