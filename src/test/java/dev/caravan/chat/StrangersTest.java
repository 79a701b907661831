package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What somebody who has not said who that is, or says nothing of sense, can do to a node. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class StrangersTest {
    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    @Test
    void refusesMalformedHandshakesAndLogsNothing(CapturedOutput output) throws Exception {
        String good = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        String get = "GET /ws/chat HTTP/1.1\r\n";
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
        assertThat(output).doesNotContain("WARN", "ERROR", "incomplete");
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
