package dev.caravan.component.websocket.sockjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.websocket.WebSocketConfiguration;
import dev.caravan.component.websocket.WebSocketPaths;
import dev.caravan.component.websocket.jetty.JettyServer;
import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Each transport of SockJS, byte by byte, on a real Jetty. */
@PartTest({
    "camel.component.websocket-jetty.max-posted-bytes=2097152",
    "camel.component.websocket-jetty.post-timeout=3000"
})
class SockJsTest {
    private static final Queue<String> EVENTS = new ConcurrentLinkedQueue<>();
    private static final String ROOM = "websocket-jetty:/ws/talk?maxTextMessageSize=1000&maxQueuedBytes=2000000";

    @Autowired
    ProducerTemplate template;

    @Autowired
    CamelContext camel;

    @Autowired
    WebSocketPaths paths;

    @Autowired
    MeterRegistry meters;

    @LocalServerPort
    int port;

    private final HttpClient http = HttpClient.newHttpClient();
    private String session = "/000/" + UUID.randomUUID().toString().replace("-", "");
    private boolean polls;

    @AfterEach
    void allAreGone() throws Exception {
        paths.path("/ws/talk").close("The test is over.");
        if (polls && !paths.path("/ws/talk").connections().isEmpty()) {
            takeTheLastWord(address("/xhr"));
        }
        // Until their last events are worked, too.
        await().until(() -> paths.path("/ws/talk").connections().isEmpty());
        EVENTS.clear();
    }

