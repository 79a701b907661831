package dev.caravan.chat;

import static dev.caravan.fixture.StompClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a client can do to a node before CONNECT, or without a valid frame. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
class StrangersTest {
    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    private final String destination = "/receive-endpoint/" + ChatNode.room();

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void closesWhoSendsManyMessagesWithoutAFrameBeforeConnect(String message) {
        assertThat(flood(NODE.open(), message, 100)).isEqualTo(1008);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "ACK\nid:1/1\n\n\0"})
    void closesWhoSendsManyMessagesThatDoNothing(String message) {
        StompClient other = NODE.connect("1.2");
        assertThat(flood(NODE.connect("1.2"), message, 6 * 5 * ChatNode.RATE)).isEqualTo(1008);
        other.settle();
    }

    @Test
    void countsEachOfManyFramesInOneMessage() {
        assertThat(flood(NODE.connect("1.2"), "ACK\nid:1/1\n\n\0".repeat(6 * ChatNode.RATE), 1))
                .isEqualTo(1008);
    }

    /** The code with which the connection is closed. */
    private static int flood(StompClient client, String message, int times) {
        try {
            for (int i = 0; i < times && client.isOpen(); i++) {
                client.raw(message);
            }
        } catch (AssertionError e) {
            // Closed while this was sent.
        }
        return client.closed();
    }

    @Test
    void takesALargeMessageOnlyAfterConnect() {
        assertThat(flood(NODE.open(), "\n".repeat(16 * 1024 + 1), 1)).isEqualTo(1009);
        NODE.connect("1.2").raw("\n".repeat(60_000)).settle();
    }

    @Test
    void readsNoMoreThanSomeKilobytesOfHeadersBeforeConnect() {
        String header = ":" + "x".repeat(8000) + "\n";
        StompClient stranger = NODE.open();
        stranger.raw("CONNECT\na" + header).raw("b" + header).raw("c" + header);
        assertThat(stranger.frame("ERROR").header("message")).contains("longer than 16384");
        assertThat(stranger.closed()).isEqualTo(1002);
        String token = "x".repeat(8000);
        NODE.connect("1.2", "token", token)
                .raw(text("SUBSCRIBE", "", "id", "1", "destination", destination, "a", token, "b", token, "c", token))
                .settle();
    }

    @Test
    void rejectsMalformedHandshakesAndLogsNothing(CapturedOutput output) throws Exception {
        String good = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        String get = "GET /ws/chat HTTP/1.1\r\n";
        int before = output.getAll().length();
        for (String malformed : List.of(
                "GET /ws/chat?x=%ff HTTP/1.1\r\n" + good,
                "GET /ws/chat?x=%zz HTTP/1.1\r\n" + good,
                "GET /ws/chat?x=% HTTP/1.1\r\n" + good,
                "GET /ws/chat?a[b]={c}|^` HTTP/1.1\r\n" + good.replace("13", "12"),
                get + good.replace("13", "12"),
                get + good.replace("Sec-WebSocket-Version: 13\r\n", ""),
                get + good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
                get + good.replace("dGhlIHNhbXBsZSBub25jZQ==", ""),
                get + good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="),
                get + good.replace("dGhlIHNhbXBsZSBub25jZQ==", "!dGhlIHNhbXBsZSBub25jZQ"),
                get + good.replace("Connection: Upgrade", "Connection: keep-alive"),
                get + good.replace("Connection: Upgrade\r\n", ""),
                get + good + "Sec-WebSocket-Extensions: \"\r\n",
                get + good + "Sec-WebSocket-Extensions: ;;=,\r\n",
                "POST /ws/chat HTTP/1.1\r\nContent-Length: 0\r\n" + good,
                "GET /ws/chat HTTP/1.0\r\n" + good)) {
            String answer = answer(malformed);
            assertThat(answer).as(malformed).contains(" 400 ", "application/problem+json");
        }
        assertThat(answer(get + good.replace("Upgrade: websocket\r\n", ""))).contains(" 426 ");
        assertThat(answer("GET /ws/chat?a[b]={c}|%2F HTTP/1.1\r\n" + good)).containsAnyOf(" 400 ", " 101 ");
        assertThat(output.getAll().substring(before)).doesNotContain("WARN", "ERROR", "incomplete");
    }

    private String answer(String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", NODE.http().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write((head + "Host: 127.0.0.1:" + NODE.http().getPort() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            StringBuilder read = new StringBuilder();
            while (read.indexOf("\r\n\r\n") < 0) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    break;
                }
                read.append((char) next);
            }
            return read.toString();
        }
    }
}
