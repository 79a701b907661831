package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.DefaultHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class JettyConnectionsTest {
    private static final int MOST = 3;
    private static final Duration HEADERS = Duration.ofSeconds(1);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final JettyConnections.Limit limit = new JettyConnections.Limit(MOST);
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        connector.addBean(limit);
        connector.addBean(new JettyHeaders.Deadline(connector, HEADERS));
        server.addConnector(connector);
        server.setHandler(new DefaultHandler(false, false));
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.stop();
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
        sockets.add(socket);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether the server has an answer on this connection, which it may close meanwhile. */
    private static boolean isAnswered(Socket socket) throws IOException {
        try {
            write(socket, REQUEST);
            return socket.getInputStream().read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isClosed(Socket socket) throws IOException {
        socket.setSoTimeout(1);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void oneAddressHasSoManyConnectionsAndANewOneWhenOneIsGone() throws Exception {
        for (int i = 0; i < MOST; i++) {
            assertThat(isAnswered(open())).isTrue();
        }
        assertThat(isAnswered(open())).isFalse();
        assertThat(isAnswered(sockets.get(0))).isTrue();

        sockets.get(1).close();
        await().until(() -> isAnswered(open()));
    }

    @Test
    void noConnectionIsCountedThatHasNoSocket() throws Exception {
        for (int i = 0; i < 300; i++) {
            Socket socket = open();
            if (i % 3 == 0) {
                write(socket, REQUEST);
            } else if (i % 3 == 1) {
                write(socket, "GET / HT");
            }
            socket.setSoLinger(true, 0); // RST
            socket.close();
        }
        await().untilAsserted(() -> assertThat(limit.count()).isZero());
        assertThat(isAnswered(open())).isTrue();
    }

    @Test
    void anIpv6NetworkCountsAsOneAddress() throws Exception {
        assertThat(ClientNetwork.of(InetAddress.getByName("2001:db8:1:2:3:4:5:6")))
                .isEqualTo(ClientNetwork.of(InetAddress.getByName("2001:db8:1:2::1")))
                .isNotEqualTo(ClientNetwork.of(InetAddress.getByName("2001:db8:1:3::1")));
        assertThat(ClientNetwork.of(InetAddress.getByName("192.0.2.1"))).isEqualTo("192.0.2.1");
    }

    @Test
    void headersThatTrickleEndAlsoAfterARequest() throws Exception {
        Socket first = open();
        Socket second = open();
        assertThat(isAnswered(second)).isTrue();
        await().pollInterval(Duration.ofMillis(100))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    for (Socket socket : List.of(first, second)) {
                        try {
                            write(socket, "X");
                        } catch (IOException e) {
                            continue; // closed
                        }
                    }
                    second.getInputStream().skip(second.getInputStream().available());
                    return isClosed(first) && isClosed(second);
                });
    }

    @Test
    void aConnectionThatWaitsForItsNextRequestStays() throws Exception {
        Socket silent = open();
        Socket quiet = open();
        assertThat(isAnswered(quiet)).isTrue();

        await().during(HEADERS.multipliedBy(3))
                .atMost(HEADERS.multipliedBy(10))
                .until(() -> connector.getConnectedEndPoints().size() == 2);
        assertThat(isAnswered(silent)).isTrue();
    }
}
