package dev.caravan.job.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /jobs/batch} of a whole node with routes that can be edited. */
@Timeout(120)
class BulkSubmissionsTest {
    private static final String NDJSON = "application/x-ndjson";
    private static final String JOBS = "engine/jobs";

    private static InProcessNode node;
    private static Api api;

    @BeforeAll
    static void start() throws IOException {
        Path shipped = Path.of("src/main/resources/routes");
        List<String> files;
        try (Stream<Path> all = Files.walk(shipped)) {
            files = all.map(file -> shipped.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".camel.yaml"))
                    .map(name -> name.replace(".camel.yaml", ""))
                    .toList();
        }
        node = InProcessNode.startWith(
                files,
                "--caravan.jobs.default-duration=0ms",
                "--caravan.jobs.max-payload=10KB",
                "--caravan.jobs.bulk-window=50",
                "--caravan.jobs.max-bulk-submissions=3",
                "--caravan.jobs.max-bulk-submissions-per-user=2");
        api = node.api().as("guest", "guest");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** With a header that no script sends, the filters see the request. */
    @ParameterizedTest
    @ValueSource(strings = {"Accept", "X-Any"})
    void eachLineGetsWhatItWouldHaveGotAlone(String header) {
        String key = "each-" + header;
        assertThat(api.post("/jobs/hello", "{\"a\":0}", "Idempotency-Key", key + "-reused")
                        .status())
                .isEqualTo(202);
        String body = String.join(
                "\n",
                "{\"type\":\"hello\",\"payload\":{\"a\":1}}",
                "{}",
                "",
                "{\"type\":\"nothing\"}",
                "{\"type\":\"hello\",\"payloud\":1}",
                "{\"type\":\"hello\",\"payload\":\"" + "x".repeat(11_000) + "\"}",
                "{\"type\":\"hello\",\"payload\":\"" + "x".repeat(100_000) + "\"}",
                "{\"type\":\"hello\",\"payload\":{\"a\":1},\"key\":\"" + key + "-reused\"}",
                "{\"type\":\"hello\",\"payload\":{\"a\":1,\"a\":2}}",
                "{\"type\":\"hello\",\"payload\":" + "[".repeat(300) + "]".repeat(300) + "}",
                "{\"key\":\"\u00e9\"}",
                "nonsense",
                "{\"type\":\"hello\",\"payload\":{\"a\":0},\"key\":\"" + key + "-reused\"}");

        Api.Answer answer = api.post("/jobs/batch", body, "Content-Type", NDJSON, header, "*/*");

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(NDJSON);
        List<JsonObject> lines = lines(answer.body());
        assertThat(lines)
                .extracting(line -> line.get("line").getAsInt())
                .containsExactly(1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        assertThat(lines)
                .extracting(line -> line.get("status").getAsInt())
                .containsExactly(202, 202, 404, 400, 413, 413, 422, 400, 400, 400, 400, 202);
        for (JsonObject line : lines) {
            if (line.get("status").getAsInt() == 202) {
                api.awaitState(line.get("id").getAsString(), "FINISHED", Duration.ofSeconds(30));
            } else {
                assertThat(line.get("title").getAsString()).isNotEmpty();
                assertThat(line.get("detail").getAsString()).isNotEmpty();
            }
        }
        assertThat(detail(lines.get(2)))
                .isEqualTo(api.post("/jobs/nothing", "{}").field("detail"));
        assertThat(detail(lines.get(4)))
                .isEqualTo(api.post("/jobs/hello", "\"" + "x".repeat(11_000) + "\"")
                        .field("detail"));
        assertThat(detail(lines.get(7)))
                .isEqualTo(api.post("/jobs/hello", "{\"a\":1,\"a\":2}").field("detail"));
    }

    @Test
    void aPayloadThatDoesNotMatchTheInputOfItsTypeIsToldWhereAndIsNotStored() {
        String detail = "The payload does not match the input of the type steps: "
                + "/steps: must have a minimum value of 1, and 1 more.";
        String errors = "[{\"pointer\":\"/steps\",\"message\":\"must have a minimum value of 1\"},"
                + "{\"pointer\":\"/pause\",\"message\":\"string found, integer expected\"}]";
        String payload = "{\"steps\":0,\"pause\":\"1\"}";

        Api.Answer alone = api.post("/jobs/steps", payload);
        List<JsonObject> lines = lines(batch("{\"type\":\"steps\",\"payload\":" + payload + "}\n"
                        + "{\"type\":\"steps\",\"payload\":{\"steps\":1,\"pause\":0}}")
                .body());

        assertThat(alone.status()).isEqualTo(422);
        assertThat(alone.field("detail")).isEqualTo(detail);
        assertThat(alone.json().get("errors")).hasToString(errors);
        assertThat(lines).extracting(line -> line.get("status").getAsInt()).containsExactly(422, 202);
        assertThat(detail(lines.get(0))).isEqualTo(detail);
        assertThat(lines.get(0).get("errors")).hasToString(errors);
        await().untilAsserted(
                        () -> assertThat(api.get("/jobs?type=steps").json().getAsJsonArray("jobs"))
                                .hasSize(1));
    }

    @Test
    void aKeyNamesTheSameJobInBothWays() {
        String payload = "{ \"b\" : [1 ,2] }";
        String alone =
                api.post("/jobs/hello", payload, "Idempotency-Key", "both").field("jobId");
        Api.Answer first = batch("{\"key\":\"both\",\"type\":\"hello\",\"payload\": " + payload + " }");
        Api.Answer again = batch("{\"key\":\"both\",\"type\":\"hello\",\"payload\":" + payload + "}\n"
                + "{\"key\":\"both\",\"type\":\"hello\",\"payload\":" + payload + "}");
        assertThat(first.json().get("id").getAsString()).isEqualTo(alone);
        assertThat(lines(again.body()))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line.get("id").getAsString()).isEqualTo(alone));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/plain", "application/x-ndjson;charset=utf-16", "ndjson"})
    void anotherFormIsRejected(String type) {
        Api.Answer answer = api.post("/jobs/batch", "{}", "Content-Type", type);
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.field("instance")).isEqualTo("/jobs/batch");
        assertThat(answer.field("detail")).contains(NDJSON);
    }

    @Test
    void whatHoldsForOneJobIsNotIgnored() {
        assertThat(api.post("/jobs/batch", "{}", "Content-Type", NDJSON, "Idempotency-Key", "x")
                        .status())
                .isEqualTo(400);
        assertThat(api.post("/jobs/batch?wait=10s", "{}", "Content-Type", NDJSON)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void itNeedsALogin() {
        assertThat(node.api().post("/jobs/batch", "{}", "Content-Type", NDJSON).status())
                .isEqualTo(401);
        assertThat(api.get("/jobs/batch").status()).isEqualTo(404);
    }

    @Test
    void manyJobsComeThroughASmallWindow() {
        Api.Answer answer = batch("{\"type\":\"hello\"}\n".repeat(2_000));
        List<JsonObject> lines = lines(answer.body());
        assertThat(lines).hasSize(2_000).allMatch(line -> line.get("status").getAsInt() == 202);
        Set<String> ids = new HashSet<>();
        lines.forEach(line -> ids.add(line.get("id").getAsString()));
        assertThat(ids).hasSize(2_000);
    }

    @Test
    void aLineIsAnsweredWhileTheNextIsNotThere() throws Exception {
        try (Slow slow = new Slow()) {
            for (int i = 1; i <= 3; i++) {
                slow.send("{\"type\":\"hello\"}\n");
                assertThat(slow.next()).contains("{\"line\":" + i + ",\"status\":202,\"id\":\"");
            }
        }
    }

    @Test
    void aUserHasAFewAndTheyComeBack() throws Exception {
        try (Slow one = new Slow();
                Slow two = new Slow()) {
            one.send("{}\n");
            two.send("{}\n");
            assertThat(one.next()).contains("202");
            assertThat(two.next()).contains("202");
            Api.Answer third = batch("{}");
            assertThat(third.status()).isEqualTo(429);
            assertThat(third.header("Retry-After")).isNotNull();
            assertThat(third.json().get("limit").getAsInt()).isEqualTo(2);
            assertThat(api.post("/jobs/hello", "{}").status()).isEqualTo(202);
        }
        await().atMost(30, SECONDS).until(() -> batch("{}").status() == 200);
    }

    @Test
    void theNextOneMayFollowAtOnce() {
        List<CompletableFuture<Void>> both = IntStream.range(0, 2)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    for (int n = 0; n < 200; n++) {
                        assertThat(batch("{\"type\":\"hello\"}").status()).isEqualTo(200);
                    }
                }))
                .toList();
        assertThat(both).allSatisfy(one -> one.join());
    }

    /** Camel waits for a route that is not there; a thousand lines do not. */
    @Test
    void linesGetWhatSinglesGetWhileTheRouteIsStopped() throws Exception {
        CamelContext camel = node.bean(CamelContext.class);
        camel.getRouteController().stopRoute("jobs-submit");
        try {
            Api.Answer alone = api.post("/jobs/hello", "{}");
            assertThat(alone.status()).isEqualTo(503);
            assertThat(alone.header("Retry-After")).isNotNull();
            List<JsonObject> lines =
                    lines(batch("{\"type\":\"hello\"}\n".repeat(300)).body());
            assertThat(lines).hasSize(300).allSatisfy(line -> {
                assertThat(line.get("status").getAsInt()).isEqualTo(503);
                assertThat(detail(line)).isEqualTo(alone.field("detail"));
                assertThat(line.get("retryAfter").getAsInt()).isPositive();
            });
        } finally {
            camel.getRouteController().startRoute("jobs-submit");
        }
        await().atMost(30, SECONDS).until(() -> batch("{}").json().get("status").getAsInt() == 202);
    }

    @Test
    void theRouteIsEditedUnderARequestAndNothingIsLost() throws Exception {
        String body = IntStream.range(0, 3_000)
                .mapToObj(i -> "{\"type\":\"hello\",\"key\":\"edit-" + i + "\"}")
                .collect(Collectors.joining("\n"));
        String shipped = InProcessNode.shipped(JOBS);
        CompletableFuture<Api.Answer> answer = CompletableFuture.supplyAsync(() -> batch(body));
        int edits = 0;
        try {
            while (!answer.isDone() && edits < 100) {
                edits++;
                node.save(JOBS, shipped.replace("Accepts a job: stored", "Accepts a job, " + edits + ": stored"));
                await().pollDelay(Duration.ofMillis(50)).until(() -> true);
            }
            List<JsonObject> lines = lines(answer.get(60, TimeUnit.SECONDS).body());
            assertThat(lines).hasSize(3_000).allMatch(line -> line.get("status").getAsInt() == 202);
            for (JsonObject line : List.of(lines.get(0), lines.get(1_500), lines.get(2_999))) {
                api.awaitState(line.get("id").getAsString(), "FINISHED", Duration.ofSeconds(60));
            }
        } finally {
            node.save(JOBS, shipped);
        }
    }

    /** A stop lasts until the node starts again, so this has a node of its own. */
    @Test
    void aStopEndsItHonestly() throws Exception {
        try (InProcessNode other = InProcessNode.start(
                Stream.concat(node.joining(), Stream.of("--caravan.roles=api")).toArray(String[]::new))) {
            Slow slow = new Slow(other);
            slow.send("{\"type\":\"hello\"}\n");
            assertThat(slow.next()).contains("\"status\":202");
            other.bean(BulkSubmissions.class).stop();
            assertThat(slow.next()).contains("\"status\":503", "Nothing from line 2 on was accepted");
            slow.close();
            assertThat(other.api()
                            .as("guest", "guest")
                            .post("/jobs/batch", "{}", "Content-Type", NDJSON)
                            .status())
                    .isEqualTo(503);
        }
    }

    private static Api.Answer batch(String body) {
        return api.post("/jobs/batch", body, "Content-Type", NDJSON);
    }

    private static List<JsonObject> lines(String body) {
        List<JsonObject> lines = new ArrayList<>();
        body.lines().forEach(line -> lines.add(JsonParser.parseString(line).getAsJsonObject()));
        return lines;
    }

    private static String detail(JsonObject line) {
        return line.get("detail").getAsString();
    }

    /** A request that is sent bit by bit, and its response. Java's client reads none before it has sent all. */
    private static final class Slow implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Slow() throws IOException {
            this(node);
        }

        Slow(InProcessNode to) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), to.http().getPort());
            socket.setSoTimeout(20_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            write("POST /jobs/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + Api.GUEST + "\r\nContent-Type: "
                    + NDJSON + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        }

        void send(String line) throws IOException {
            write(Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
        }

        private void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }

        /** The next line of the response. */
        String next() throws IOException {
            String line = in.readLine();
            while (line != null && !line.startsWith("{")) {
                line = in.readLine();
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
