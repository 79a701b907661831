package dev.caravan.component.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.websocket.jetty.JettyServer;
import dev.caravan.component.websocket.sockjs.SockJs;
import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;

/** The component on a real Jetty: its events, targets, limits, and a route that is replaced. */
@PartTest({
    "camel.component.websocket-jetty.takeover-timeout=500",
    "camel.component.websocket-jetty.max-connections-per-address=12"
})
class WebSocketTest {
    private static final Queue<String> EVENTS = new ConcurrentLinkedQueue<>();
    private static final String ROOM = "websocket-jetty:/ws/room?subprotocols=v2,v1&maxTextMessageSize=1000"
            + "&maxQueuedBytes=2000000&allowedOrigins=http://friend.example";

    @Autowired
    CamelContext camel;

    @Autowired
    ProducerTemplate template;

    @Autowired
    WebSocketPaths paths;

    @Autowired
    ApplicationContext application;

    @LocalServerPort
    int port;

    private final Queue<WebSocket> opened = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> handshakes = new ConcurrentLinkedQueue<>();

    @AfterEach
    void closeAll() throws Exception {
        opened.forEach(WebSocket::abort);
        for (Socket socket : handshakes) {
            socket.close();
        }
        camel.getRouteController().startRoute("room");
        await().until(() -> paths.count("127.0.0.1") == 0
                && paths.path("/ws/room").connections().isEmpty());
        EVENTS.clear();
    }

    @Test
    void handsOverEachEventOnceAndInOrder() throws Exception {
        Client client = connect();
        client.socket.sendText("hello", true).get(30, TimeUnit.SECONDS);
        client.socket.sendClose(4001, "bye").get(30, TimeUnit.SECONDS);
        await().untilAsserted(
                        () -> assertThat(EVENTS).containsExactly("open null", "message hello", "close null 4001 bye"));
    }

    @Test
    void keepsTheOrderOfMessagesThatARouteWorksAsynchronously() throws Exception {
        Client client = connect();
        List<String> sent = IntStream.range(0, 300).mapToObj(i -> "echo " + i).toList();
        for (String message : sent) {
            client.socket.sendText(message, true).get(30, TimeUnit.SECONDS);
        }
        await().untilAsserted(() -> assertThat(client.got).containsExactlyElementsOf(sent));
    }

    @Test
    void aSlowStepHoldsNobodyElse() throws Exception {
        Client slow = connect();
        Client quick = connect();
        slow.socket.sendText("slow", true).get(30, TimeUnit.SECONDS);
        slow.socket.sendText("after it", true).get(30, TimeUnit.SECONDS);
        await().until(() -> EVENTS.contains("message slow"));
        quick.socket.sendText("echo", true).get(30, TimeUnit.SECONDS);
        await().until(() -> quick.got.contains("echo"));
        assertThat(EVENTS).doesNotContain("message after it");
    }

    @Test
    void sendsToManyAndToAllButNeverByHeader() throws Exception {
        Client one = connect();
        Client two = connect();
        await().until(() -> paths.path("/ws/room").connections().size() == 2);
        List<String> keys = paths.path("/ws/room").connections().stream()
                .map(Connection::key)
                .toList();
        ByteBuffer shared = ByteBuffer.wrap("shared".getBytes(StandardCharsets.UTF_8));
        template.send(ROOM, e -> {
            e.getMessage().setBody(shared);
            e.setProperty("websocket.connectionKeys", List.of(keys.get(0), keys.get(1), "nobody"));
        });
        template.send(ROOM, e -> {
            e.getMessage().setBody(new byte[] {1, 2});
            e.setProperty("websocket.sendToAll", true);
        });
        await().untilAsserted(() -> {
            assertThat(one.got).containsExactly("shared", "binary 2");
            assertThat(two.got).containsExactly("shared", "binary 2");
        });
        Exception failure = template.send(ROOM, e -> {
                    e.getMessage().setBody("no");
                    e.getMessage().setHeader("websocket.sendToAll", true);
                    e.getMessage().setHeader("websocket.connectionKey", keys.get(0));
                })
                .getException();
        assertThat(failure).hasMessageContaining("No receiver");
    }

