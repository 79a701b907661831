package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;

/** Streams of events on a real Jetty. */
@PartTest(
        classes = EventStreamTest.Application.class,
        value = {
            "caravan.http.max-streams=3",
            "caravan.http.stream-heartbeat=50ms",
            "camel.rest.inline-routes=false",
            "server.jetty.connection-idle-timeout=8s"
        })
class EventStreamTest {
    @LocalServerPort
    int port;

    @Autowired
    Followed followed;

    @Autowired
    EventStreams streams;

    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void endsAll() {
        followed.streams.forEach(EventStream::end);
        await().atMost(30, SECONDS).until(() -> followed.over.get() == followed.streams.size());
        followed.streams.clear();
        followed.over.set(0);
    }

    @Test
    void eventsArriveAsTheyAreSentAndTheAnswerEnds() throws Exception {
        try (BufferedReader lines = follow()) {
            EventStream stream = followed.get(1);
            assertThat(stream.send("1", "state", "{\"a\":1}")).isTrue();
            assertThat(event(lines)).containsExactly("id: 1", "event: state", "data: {\"a\":1}");
            assertThat(stream.send(null, null, "grüße\n\r\nund mehr\r")).isTrue();
            assertThat(event(lines)).containsExactly("data: grüße", "data: ", "data: und mehr", "data: ");
            stream.end();
            assertThat(stream.send("2", null, "too late")).isFalse();
            assertThat(lines.lines().filter(line -> line.startsWith("data"))).isEmpty();
        }
        await().atMost(30, SECONDS).untilAtomic(followed.over, is(1));
    }

    @Test
    void whatIsSentBeforeTheAnswerBeginsArrivesFirst() throws Exception {
        try (BufferedReader lines = follow("/early")) {
            assertThat(event(lines)).containsExactly("id: 0", "data: early");
            assertThat(lines.lines().filter(line -> line.startsWith("data"))).isEmpty();
        }
    }

    @Test
    void theAnswerIsNeitherCachedNorBuffered() throws Exception {
        HttpResponse<InputStream> answer = client.send(request("/follow"), BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(answer.headers().firstValue("X-Accel-Buffering")).hasValue("no");
            assertThat(new String(body.readNBytes(7), UTF_8)).isEqualTo("retry: ");
        }
    }

