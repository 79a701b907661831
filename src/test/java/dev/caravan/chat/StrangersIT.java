package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.CaravanProcess;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small node serves others while anonymous clients flood its chat, and stops when it is asked to. */
@Timeout(300)
class StrangersIT {
    private static final int SESSIONS = 400;
    private static final byte[] PINGS = new byte[60_000];

    static {
        for (int i = 0; i < PINGS.length; i += 6) {
            PINGS[i] = (byte) 0x89;
            PINGS[i + 1] = (byte) 0x80;
        }
    }

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void servesOthersWhileAnonymousClientsPostAndPing() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (CaravanProcess node = CaravanProcess.start()) {
            AtomicBoolean over = new AtomicBoolean();
            Thread pings = new Thread(() -> ping(node.http(), over));
            pings.start();
            for (int i = 0; i < SESSIONS; i++) {
                sockets.add(post(node.http(), i));
                if (i % 20 == 0) {
                    assertAlive(node.http());
                }
            }
            for (int i = 0; i < 20; i++) {
                assertAlive(node.http());
                TimeUnit.MILLISECONDS.timedJoin(pings, 100);
            }
            over.set(true);
            pings.join();
            assertThat(node.terminate()).isEqualTo(143);
            assertThat(node.output()).doesNotContain("OutOfMemoryError", "incomplete");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private void assertAlive(URI node) throws Exception {
        HttpRequest liveness = HttpRequest.newBuilder(node.resolve("/actuator/health/liveness"))
                .timeout(Duration.ofSeconds(20))
                .build();
        assertThat(http.send(liveness, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
    }

    /** A session that says CONNECT, and then all but the last byte of a megabyte. */
    private Socket post(URI node, int number) throws IOException {
        Socket socket = new Socket(node.getHost(), node.getPort());
        socket.setSoTimeout(20_000);
        String session = "/ws/chat/0/stranger-" + number;
        say(socket, session + "/xhr", "");
        say(socket, session + "/xhr_send", "[\"CONNECT\\naccept-version:1.2\\n\\n\\u0000\"]");
        say(socket, session + "/xhr", "");
        try {
            socket.getOutputStream()
                    .write((head(session + "/xhr_send", 1_000_000) + "[\"" + "x".repeat(999_997))
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // Refused before all of it was sent.
        }
        return socket;
    }

    private static String head(String path, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static void say(Socket socket, String path, String body) throws IOException {
        socket.getOutputStream().write((head(path, body.length()) + body).getBytes(StandardCharsets.US_ASCII));
        byte[] buffer = new byte[4096];
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().matches("(?s)HTTP/1.1 204.*\r\n\r\n|.*\r\n0\r\n\r\n|.*\r\n\r\n.+\n")) {
            int count = socket.getInputStream().read(buffer);
            if (count < 0) {
                return;
            }
            answer.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
        }
    }

    /** One connection after the other that sends as many PINGs as it can, and reads nothing. */
    private static void ping(URI node, AtomicBoolean over) {
        while (!over.get()) {
            try (Socket socket = new Socket(node.getHost(), node.getPort())) {
                socket.getOutputStream()
                        .write(("GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                                        + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                while (!over.get()) {
                    socket.getOutputStream().write(PINGS);
                }
            } catch (IOException e) {
                // Closed by the node: once more.
            }
        }
    }
}