    @Test
    void sendsTheMessagesOfACollectionInOrderAndInOneWrite() throws Exception {
        Socket socket = handshake("").socket();
        readHeaders(socket);
        await().until(() -> paths.path("/ws/room").connections().size() == 1);
        List<Object> messages = List.of(
                "a",
                new byte[] {1, 2},
                ByteBuffer.wrap("é".getBytes(StandardCharsets.UTF_8)),
                "b".repeat(126),
                "",
                "c".repeat(70_000));
        // The thread waits to read before the write, so that it would see the first of several.
        byte[] got = new byte[100_000];
        FutureTask<Integer> reading =
                new FutureTask<>(() -> socket.getInputStream().read(got));
        Thread reader = new Thread(reading);
        reader.start();
        await().until(() -> Stream.of(reader.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().contains("park")
                        || frame.getMethodName().contains("poll")));
        template.send(ROOM, e -> {
            e.getMessage().setBody(messages.subList(0, 5));
            e.setProperty("websocket.sendToAll", true);
        });
        byte[] expected =
                bytes(0x81, 1, 'a', 0x82, 2, 1, 2, 0x81, 2, 0xC3, 0xA9, 0x81, 126, 0, 126, "b".repeat(126), 0x81, 0);
        assertThat(reading.get(30, TimeUnit.SECONDS)).isEqualTo(expected.length);
        assertThat(Arrays.copyOf(got, expected.length)).isEqualTo(expected);
        template.send(ROOM, e -> {
            e.getMessage().setBody(messages);
            e.setProperty("websocket.sendToAll", true);
        });
        byte[] more = bytes(
                0x81,
                1,
                'a',
                0x82,
                2,
                1,
                2,
                0x81,
                2,
                0xC3,
                0xA9,
                0x81,
                126,
                0,
                126,
                "b".repeat(126),
                0x81,
                0,
                0x81,
                127,
                0,
                0,
                0,
                0,
                0,
                1,
                0x11,
                0x70,
                "c".repeat(70_000));
        assertThat(socket.getInputStream().readNBytes(more.length)).isEqualTo(more);
    }