    @Test
    void describesItself() throws Exception {
        HttpResponse<String> info = get("/info");
        assertThat(info.body()).contains("\"websocket\":true", "\"entropy\":", "\"cookie_needed\":false");
        assertThat(info.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
        for (String path : List.of("", "/")) { // SockJS 0.3.3, greeting url
            assertThat(get(path).body()).isEqualTo("Welcome to SockJS!\n");
            assertThat(get(path).headers().firstValue("Content-Type").orElse(""))
                    .isEqualToIgnoringCase("text/plain;charset=UTF-8");
        }
        assertThat(get("/a.b/c/xhr").statusCode()).isEqualTo(404);
        assertThat(get("/000/111/jsonp").statusCode()).isEqualTo(404);
        assertThat(get("/000/111/xhr").statusCode()).isEqualTo(405);
    }

    @Test
    void polls() throws Exception {
        assertThat(post("/xhr", "").body()).isEqualTo("o\n");
        CompletableFuture<HttpResponse<String>> poll = postAsync("/xhr", "");
        assertThat(post("/xhr_send", "[\"echo one\",\"echo \\u00fctwo\"]").statusCode())
                .isEqualTo(204);
        assertThat(poll.get(30, TimeUnit.SECONDS).body()).startsWith("a[\"echo one\"");
        assertThat(post("/xhr_send", "[\"echo \\\"three\\\"\\n\"]").statusCode())
                .isEqualTo(204);
        // What one poll has not brought, the next one does.
        await().until(() -> post("/xhr", "").body().contains("\"echo \\\"three\\\"\\u000a\"]\n"));
        assertThat(EVENTS)
                .containsExactly("open null", "message echo one", "message echo ütwo", "message echo \"three\"");
    }

    @Test
    void letsOnlyOneRequestWaitForMessages() throws Exception {
        post("/xhr", "");
        List<CompletableFuture<HttpResponse<String>>> polls = List.of(postAsync("/xhr", ""), postAsync("/xhr", ""));
        await().until(() -> polls.stream().anyMatch(CompletableFuture::isDone));
        post("/xhr_send", "[\"echo\"]");
        await().until(() -> polls.stream().allMatch(CompletableFuture::isDone));
        assertThat(polls)
                .extracting(poll -> poll.join().body())
                .containsExactlyInAnyOrder("c[2010,\"Another connection still open\"]\n", "a[\"echo\"]\n");
    }

    @Test
    void keepsOrderAndHoldsBackWhoSendsTooFast() throws Exception {
        post("/xhr", "");
        // As many as are read ahead, and more.
        CompletableFuture<HttpResponse<String>> slow = postAsync("/xhr_send", "[\"slow\"" + ",\"a\"".repeat(20) + "]");
        await().until(() -> EVENTS.contains("message slow"));
        CompletableFuture<HttpResponse<String>> next = postAsync("/xhr_send", "[\"b\"]");
        assertThat(slow).isNotDone();
        assertThat(slow.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
        assertThat(next.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
        await().until(() -> EVENTS.contains("message b"));
        assertThat(EVENTS)
                .startsWith("open null", "message slow", "message a")
                .endsWith("message a", "message b")
                .hasSize(23);
    }

    @Test
    void takesAsManyMessagesAtOnceAsALimitOfBytesLets() throws Exception {
        post("/xhr", "");
        keepPolling(); // else the session is gone after five seconds
        assertThat(post("/xhr_send", "[\"a\"" + ",\"a\"".repeat(49_999) + "]").statusCode())
                .isEqualTo(204);
        await().until(() -> Collections.frequency(EVENTS, "message a") == 50_000);
        Client client = connect("/000/many/websocket");
        client.socket.sendText("[\"a\"" + ",\"a\"".repeat(399) + "]", true).get(30, TimeUnit.SECONDS);
        await().until(() -> Collections.frequency(EVENTS, "message a") == 50_400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xhr_streaming", "eventsource"})
    void streams(String transport) throws Exception {
        boolean events = transport.equals("eventsource");
        HttpRequest.Builder request = request("/" + transport);
        if (!events) {
            request.POST(HttpRequest.BodyPublishers.noBody());
        }
        HttpResponse<Stream<String>> stream = http.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(stream.headers().firstValue("Content-Type").orElse(""))
                .startsWith(events ? "text/event-stream" : "application/javascript");
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        Thread reader =
                new Thread(() -> stream.body().filter(line -> !line.isEmpty()).forEach(lines::add));
        reader.start();
        String before = events ? "data: " : "";
        await().until(() -> lines.contains(before + "o"));
        if (!events) {
            assertThat(lines.remove()).isEqualTo("h".repeat(2048));
        }
        post("/xhr_send", "[\"echo one\"]");
        await().until(() -> lines.contains(before + "a[\"echo one\"]"));
        post("/xhr_send", "[\"bye\"]");
        await().until(() -> lines.contains(before + "c[4000,\"said so\"]"));
        reader.join(5_000);
        assertThat(lines).containsExactly(before + "o", before + "a[\"echo one\"]", before + "c[4000,\"said so\"]");
        await().until(() -> EVENTS.contains("close null 4000 said so"));
        assertThat(post("/xhr_streaming", "").body()).contains("c[4000,\"said so\"]");
    }

    @Test
    void asksTheClientToComeAgainWhenAResponseIsLong() throws Exception {
        CompletableFuture<HttpResponse<String>> stream = postAsync("/xhr_streaming", "");
        await().until(() -> EVENTS.contains("open null"));
        for (int i = 0; i < 5; i++) {
            sendToAll("x".repeat(40_000));
        }
        assertThat(stream.get(30, TimeUnit.SECONDS).body().length()).isBetween(128 * 1024, 250_000);
    }

    @Test
    void sendsSockJsFramesInWebSocketFrames() throws Exception {
        Client client = connect(session + "/websocket");
        client.socket.sendText("[\"echo one\",\"echo two\"]", true).get(30, TimeUnit.SECONDS);
        client.socket.sendText("\"echo three\"", true).get(30, TimeUnit.SECONDS);
        await().untilAsserted(() ->
                assertThat(client.got).containsExactly("o", "a[\"echo one\"]", "a[\"echo two\"]", "a[\"echo three\"]"));
        client.socket.sendText("[\"bye\"]", true);
        await().until(() -> client.got.contains("c[4000,\"said so\"]") && client.got.contains("closed 4000"));
        Client broken = connect("/000/broken/websocket");
        broken.socket.sendText("[\"", true);
        await().until(() -> broken.got.contains("closed 1007"));
    }

    @Test
    void sendsPlainWebSocketFrames() throws Exception {
        Client client = connect("/websocket");
        client.socket.sendText("echo raw", true).get(30, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(client.got).containsExactly("echo raw"));
    }

    @Test
    void rejectsForeignOriginsOnEveryTransport() throws Exception {
        for (String below :
                List.of("/info", session + "/xhr", session + "/xhr_streaming", session + "/eventsource", "/")) {
            for (String method : List.of("GET", "POST", "OPTIONS")) {
                assertThat(origin(below, method, "http://evil.example").statusCode())
                        .as(method + " " + below)
                        .isEqualTo(403);
            }
        }
        assertThat(post("/xhr", "").statusCode()).isEqualTo(200);
        assertThat(origin(session + "/xhr_send", "POST", "http://evil.example").statusCode())
                .isEqualTo(403);
        HttpResponse<String> own = origin("/info", "GET", "http://127.0.0.1:" + port);
        assertThat(own.statusCode()).isEqualTo(200);
        assertThat(own.headers().firstValue("Access-Control-Allow-Origin")).contains("http://127.0.0.1:" + port);
        await().until(() -> List.copyOf(EVENTS).equals(List.of("open null")));
    }

    @ParameterizedTest
    @CsvSource({"/info, GET", "/000/p/xhr, POST", "/000/p/xhr_streaming, POST", "/000/p/xhr_send, POST"})
    void aPreflightMayBeCachedForLong(String below, String method) throws Exception {
        HttpResponse<String> preflight = origin(below, "OPTIONS", "http://127.0.0.1:" + port);

        assertThat(preflight.statusCode()).isEqualTo(204);
        // SockJS 0.3.3, verify_options
        Function<String, String> header =
                name -> preflight.headers().firstValue(name).orElse("");
        assertThat(header.apply("Cache-Control")).contains("public").containsPattern("max-age=[1-9][0-9]{6}");
        assertThat(header.apply("Expires")).isNotEmpty();
        assertThat(Integer.parseInt(header.apply("Access-Control-Max-Age"))).isGreaterThan(1_000_000);
        assertThat(header.apply("Access-Control-Allow-Methods")).isEqualTo("OPTIONS, " + method);
        assertThat(header.apply("Access-Control-Allow-Origin")).isEqualTo("http://127.0.0.1:" + port);
    }

    /** All three at once: a session is kept for five seconds. */
    @Test
    void noticesThatARequestForMessagesWasAbortedAndLosesNone() throws Exception {
        List<String> transports = List.of("xhr", "xhr_streaming", "eventsource");
        for (String transport : transports) {
            session = "/000/" + transport + "-is-aborted";
            post("/xhr", "");
            abort(transport);

            sendToAll("meanwhile");
            assertThat(post("/xhr", "").body()).as(transport).isEqualTo("a[\"meanwhile\"]\n");
            abort(transport);
        }
        await().until(() ->
                Collections.frequency(EVENTS, "close null 1006 The client has stopped polling.") == transports.size());
    }

    /** The end of what a client sends is all that the server sees of one that is gone; here it can be seen to see it. */
    private void abort(String transport) throws IOException {
        try (Socket socket = ask(transport)) {
            socket.shutdownOutput();
            assertThat(answer(socket)).startsWith("HTTP/1.1 200 OK");
        }
    }

    @Test
    void aRequestThatComesWhileAnotherWaitsForMessagesIsAnsweredAfterIt() throws Exception {
        try (Socket socket = ask("xhr_streaming")) {
            await().until(() -> EVENTS.contains("open null"));
            socket.getOutputStream()
                    .write("GET /ws/talk/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            post("/xhr_send", "[\"echo one\"]");
            post("/xhr_send", "[\"bye\"]");
            assertThat(answer(socket)).containsSubsequence("a[\"echo one\"]", "c[4000,", "Welcome to SockJS!");
        }
    }

    /** Asks for messages. */
    private Socket ask(String transport) throws IOException {
        polls = true;
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(((transport.equals("eventsource") ? "GET" : "POST") + " /ws/talk" + session + "/" + transport
                                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void closesASessionThatSendsTooMuch() throws Exception {
        post("/xhr", "");
        post("/xhr_send", "[\"" + "x".repeat(1001) + "\"]");
        assertThat(post("/xhr", "").body()).startsWith("c[1009,");
        assertThat(EVENTS).doesNotContain("message " + "x".repeat(1001));
    }

    @Test
    void answersWhatIsBroken() throws Exception {
        assertThat(post("/xhr_send", "[\"a\"]").statusCode()).isEqualTo(404);
        post("/xhr", "");
        assertThat(post("/xhr_send", "").body()).isEqualTo("Payload expected.");
        assertThat(post("/xhr_send", "[\"x").body()).isEqualTo("Broken JSON encoding.");
        assertThat(post("/xhr_send", "[null]").statusCode()).isEqualTo(500);
        assertThat(post("/xhr_send", "[\"a\"] \"b\"").statusCode()).isEqualTo(500);
        assertThat(post("/xhr_send", "{\"a\":\"b\"}").statusCode()).isEqualTo(500);
        assertThat(post("/xhr_send", "[\"a\",[\"b\"]]").statusCode()).isEqualTo(500);
        assertThat(post("/xhr_send", "[\"\\q\"]").statusCode()).isEqualTo(500);
    }

    @Test
    void closesASessionForWhichNobodyAsks() throws Exception {
        post("/xhr", "");
        await().until(() -> EVENTS.contains("close null 1006 The client has stopped polling."));
    }

    @Test
    void cutsAReaderThatIsStuckAndServesTheOthers() throws Exception {
        Client reader = connect("/websocket");
        try (Socket stuck = new Socket("127.0.0.1", port)) {
            stuck.getOutputStream()
                    .write(("POST /ws/talk/000/stuck/xhr_streaming HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                    + "Content-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> paths.count() == 2);
            String big = "y".repeat(100_000);
            Duration slowest = Duration.ZERO;
            for (int i = 1; i <= 100; i++) {
                int sent = i;
                long start = System.nanoTime();
                sendToAll(big);
                await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> reader.got.size() == sent);
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                slowest = took.compareTo(slowest) > 0 ? took : slowest;
            }
            await().until(() -> EVENTS.contains("close null 1006 queued-bytes"));
            assertThat(slowest).isLessThan(Duration.ofSeconds(2));
        }
        assertThat(reader.got).hasSize(100);
    }

    @Test
    void answers503WhileTheRouteIsStopped() throws Exception {
        camel.getRouteController().stopRoute("talk");
        try {
            HttpResponse<String> refused = get("/info");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(post("/xhr", "").statusCode()).isEqualTo(503);
        } finally {
            camel.getRouteController().startRoute("talk");
        }
    }

    @Test
    void forgetsWhoIsGoneBeforeTheHandshakeIsDone() throws Exception {
        byte[] upgrade = ("GET /ws/talk/0/gone/websocket HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int j = 0; j < 1000; j++) {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        socket.setSoLinger(true, 0); // a reset
                        socket.getOutputStream().write(upgrade);
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(2_000_000));
                    } catch (IOException e) {
                        // The server was quicker.
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        await().untilAsserted(() -> {
            assertThat(paths.count()).isZero();
            assertThat(paths.count("127.0.0.1")).isZero();
            assertThat(paths.path("/ws/talk").connections()).isEmpty();
        });
        assertThat(Collections.frequency(EVENTS, "open null")).isEqualTo((int)
                EVENTS.stream().filter(event -> event.startsWith("close ")).count());
    }

    /** Begins to post something; what is missing may follow. */
    private Socket begin(String path, int length, String body) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(("POST " + path + "/xhr_send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length
                                + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Bytes that the node keeps of what is posted. */
    private int posted() {
        return (int) meters.get("caravan.websocket.posted").gauge().value();
    }

    private static String answer(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        try {
            for (int next = socket.getInputStream().read();
                    next >= 0;
                    next = socket.getInputStream().read()) {
                answer.append((char) next);
            }
        } catch (IOException e) {
            answer.append(e);
        }
        return answer.toString();
    }

    @Test
    void whatDoesNotArriveInTimeIsAnswered408AndNeverTaken() throws Exception {
        post("/xhr", "");
        CompletableFuture<HttpResponse<String>> stream = postAsync("/xhr_streaming", "");
        try (Socket socket = begin("/ws/talk" + session, 10, "[\"echo 1\"")) {
            assertThat(answer(socket)).startsWith("HTTP/1.1 408 ").contains("Connection: close");
        }
        await().untilAsserted(() -> assertThat(EVENTS).containsExactly("open null"));
        assertThat(posted()).isZero();
        assertThat(stream).isNotDone();
        assertThat(post("/xhr_send", "[\"echo\"]").statusCode()).isEqualTo(204);
    }

    @Test
    void whatBreaksOffIsAnswered400AndNeverTaken() throws Exception {
        post("/xhr", "");
        try (Socket socket = begin("/ws/talk" + session, 10, "[\"echo 1\"")) {
            socket.shutdownOutput();
            assertThat(answer(socket)).startsWith("HTTP/1.1 400 ").contains("Connection: close");
        }
        await().untilAsserted(() -> assertThat(EVENTS).containsExactly("open null"));
        assertThat(posted()).isZero();
    }

    @Test
    void keepsNoMoreOfWhatIsPostedFromAnAddressThanMayBe() throws Exception {
        post("/xhr", "");
        String large = "[\"" + "x".repeat(300_000);
        try (Socket socket = begin("/ws/talk" + session, 400_000, large)) {
            await().until(() -> posted() == 512 * 1024);
            HttpResponse<String> refused = post("/xhr_send", "[\"echo" + "x".repeat(3000) + "\"]");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(post("/xhr_send", "[\"echo\"]").statusCode())
                    .as("small ones pass")
                    .isEqualTo(204);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        }
        await().until(() -> posted() == 0);
        assertThat(post("/xhr_send", "[\"echo\"]").statusCode()).isEqualTo(204);
    }

    @Test
    void readsFourPostsOfASessionAtATime() throws Exception {
        post("/xhr", "");
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sockets.add(begin("/ws/talk" + session, 10, "[\""));
        }
        await().until(() -> posted() == 4 * 2048);
        assertThat(post("/xhr_send", "[\"echo\"]").statusCode()).isEqualTo(429);
        for (Socket socket : sockets) {
            socket.close();
        }
        await().until(() -> posted() == 0);
        assertThat(post("/xhr_send", "[\"echo\"]").statusCode()).isEqualTo(204);
    }

    @Test
    void limitsAnonymousClients() throws Exception {
        String below = session.replace("/000/", "/stranger/");
        for (String path : List.of("/ws/strange" + below, "/ws/strange" + below + "2")) {
            URI send = URI.create("http://127.0.0.1:" + port + path + "/xhr_send");
            URI poll = URI.create("http://127.0.0.1:" + port + path + "/xhr");
            assertThat(post(poll, "").body()).isEqualTo("o\n");
            if (path.endsWith("2")) {
                assertThat(post(send, "[\"it is me\"]").statusCode()).isEqualTo(204);
                assertThat(post(poll, "").body()).isEqualTo("a[\"it is me\"]\n");
                assertThat(post(send, "[\"echo" + "x".repeat(900) + "\"]").statusCode())
                        .isEqualTo(204);
            } else {
                assertThat(post(send, "[\"echo" + "x".repeat(900) + "\"]").statusCode())
                        .isEqualTo(413);
            }
        }
        Client stranger = connect("/ws/strange", "/websocket");
        stranger.socket.sendText("x".repeat(101), true);
        await().until(() -> stranger.got.contains("closed 1009"));
        Client friend = connect("/ws/strange", "/websocket");
        friend.socket.sendText("it is me", true);
        await().until(() -> friend.got.contains("it is me"));
        friend.socket.sendText("echo" + "x".repeat(900), true);
        await().until(() -> friend.got.contains("echo" + "x".repeat(900)));
        paths.path("/ws/strange").close("The test is over.");
        for (String number : List.of("", "2")) {
            takeTheLastWord(URI.create("http://127.0.0.1:" + port + "/ws/strange" + below + number + "/xhr"));
        }
        await().until(() -> paths.path("/ws/strange").connections().isEmpty());
    }

    @Test
    void aSessionThatIsOverIsForgottenThoughItsClientAsksOn() throws Exception {
        post("/xhr", "");
        post("/xhr_send", "[\"bye\"]");
        await().until(() -> post("/xhr", "").body().contains("c[4000"));
        await().pollInterval(500, TimeUnit.MILLISECONDS)
                .until(() -> post("/xhr", "").body().equals("o\n"));
    }

    private HttpResponse<String> post(URI to, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(to)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void sendToAll(String message) {
        template.send(
                "websocket-jetty:/ws/talk?sendToAll=true", e -> e.getMessage().setBody(message));
    }

    /** Without that, a session is kept for five seconds. */
    private void takeTheLastWord(URI poll) throws IOException, InterruptedException {
        while (post(poll, "").body().startsWith("a")) {
            continue; // what was sent before
        }
    }

    private URI address(String transport) {
        return URI.create("http://127.0.0.1:" + port + "/ws/talk" + session + transport);
    }

    private HttpRequest.Builder request(String transport) {
        polls = true;
        return HttpRequest.newBuilder(address(transport)).timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> get(String below) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ws/talk" + below))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> origin(String below, String method, String origin) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ws/talk" + below))
                        .header("Origin", origin)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String transport, String body) throws IOException, InterruptedException {
        return http.send(
                request(transport)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> postAsync(String transport, String body) {
        return http.sendAsync(
                request(transport)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** As a SockJS client does: a heartbeat ends a poll after 25 s, and the test may take longer on a busy machine. */
    private void keepPolling() {
        postAsync("/xhr", "").thenAccept(response -> {
            if (response.body().equals("h\n")) {
                keepPolling();
            }
        });
    }

    private Client connect(String below) throws Exception {
        return connect("/ws/talk", below);
    }

    private Client connect(String path, String below) throws Exception {
        Client client = new Client();
        client.socket = http.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + path + below), client)
                .get(30, TimeUnit.SECONDS);
        return client;
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
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            got.add("closed " + code);
            return null;
        }
    }

    @SpringBootConfiguration
    @PartsAlone
    @Import({WebSocketConfiguration.class, JettyServer.class, SockJs.class})
    static class Node {
        @Bean
        RouteBuilder talk() {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("websocket-jetty:/ws/strange?maxAnonymousMessageSize=100&maxTextMessageSize=1000")
                            .filter(header("websocket.event").isEqualTo("message"))
                            .process(e -> e.setProperty(
                                    "websocket.known",
                                    "it is me".equals(e.getMessage().getBody())))
                            .to("websocket-jetty:/ws/strange");
                    from(ROOM)
                            .routeId("talk")
                            .process(e -> EVENTS.add((e.getMessage().getHeader("websocket.event") + " "
                                            + e.getMessage().getBody() + " "
                                            + e.getMessage().getHeader("websocket.closeCode", "", String.class) + " "
                                            + e.getMessage().getHeader("websocket.closeReason", "", String.class))
                                    .trim()))
                            .choice()
                            .when(simple("${body} startsWith 'slow'"))
                            .delay(500)
                            .endChoice()
                            .when(simple("${body} startsWith 'echo'"))
                            .to(ROOM)
                            .when(simple("${body} == 'bye'"))
                            .setBody(constant(null))
                            .setProperty("websocket.close", constant(4000))
                            .setProperty("websocket.closeReason", constant("said so"))
                            .to(ROOM);
                }
            };
        }
    }
}