    @Test
    void manyThreadsSendWholeEvents() throws Exception {
        try (BufferedReader lines = follow()) {
            EventStream stream = followed.get(1);
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String name = "s" + i;
                Thread sender = new Thread(() -> {
                    for (int n = 0; n < 500; n++) {
                        stream.send(name + "-" + n, name, "x".repeat(n % 50));
                    }
                });
                sender.start();
                senders.add(sender);
            }
            int[] seen = new int[4];
            for (int i = 0; i < 2000; i++) {
                List<String> event = event(lines);
                int sender = event.get(1).charAt("event: s".length()) - '0';
                int number = seen[sender]++;
                assertThat(event)
                        .containsExactly(
                                "id: s" + sender + "-" + number,
                                "event: s" + sender,
                                "data: " + "x".repeat(number % 50));
            }
            for (Thread sender : senders) {
                sender.join();
            }
        }
    }

    @Test
    void aClientThatIsGoneIsFound() throws Exception {
        follow().close();
        followed.get(1);
        await().atMost(30, SECONDS).untilAtomic(followed.over, is(1));
    }

    @Test
    void aQuietStreamOutlivesTheIdleTimeout() throws Exception {
        try (BufferedReader lines = follow()) {
            EventStream stream = followed.get(1);
            for (int beats = 0; beats < 60; beats++) { // three seconds
                assertThat(lines.readLine()).isIn(":", "", "retry: 2000");
                lines.readLine();
            }
            stream.send(null, null, "still there");
            assertThat(event(lines)).containsExactly("data: still there");
        }
    }

    @Test
    void whoDoesNotReadIsCutOffAndHarmsNobody() throws Exception {
        try (Socket stalled = new Socket("localhost", port);
                BufferedReader lines = follow()) {
            EventStream healthy = followed.get(1);
            stalled.getOutputStream().write("GET /follow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
            EventStream slow = followed.get(2);
            String data = "x".repeat(60_000);
            await().atMost(30, SECONDS)
                    .pollInSameThread()
                    .pollInterval(1, MILLISECONDS)
                    .until(() -> !slow.send(null, null, data));
            assertThat(followed.over.get()).isEqualTo(1);
            healthy.send(null, null, "fine");
            assertThat(event(lines)).containsExactly("data: fine");
        }
    }

    @Test
    void whoIsAskedFirstGetsAllHoweverSlowAndHoweverLarge() throws Exception {
        try (Socket slow = new Socket("localhost", port)) {
            slow.getOutputStream().write("GET /follow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
            EventStream stream = followed.get(1);
            String data = "x".repeat(400_000);
            AtomicInteger sent = new AtomicInteger();
            Runnable send = () -> {
                synchronized (sent) {
                    while (stream.isReady() && sent.get() < 50) {
                        stream.send("" + sent.incrementAndGet(), null, data);
                    }
                }
            };
            stream.onReady(send);
            send.run();
            int stalled = sent.get();
            assertThat(stalled).isLessThan(50);
            BufferedReader lines = new BufferedReader(new InputStreamReader(slow.getInputStream(), UTF_8));
            String last = "";
            while (!last.equals("id: 50")) {
                String line = lines.readLine();
                last = line.startsWith("id: ") ? line : last;
            }
            assertThat(followed.over.get()).isZero();
        }
    }

    @Test
    void aBeatCutsNobodyOff() throws Exception {
        try (Socket slow = new Socket("localhost", port)) {
            slow.setReceiveBufferSize(4096);
            slow.getOutputStream().write("GET /follow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
            EventStream stream = followed.get(1);
            await().until(stream::isReady); // else the data comes behind the first line, and that is too much
            String data = "x".repeat(8_000_000);
            stream.send("1", null, data);
            // Some beats long, and far from the eight seconds after which the server gives up who reads nothing.
            await().during(200, MILLISECONDS).pollInSameThread().until(stream::isReady);
            assertThat(stream.send("2", null, data)).isTrue();
        }
    }

    @Test
    void oneStreamTooManyIsRefused() throws Exception {
        List<BufferedReader> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(follow());
        }
        HttpResponse<String> answer = client.send(request("/follow"), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.body()).contains("limit of event streams");
        await().atMost(30, SECONDS).untilAtomic(followed.over, is(1));
        for (BufferedReader lines : all) {
            lines.close();
        }
        await().atMost(30, SECONDS).untilAtomic(followed.over, is(4));
        follow().close();
    }

    @Test
    void aHeadRequestAndAFailureLeaveNoStreamOpen() throws Exception {
        HttpRequest head = HttpRequest.newBuilder(uri("/follow"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(client.send(head, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(client.send(request("/fails"), BodyHandlers.ofString()).statusCode())
                .isEqualTo(500);
        assertThat(followed.over.get()).isEqualTo(2);
    }

    @Test
    void stoppingEndsAllAndRefusesNewOnes() throws Exception {
        try (BufferedReader lines = follow()) {
            followed.get(1);
            streams.stop();
            assertThat(lines.lines().filter(line -> line.startsWith("data"))).isEmpty();
            assertThat(client.send(request("/follow"), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(503);
        } finally {
            streams.start();
        }
    }

    @Test
    void lineBreaksInFieldsAreRefused() {
        EventStream stream = new EventStream();
        assertThatIllegalArgumentException().isThrownBy(() -> stream.send("1\nevent: x", null, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> stream.send("1", "a\rb", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> stream.send("1\0", null, ""));
    }

    @Test
    void whoAsksAfterTheEndIsToldAtOnce() {
        EventStream stream = new EventStream();
        stream.end();
        AtomicInteger told = new AtomicInteger();
        stream.onEnd(told::incrementAndGet);
        stream.end();
        assertThat(told).hasValue(1);
    }

    private BufferedReader follow() throws Exception {
        return follow("/follow");
    }

    private BufferedReader follow(String path) throws Exception {
        HttpResponse<InputStream> answer = client.send(request(path), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
    }

    /** The lines of the next event, without comments. */
    private static List<String> event(BufferedReader lines) throws IOException {
        List<String> event = new ArrayList<>();
        while (true) {
            String line = lines.readLine();
            if (line == null || (line.isEmpty() && !event.isEmpty())) {
                return event;
            }
            if (!line.isEmpty() && !line.startsWith(":") && !line.startsWith("retry:")) {
                event.add(line);
            }
        }
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(uri(path)).build();
    }

    private URI uri(String path) {
        return URI.create("http://localhost:" + port + path);
    }

    /** The streams that were asked for, and how many of them are over. */
    static class Followed {
        final Queue<EventStream> streams = new ConcurrentLinkedQueue<>();
        final AtomicInteger over = new AtomicInteger();

        EventStream add() {
            EventStream stream = new EventStream();
            stream.onEnd(over::incrementAndGet);
            streams.add(stream);
            return stream;
        }

        /** The one that was asked for as the first, the second and so on. */
        EventStream get(int number) {
            await().atMost(30, SECONDS).until(() -> streams.size() >= number);
            return List.copyOf(streams).get(number - 1);
        }
    }

    /** No stereotype: other tests scan this package. */
    @PartsAlone
    @ComponentScan(
            basePackageClasses = EventStream.class,
            excludeFilters = @ComponentScan.Filter(type = FilterType.REGEX, pattern = ".*Test.*"))
    static class Application {
        @Bean
        Followed followed() {
            return new Followed();
        }

        @Bean
        RouteBuilder routes(Followed followed) {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    rest().get("/follow").to("direct:follow");
                    rest().get("/early").to("direct:early");
                    rest().get("/fails").to("direct:fails");
                    from("direct:follow").setBody(exchange -> followed.add());
                    from("direct:early").setBody(exchange -> {
                        EventStream stream = followed.add();
                        stream.send("0", null, "early");
                        stream.end();
                        return stream;
                    });
                    from("direct:fails")
                            .setBody(exchange -> followed.add())
                            .throwException(new IllegalStateException("x"));
                }
            };
        }
    }
}
