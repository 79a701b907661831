package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Requests of many lines on a real Jetty, with short times and small bounds. */
@PartTest(
        classes = LineStreamTest.Application.class,
        value = {
            "caravan.http.body-timeout=1s",
            "caravan.http.timeout=4s",
            "caravan.http.max-body=100KB",
            "caravan.http.max-buffered=300KB",
            "camel.rest.inline-routes=false",
            "server.jetty.connection-idle-timeout=5s",
            "server.jetty.threads.max=6",
            "server.jetty.threads.min=1",
            "server.jetty.threads.acceptors=1",
            "server.jetty.threads.selectors=1"
        })
class LineStreamTest {
    private static final int WINDOW = 20;
    private static final int LONGEST = 10_000;

    @LocalServerPort
    int port;

    @Autowired
    Scripted scripted;

    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeEach
    void begins() {
        scripted.responds = true;
        scripted.delayMillis = 0;
        scripted.admitted.set(Integer.MAX_VALUE);
        scripted.largeResponses = false;
    }

    @AfterEach
    void nothingIsLeft() {
        scripted.respondToAll();
        scripted.open.forEach(script -> script.stream.stop());
        await().atMost(30, SECONDS).until(() -> {
            scripted.respondToAll();
            return scripted.open.stream().allMatch(script -> script.ended == 1);
        });
        scripted.open.clear();
    }

    @Test
    void eachLineGetsItsResponseInOrder() throws Exception {
        HttpResponse<String> response = post("one\n\n two \r\n\nbad\nlast");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        assertThat(response.body().lines())
                .containsExactly(
                        "{\"line\":1,\"was\":\"one\"}",
                        "{\"line\":3,\"was\":\" two \\r\"}",
                        "{\"line\":5,\"status\":400,\"title\":\"Bad Request\",\"detail\":\"bad it is\"}",
                        "{\"line\":6,\"was\":\"last\"}");
        assertThat(response.body()).endsWith("\n");
    }

    @Test
    void manyLinesComeThroughAWindowOfFew() throws Exception {
        String body = IntStream.range(0, 20_000).mapToObj(i -> "line " + i).collect(Collectors.joining("\n"));
        List<String> lines = post(body).body().lines().toList();
        assertThat(lines).hasSize(20_000);
        assertThat(lines.get(19_999)).isEqualTo("{\"line\":20000,\"was\":\"line 19999\"}");
    }