    private static byte[] bytes(Object... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof String text) {
                bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            } else {
                bytes.write(part instanceof Character c ? c : (Integer) part);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void sendsTheValuesOfAMapToItsKeys() throws Exception {
        Client one = connect();
        Client two = connect();
        await().until(() -> paths.path("/ws/room").connections().size() == 2);
        // Each gets its key.
        template.sendBody(
                ROOM,
                paths.path("/ws/room").connections().stream()
                        .collect(Collectors.toMap(Connection::key, Connection::key)));
        await().until(() -> one.got.size() == 1 && two.got.size() == 1);
        List<String> keys = List.of(one.got.remove(), two.got.remove());
        Map<Object, Object> messages = new LinkedHashMap<>();
        messages.put(keys, List.of("to both", new byte[] {1}));
        messages.put(keys.get(0), "to one");
        messages.put("nobody", "lost");
        template.send(ROOM, e -> {
            e.getMessage().setBody(messages);
            e.setProperty("websocket.close", 4000);
        });
        await().untilAsserted(() -> {
            assertThat(one.got).containsExactly("to both", "binary 1", "to one", "closed 4000");
            assertThat(two.got).containsExactly("to both", "binary 1", "closed 4000");
        });
    }

    @Test
    void aContextThatOnlyTriesARouteOutDisturbsNothing() throws Exception {
        Client client = connect();
        try (DefaultCamelContext trial = new DefaultCamelContext()) {
            trial.setAutoStartup(false);
            trial.addComponent("websocket-jetty", application.getBean("websocket-jetty", WebSocketComponent.class));
            trial.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(ROOM).to("websocket-jetty:/ws/room?sendToAll=true");
                }
            });
            trial.init();
        }
        client.socket.sendText("echo still here", true).get(30, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(client.got).containsExactly("echo still here"));
        assertThat(application.getBean(WebSocketComponent.class).getTakeoverTimeout())
                .isEqualTo(500);
    }

    @Test
    void choosesTheSubprotocolThatTheServerPrefers() throws Exception {
        assertThat(connect("v1", "v2").socket.getSubprotocol()).isEqualTo("v2");
        assertThat(connect().socket.getSubprotocol()).isEmpty();
        assertThatThrownBy(() -> connect("v9")).hasMessageContaining("WebSocketHandshake");
    }

    @Test
    void rejectsForeignOrigins() throws Exception {
        assertThat(handshake("Origin: http://evil.example\r\n").status()).contains("403");
        assertThat(handshake("Origin: http://friend.example\r\n").status()).contains("101");
        assertThat(handshake("Origin: http://127.0.0.1:" + port + "\r\n").status())
                .contains("101");
        assertThat(handshake("").status()).contains("101");
    }

    @Test
    void asksForAnUpgrade() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ws/room"))
                                .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==") // a proxy dropped the rest
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(426);
        assertThat(answer.headers().firstValue("Upgrade")).contains("websocket");
    }

    @Test
    void closesWithItsCodeAConnectionThatSendsTooMuch() throws Exception {
        Client client = connect();
        client.socket.sendText("x".repeat(2000), true).get(30, TimeUnit.SECONDS);
        await().until(() -> client.got.contains("closed 1009"));
    }

    @Test
    void rejectsMoreConnectionsThanAllowedFromOneAddress() throws Exception {
        for (int i = 0; i < 12; i++) {
            connect();
        }
        await().until(() -> paths.count("127.0.0.1") == 12);
        assertThat(handshake("").status()).contains("429");
    }

    @Test
    void cutsAPeerThatStopsReadingAndServesTheOthers() throws Exception {
        Client reader = connect();
        try (Socket stuck = handshake("").socket()) {
            await().until(() -> paths.path("/ws/room").connections().size() == 2);
            String big = "y".repeat(100_000);
            for (int i = 1; i <= 200; i++) {
                int sent = i;
                template.send(ROOM, e -> {
                    e.getMessage().setBody(big);
                    e.setProperty("websocket.sendToAll", true);
                });
                await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> reader.got.size() == sent);
            }
            await().until(() -> EVENTS.contains("close null 1006 queued-bytes"));
            assertThat(stuck.isClosed()).isFalse();
        }
        assertThat(reader.got).hasSize(200);
    }

    @Test
    void answers503WhileTheRouteIsStoppedAndClosesItsConnections() throws Exception {
        Client client = connect();
        camel.getRouteController().stopRoute("room");
        Handshake refused = handshake("");
        assertThat(refused.status()).contains("503");
        await().until(() -> client.got.contains("closed 1001"));
        camel.getRouteController().startRoute("room");
        assertThat(handshake("").status()).contains("101");
    }

    @Test
    void aConnectionOutlivesTheConsumerThatIsReplaced() throws Exception {
        Client client = connect();
        await().until(() -> EVENTS.contains("open null"));
        camel.getRouteController().suspendRoute("room");
        client.socket.sendText("echo waits", true).get(30, TimeUnit.SECONDS);
        Client late = connect();
        late.socket.sendText("echo waits too", true).get(30, TimeUnit.SECONDS);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(ROOM)
                        .routeId("successor")
                        .filter(header("websocket.event").isEqualTo("message"))
                        .setBody(simple("new ${body}"))
                        .to(ROOM);
            }
        });
        try {
            await().untilAsserted(() -> assertThat(client.got).containsExactly("new echo waits"));
            await().untilAsserted(() -> assertThat(late.got).containsExactly("new echo waits too"));
            await().during(700, TimeUnit.MILLISECONDS).until(() -> !client.got.contains("closed 1001"));
        } finally {
            camel.getRouteController().stopRoute("successor");
            camel.removeRoute("successor");
            camel.getRouteController().resumeRoute("room");
        }
    }

    private Set<Connection> connections() {
        return Set.copyOf(paths.path("/ws/room").connections());
    }

    /** The client may know of a connection before the server has opened it: then its events would come in the next test. */
    private void awaitOneMoreThan(Set<Connection> before) {
        await().until(() -> !before.containsAll(connections()));
    }

    private Client connect(String... subprotocols) throws Exception {
        Set<Connection> before = connections();
        Client client = new Client();
        WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
        if (subprotocols.length > 0) {
            builder.subprotocols(subprotocols[0], Arrays.copyOfRange(subprotocols, 1, subprotocols.length));
        }
        client.socket = builder.buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws/room"), client)
                .get(10, TimeUnit.SECONDS);
        opened.add(client.socket);
        awaitOneMoreThan(before);
        return client;
    }

    private record Handshake(String status, Socket socket) {}

    /** A handshake by hand; the socket is not read any further. */
    private Handshake handshake(String headers) throws IOException {
        Set<Connection> before = connections();
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(("GET /ws/room HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        handshakes.add(socket);
        if (status.endsWith("101")) {
            awaitOneMoreThan(before);
        }
        return new Handshake(status, socket);
    }

    private static void readHeaders(Socket socket) throws IOException {
        StringBuilder headers = new StringBuilder();
        while (!headers.toString().endsWith("\r\n\r\n")) {
            headers.append((char) socket.getInputStream().read());
        }
    }

    private static final class Client implements WebSocket.Listener {
        private final Queue<String> got = new ConcurrentLinkedQueue<>();
        private final StringBuilder text = new StringBuilder();
        private WebSocket socket;

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                got.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            got.add("binary " + data.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            got.add("closed " + code);
            return null;
        }
    }

    @SpringBootConfiguration
    @PartsAlone
    @Import({WebSocketConfiguration.class, JettyServer.class, SockJs.class})
    static class Node {
        @org.springframework.context.annotation.Bean
        RouteBuilder room() {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from(ROOM)
                            .routeId("room")
                            .process(e -> EVENTS.add((e.getMessage().getHeader("websocket.event") + " "
                                            + e.getMessage().getBody() + " "
                                            + e.getMessage().getHeader("websocket.closeCode", "", String.class) + " "
                                            + e.getMessage().getHeader("websocket.closeReason", "", String.class))
                                    .trim()))
                            .filter(simple("${body} startsWith 'slow'"))
                            .delay(2_000)
                            .end()
                            .end()
                            .filter(simple("${body} startsWith 'echo'"))
                            .delay(simple("${random(0,5)}"))
                            .asyncDelayed()
                            .to(ROOM);
                }
            };
        }
    }
}