    @Test
    void anEmptyRequestGetsAnEmptyResponse() throws Exception {
        assertThat(post("").body()).isEmpty();
        assertThat(post("\n \n").body()).isEmpty();
        HttpRequest none = request().POST(BodyPublishers.noBody()).build();
        assertThat(client.send(none, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    @Test
    void aLineThatIsTooLongDisturbsNoOther() throws Exception {
        String body = "a\n" + "x".repeat(2_000_000) + "\nb\n" + "y".repeat(LONGEST) + "\n";
        List<String> lines = post(body).body().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1))
                .isEqualTo("{\"line\":2,\"status\":413,\"title\":\"Payload Too Large\","
                        + "\"detail\":\"The line is longer than 14096 bytes.\"}");
        assertThat(lines.get(2)).isEqualTo("{\"line\":3,\"was\":\"b\"}");
        assertThat(lines.get(3)).contains("\"line\":4", "yyy");
    }

    @Test
    void responsesComeWhileTheRequestIsStillArriving() throws Exception {
        try (Lines lines = open()) {
            for (int i = 1; i <= 5; i++) {
                lines.send("line " + i + "\n");
                assertThat(lines.next()).isEqualTo("{\"line\":" + i + ",\"was\":\"line " + i + "\"}");
            }
            lines.end();
            assertThat(lines.next()).isNull();
        }
    }

    /** Slow, but alive: longer than a body or an idle connection may take. */
    @Test
    void aSlowSenderIsNotCutWhileItsLinesCome() throws Exception {
        try (Lines lines = open()) {
            for (int i = 1; i <= 11; i++) {
                lines.send("li");
                await().pollDelay(Duration.ofMillis(500)).until(() -> true);
                lines.send("ne\n");
                assertThat(lines.next()).isEqualTo("{\"line\":" + i + ",\"was\":\"line\"}");
            }
            lines.end();
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void aSenderWhoSendsNothingMoreIsToldFromWhereOnToSendAgain() throws Exception {
        try (Lines lines = open()) {
            lines.send("one\ntw");
            assertThat(lines.next()).isEqualTo("{\"line\":1,\"was\":\"one\"}");
            assertThat(lines.next())
                    .startsWith("{\"status\":408,")
                    .contains("Nothing from line 2 on was accepted: send that again.");
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void aSenderWhoIsSilentBetweenTwoLinesIsTold() throws Exception {
        try (Lines lines = open()) {
            lines.send("one\n");
            assertThat(lines.next()).isEqualTo("{\"line\":1,\"was\":\"one\"}");
            assertThat(lines.next())
                    .startsWith("{\"status\":408,")
                    .contains("Nothing from line 2 on was accepted: send that again.");
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void aLineThatTricklesInIsCut() throws Exception {
        try (Lines lines = open()) {
            lines.send("one\n");
            assertThat(lines.next()).isEqualTo("{\"line\":1,\"was\":\"one\"}");
            await().atMost(20, SECONDS).pollInterval(Duration.ofMillis(200)).until(() -> {
                lines.send("x");
                return scripted.open.get(0).ended == 1;
            });
            assertThat(lines.next())
                    .startsWith("{\"status\":408,")
                    .contains("A line did not arrive within 1000 ms. Nothing from line 2 on");
        } catch (IOException e) {
            // The connection was reset while this sent.
            assertThat(scripted.open.get(0).ended).isEqualTo(1);
        }
    }

    @Test
    void nothingMoreIsReadWhileTheWindowIsFull() throws Exception {
        scripted.responds = false;
        try (Lines lines = open()) {
            lines.send(IntStream.range(0, 100).mapToObj(i -> "line\n").collect(Collectors.joining()));
            lines.end();
            Script script = scripted.first();
            await().until(() -> script.replies.size() == WINDOW);
            await().during(Duration.ofMillis(300)).until(() -> script.replies.size() == WINDOW);
            // The second is ready, and waits for the first.
            script.reply(1);
            await().during(Duration.ofMillis(200)).until(() -> script.replies.size() == WINDOW);
            script.reply(0);
            assertThat(lines.next()).startsWith("{\"line\":1,");
            assertThat(lines.next()).startsWith("{\"line\":2,");
            await().until(() -> script.replies.size() == WINDOW + 2);
            scripted.responds = true;
            scripted.respondToAll();
            for (int i = 3; i <= 100; i++) {
                assertThat(lines.next()).startsWith("{\"line\":" + i + ",");
            }
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void bytesUnderWayAreBoundedToo() throws Exception {
        scripted.responds = false;
        try (Lines lines = open()) {
            String line = "x".repeat(9_000) + "\n";
            lines.send(line.repeat(10));
            Script script = scripted.first();
            await().until(() -> script.replies.size() == 4); // 30,000 bytes
            await().during(Duration.ofMillis(300)).until(() -> script.replies.size() == 4);
            scripted.responds = true;
            scripted.respondToAll();
            lines.end();
            assertThat(lines.rest()).hasSize(10);
        }
    }

    @Test
    void nothingMoreIsReadWhileTheClientDoesNotRead() throws Exception {
        scripted.largeResponses = true;
        try (Lines lines = open()) {
            Thread sender = new Thread(() -> {
                try {
                    lines.send("line\n".repeat(2_000));
                    lines.end();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            sender.start();
            Script script = scripted.first();
            AtomicInteger before = new AtomicInteger(-1);
            await().pollInterval(Duration.ofMillis(300))
                    .atMost(20, SECONDS)
                    .until(() -> before.getAndSet(script.lines.size()) == script.lines.size());
            assertThat(script.lines.size()).isLessThan(2_000);
            assertThat(lines.rest()).hasSize(2_000);
            sender.join();
        }
    }

    @Test
    void aClientThatNeverReadsIsDisconnected() throws Exception {
        scripted.largeResponses = true;
        try (Lines lines = open()) {
            lines.send("line\n".repeat(2_000));
            await().atMost(20, SECONDS).until(() -> scripted.first().ended == 1);
        } catch (IOException e) {
            await().atMost(20, SECONDS).until(() -> scripted.first().ended == 1);
        }
    }

    /** Its place is taken until what it has sent is done. */
    @Test
    void aClientThatGoesLeavesNothing() throws Exception {
        scripted.responds = false;
        Script script;
        try (Lines lines = open()) {
            lines.send("a\nb\nno end");
            script = scripted.first();
            await().until(() -> script.replies.size() == 2);
        }
        await().during(Duration.ofMillis(300)).until(() -> script.ended == 0);
        scripted.respondToAll();
        await().until(() -> script.ended == 1);
        assertThat(script.lines).containsExactly("a", "b");
    }

    /** As it would alone; and its place is free again. */
    @Test
    void aLineWhoseRouteDoesNotRespondGetsThatInTime() throws Exception {
        scripted.responds = false;
        try (Lines lines = open()) {
            lines.send("a\nb\n");
            lines.end();
            assertThat(lines.next())
                    .startsWith("{\"line\":1,\"status\":503,")
                    .contains("The route did not respond in time.");
            assertThat(lines.next()).startsWith("{\"line\":2,\"status\":503,");
            assertThat(lines.next()).isNull();
            await().until(() -> scripted.first().ended == 1);
        }
    }

    @Test
    void whoHasUsedUpItsLimitWaits() throws Exception {
        scripted.admitted.set(3);
        scripted.delayMillis = 50;
        try (Lines lines = open()) {
            lines.send("a\nb\nc\nd\ne\n");
            lines.end();
            Script script = scripted.first();
            await().until(() -> script.lines.size() == 3);
            await().during(Duration.ofMillis(300)).until(() -> script.lines.size() == 3);
            scripted.admitted.set(1);
            await().until(() -> script.lines.size() == 4);
            scripted.admitted.set(10);
            assertThat(lines.rest()).hasSize(5);
        }
    }

    @Test
    void aStopRespondsToWhatIsUnderWayAndSaysWhereItEnds() throws Exception {
        scripted.responds = false;
        try (Lines lines = open()) {
            lines.send("a\nb\n".repeat(WINDOW));
            Script script = scripted.first();
            await().until(() -> script.replies.size() == WINDOW);
            script.stream.stop();
            await().during(Duration.ofMillis(200)).until(() -> script.ended == 0);
            scripted.respondToAll();
            for (int i = 1; i <= WINDOW; i++) {
                assertThat(lines.next()).startsWith("{\"line\":" + i + ",");
            }
            assertThat(lines.next())
                    .isEqualTo("{\"status\":503,\"title\":\"Service Unavailable\",\"detail\":\"This node is stopping."
                            + " Nothing from line 21 on was accepted: send that again.\"}");
            assertThat(script.lines).hasSize(WINDOW);
            lines.send("unread\n".repeat(10_000));
            lines.end();
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void aRouteMayRejectTheRequestUnread() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/rejects"))
                .POST(BodyPublishers.ofString("a\nb\n"))
                .build();
        HttpResponse<String> response = client.send(post, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(response.headers().firstValue("Connection")).hasValue("close");
    }

    @Test
    void aStreamNeedsARouteThatStreams() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/mistake"))
                .POST(BodyPublishers.ofString("a\nb\n"))
                .build();
        assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(500);
        await().until(() -> scripted.first().ended == 1);
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/lines"));
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(request().POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private Lines open() throws IOException {
        return new Lines(new Socket("localhost", port));
    }

    /** A request that is sent bit by bit, in chunks, and its response. */
    private static final class Lines implements AutoCloseable {
        private final Socket socket;
        private final OutputStream out;
        private final BufferedReader in;
        private boolean head;
        /** Bytes of the body; -1 for chunks. */
        private int left = -1;

        Lines(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(20_000);
            out = socket.getOutputStream();
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            out.write("POST /lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
        }

        void send(String text) throws IOException {
            byte[] bytes = text.getBytes(UTF_8);
            out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(UTF_8));
            out.write(bytes);
            out.write("\r\n".getBytes(UTF_8));
        }

        void end() throws IOException {
            out.write("0\r\n\r\n".getBytes(UTF_8));
        }

        /** The next line of the response; null at its proper end. A response that is written at once comes with its length. */
        String next() throws IOException {
            if (!head) {
                assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
                for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                    if (line.startsWith("Content-Length: ")) {
                        left = Integer.parseInt(line.substring("Content-Length: ".length()));
                    }
                }
                head = true;
            }
            while (left != 0) {
                String line = in.readLine();
                assertThat(line).as("the last chunk").isNotNull();
                if (line.startsWith("{")) {
                    left -= left > 0 ? line.getBytes(UTF_8).length + 1 : 0;
                    return line;
                }
                left = line.equals("0") ? 0 : left;
            }
            return null;
        }

        List<String> rest() throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = next(); line != null; line = next()) {
                lines.add(line);
            }
            return lines;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** What happens to the lines of one request. */
    static final class Script implements LineStream.Handler {
        final LineStream stream;
        final List<String> lines = new CopyOnWriteArrayList<>();
        final List<LineStream.Reply> replies = new CopyOnWriteArrayList<>();
        final Queue<Integer> open = new ConcurrentLinkedQueue<>();
        volatile int ended;
        private final Scripted scripted;

        Script(Scripted scripted, AdaptiveExecutor executor) {
            this.scripted = scripted;
            this.stream = new LineStream(new LineStream.Limits(WINDOW, 30_000, LONGEST), executor, this);
        }

        @Override
        public long admit() {
            return scripted.admitted.getAndUpdate(n -> Math.max(0, n - 1)) > 0 ? 0 : scripted.delayMillis;
        }

        @Override
        public void handle(byte[] line, LineStream.Reply reply) {
            String text = new String(line, UTF_8);
            if (text.equals("bad")) {
                throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "bad it is");
            }
            lines.add(text);
            replies.add(reply);
            open.add(lines.size() - 1);
            if (scripted.responds) {
                reply(lines.size() - 1);
            }
        }

        void reply(int index) {
            if (open.remove(index)) {
                String more = scripted.largeResponses ? ",\"more\":\"" + "x".repeat(10_000) + "\"" : "";
                replies.get(index).done("\"was\":\"" + lines.get(index).replace("\r", "\\r") + "\"" + more);
            }
        }

        @Override
        public void ended() {
            ended++;
        }
    }

    static final class Scripted {
        final List<Script> open = new CopyOnWriteArrayList<>();
        final AtomicInteger admitted = new AtomicInteger();
        volatile boolean responds;
        volatile boolean largeResponses;
        volatile long delayMillis;

        Script first() {
            await().until(() -> !open.isEmpty());
            return open.get(0);
        }

        void respondToAll() {
            open.forEach(script -> List.copyOf(script.open).forEach(script::reply));
        }
    }

    @PartsAlone
    @ComponentScan(
            basePackageClasses = LineStream.class,
            excludeFilters = @ComponentScan.Filter(type = FilterType.REGEX, pattern = ".*Test.*"))
    static class Application {
        @Bean(defaultCandidate = false)
        AdaptiveExecutor batchExecutor() {
            return new AdaptiveExecutor(8, Duration.ofMillis(2), new DaemonThreads("batch"));
        }

        @Bean
        Scripted scripted() {
            return new Scripted();
        }

        @Bean
        RouteBuilder routes(Scripted scripted) {
            AdaptiveExecutor executor = new AdaptiveExecutor(8, Duration.ofMillis(2), new DaemonThreads("lines"));
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("platform-http:/lines?httpMethodRestrict=POST&useStreaming=true")
                            .to("direct:lines");
                    from("platform-http:/mistake?httpMethodRestrict=POST").to("direct:lines");
                    from("platform-http:/rejects?httpMethodRestrict=POST&useStreaming=true")
                            .errorHandler(noErrorHandler())
                            .process(exchange -> {
                                throw new LimitExceeded("Too many.", 1, 1, Duration.ofSeconds(1));
                            });
                    from("direct:lines").process(exchange -> {
                        Script script = new Script(scripted, executor);
                        scripted.open.add(script);
                        exchange.getMessage().removeHeaders("*");
                        exchange.getMessage().setBody(script.stream);
                    });
                }
            };
        }
    }
}
