package dev.caravan.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.AsyncProcessorSupport;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.embedded.jetty.JettyWebServer;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The HTTP edge on a real Jetty, with few threads and short times. */
@PartTest({
    "caravan.http.timeout=3s",
    "caravan.http.body-timeout=1s",
    "caravan.http.max-body=300KB",
    "caravan.http.max-buffered=16MB", // 1 MB for one address without a login
    "camel.rest.inline-routes=false",
    "spring.servlet.multipart.enabled=false",
    "spring.mvc.formcontent.filter.enabled=false",
    "server.jetty.connection-idle-timeout=2s",
    "server.jetty.threads.max=6",
    "server.jetty.threads.min=1",
    "server.jetty.threads.acceptors=1",
    "server.jetty.threads.selectors=1"
})
@ExtendWith(OutputCaptureExtension.class)
class RestConsumerTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Autowired
    CamelContext camel;

    @Autowired
    Parking parking;

    @Autowired
    ServletWebServerApplicationContext web;

    @LocalServerPort
    int port;

    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void leavesNothingInFlight() {
        awaitNothingInFlight();
    }

    /** What is still on its way here is released, too. */
    private void awaitNothingInFlight() {
        await().until(() -> {
            parking.releaseAll();
            return camel.getInflightRepository().size() == 0;
        });
    }

    @Test
    void waitingRequestsHoldNoThread() {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add(client.sendAsync(request("/parked").build(), BodyHandlers.ofString()));
        }
        await().until(() -> parking.size() == 200);
        parking.releaseAll();
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 100_000, 300 * 1024})
    void bodiesOfAllSizesComeBackByteForByte(int size) throws Exception {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        HttpRequest post =
                request("/echo").POST(BodyPublishers.ofByteArray(body)).build();
        HttpResponse<byte[]> answer = client.send(post, BodyHandlers.ofByteArray());
        if (size == 0) {
            assertThat(answer.statusCode()).isEqualTo(204);
        } else {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().allValues("Content-Length")).containsExactly(String.valueOf(size));
        }
        assertThat(answer.body()).isEqualTo(body);
    }

    @Test
    void bodiesThatArriveAreBoundedTogetherAndSmallOnesComeThrough() throws Exception {
        String large = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + "a".repeat(290_000);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                sockets.add(open(large));
            }
            // Those that there was room for are given up after a second, as any body that does not come.
            List<String> answers = new ArrayList<>();
            HttpRequest small =
                    request("/echo").POST(BodyPublishers.ofString("hello")).build();
            assertThat(client.send(small, BodyHandlers.ofString()).body()).isEqualTo("hello");
            for (Socket socket : sockets) {
                answers.add(rest(socket));
            }
            assertThat(answers)
                    .allMatch(answer -> answer.startsWith("HTTP/1.1 503 ") || answer.startsWith("HTTP/1.1 408 "));
            assertThat(answers)
                    .filteredOn(answer -> answer.startsWith("HTTP/1.1 503 "))
                    .hasSizeBetween(3, 4)
                    .allSatisfy(answer -> assertThat(answer).contains("Retry-After: ", "application/problem+json"));
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        HttpRequest again = request("/echo")
                .POST(BodyPublishers.ofByteArray(new byte[300_000]))
                .build();
        await().until(() -> client.send(again, BodyHandlers.ofByteArray()).body().length == 300_000);
    }

    @Test
    void aRouteKnowsWhoHasLoggedInAndNobodyCanSayThatOfThemselves() throws Exception {
        String query = "/user?CaravanUser=root&caravanuser=root";
        HttpRequest.Builder stranger = request(query).header("CaravanUser", "root");
        assertThat(client.send(stranger.build(), BodyHandlers.ofString()).body())
                .isEqualTo("user: null");
        HttpRequest.Builder ada = request(query).header("X-Test-Login", "ada");
        assertThat(client.send(ada.build(), BodyHandlers.ofString()).body()).isEqualTo("user: ada");
    }

    @Test
    void chunkedBodiesComeBackByteForByte() throws Exception {
        byte[] body = new byte[50_000];
        new Random(1).nextBytes(body);
        HttpRequest post = request("/echo")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build();
        assertThat(client.send(post, BodyHandlers.ofByteArray()).body()).isEqualTo(body);
    }

    @Test
    void bodyInPiecesIsPutTogether() throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\n")) {
            send(socket, "abc");
            await().pollDelay(Duration.ofMillis(100)).until(() -> true);
            send(socket, "def");
            assertThat(rest(socket)).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nabcdef");
        }
    }

    @Test
    void connectionServesManyRequests() throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                + "GET /text HTTP/1.1\r\nHost: x\r\n\r\n"
                + "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz")) {
            assertThat(rest(socket)).contains("\r\n\r\nabc").contains("grüße").endsWith("\r\n\r\nxyz");
        }
    }

    @Test
    void announcedTooLargeIsRefusedUnread() throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")) {
            String answer = rest(socket);
            assertThat(answer).startsWith("HTTP/1.1 413").containsIgnoringCase("\r\nConnection: close");
            assertProblem(answer, 413, "/echo");
        }
    }

    @Test
    void chunksTooLargeAreRefusedOnceTheyAre() throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")) {
            String chunk = "c000\r\n" + "x".repeat(0xc000) + "\r\n";
            for (int i = 0; i < 6; i++) {
                send(socket, chunk);
            }
            send(socket, "c001\r\n" + "x".repeat(0x3001));
            String answer = rest(socket);
            assertThat(answer).startsWith("HTTP/1.1 413").containsIgnoringCase("\r\nConnection: close");
            assertProblem(answer, 413, "/echo");
        }
    }

    /** A proxy that reads them in another way would see other requests: Jetty before 12.0.38 took them. */
    @ParameterizedTest
    @ValueSource(strings = {"3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n"})
    void chunksWithoutTheirFullEndOfLineAreRefused(String chunks) throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)) {
            String answer = rest(socket);
            assertThat(answer).startsWith("HTTP/1.1 400").containsIgnoringCase("\r\nConnection: close");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 10\r\n\r\n",
                "Content-Length: 10\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nab"
            })
    void stalledBodyIsAnsweredAndCutOff(String rest) throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\n" + rest)) {
            String answer = rest(socket);
            assertThat(answer).startsWith("HTTP/1.1 408").containsIgnoringCase("\r\nConnection: close");
            assertProblem(answer, 408, "/echo");
        }
    }

    @Test
    void stalledBodiesHoldNoThread() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                stalled.add(open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"));
            }
            assertThat(get("/text").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    @Test
    void brokenChunksAreRefused() throws Exception {
        try (Socket socket = open("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
            assertProblem(rest(socket), 400, "/echo");
        }
    }

    @Test
    void formIsABodyLikeAnyOther() throws Exception {
        for (String method : List.of("POST", "PUT")) {
            HttpResponse<String> answer = send(request("/echo")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .method(method, BodyPublishers.ofString("a=1&id=2")));
            assertThat(answer.body()).isEqualTo("a=1&id=2");
        }
    }

    @Test
    void multipartIsABodyLikeAnyOther() throws Exception {
        HttpResponse<String> answer = send(request("/echo")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString("--b\r\n\r\nx\r\n--b--")));
        assertThat(answer.body()).isEqualTo("--b\r\n\r\nx\r\n--b--");
    }

    @Test
    void factsOfTheRequestEnter() throws Exception {
        JsonNode headers = headersSeen(request("/seen/a%20b?x=1&y=%C3%BC&y=2+3&z")
                .header("Idempotency-Key", "k")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("hello")));
        assertThat(headers)
                .isEqualTo(
                        JSON.readTree(
                                """
                {"CamelHttpMethod": "POST", "CamelHttpUri": "/seen/a%20b", "CamelHttpPath": "/seen/a%20b",
                 "CamelHttpQuery": "x=1&y=%C3%BC&y=2+3&z", "Content-Type": "text/plain", "Idempotency-Key": "k",
                 "id": "a b", "x": "1", "y": "[ü, 2 3]", "z": ""}"""));
    }

    @Test
    void nothingElseEnters() throws Exception {
        String query = "?CamelHttpUri=evil&cAmElX=1&org.apache.camel.x=1&%43amelY=1&ID=2&Idempotency-Key=3"
                + "&content-type=4&Authorization=5&Cookie=6&Host=7&id=8";
        JsonNode headers = headersSeen(request("/seen/1" + query)
                .header("CamelHttpUri", "http://evil")
                .header("cAmElX", "evil")
                .header("CamelRedis.Command", "FLUSHDB")
                .header("org.apache.camel.x", "evil")
                .header("Authorization", "Basic c2VjcmV0")
                .header("Cookie", "SESSION=secret")
                .header("X-Other", "evil")
                .header("id", "evil"));
        assertThat(headers.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("CamelHttpMethod", "CamelHttpUri", "CamelHttpPath", "CamelHttpQuery", "id");
        assertThat(headers.path("CamelHttpUri").asText()).isEqualTo("/seen/1");
        assertThat(headers.path("id").asText()).isEqualTo("1");
    }

    @Test
    void malformedQueryIsRefused() throws Exception {
        try (Socket socket = open("GET /seen/1?a=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            assertProblem(rest(socket), 400, "/seen/1");
        }
    }

    @Test
    void routeDecidesTheAnswer() throws Exception {
        HttpResponse<String> answer = send(request("/created/7?Location=evil&mine=1")
                .header("Idempotency-Key", "k")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("x")));
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.body()).isEqualTo("{}");
        assertThat(answer.headers().allValues("Location")).containsExactly("/jobs/7");
        assertThat(answer.headers().allValues("Link")).containsExactly("<a>", "<b>");
        assertThat(answer.headers().allValues("Retry-After")).containsExactly("3");
        assertThat(answer.headers().allValues("Content-Type")).containsExactly("application/json");
        assertThat(answer.headers().map().keySet())
                .doesNotContain("idempotency-key", "mine", "id", "internal")
                .noneMatch(name -> name.startsWith("camel"));
    }

    @Test
    void parameterIsNotEchoed() throws Exception {
        assertThat(get("/text?Location=http://evil").headers().firstValue("Location"))
                .isEmpty();
    }

    @Test
    void lineBreakInAHeaderIsRefused() throws Exception {
        HttpResponse<String> answer = get("/copied?to=a%0d%0aSet-Cookie:%20b");
        assertProblem(answer, 500);
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void textIsUtf8AndHeadHasItsLengthOnly() throws Exception {
        HttpResponse<String> text = get("/text");
        assertThat(text.body()).isEqualTo("grüße");
        assertThat(text.headers().firstValue("Content-Length")).hasValue("7");
        assertThat(text.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringCase("text/plain;charset=utf-8");
        try (Socket socket = open("HEAD /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            assertThat(rest(socket))
                    .startsWith("HTTP/1.1 200")
                    .contains("\r\nContent-Length: 7\r\n")
                    .endsWith("\r\n\r\n");
        }
        try (Socket socket = open("HEAD /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 404").endsWith("\r\n\r\n");
        }
    }

    @Test
    void otherBodiesAreConverted() throws Exception {
        HttpResponse<String> answer = get("/stream");
        assertThat(answer.body()).isEqualTo("stream");
        assertThat(answer.headers().firstValue("Content-Length")).hasValue("6");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    }

    @Test
    void failureIsAProblemThatTellsNothing(CapturedOutput log) throws Exception {
        HttpResponse<String> answer = get("/fails");
        assertProblem(answer, 500);
        assertThat(answer.body()).doesNotContain("secret", "Exception", "java");
        assertThat(log.getOut().lines().filter(line -> line.contains("ERROR") && line.contains("RestConsumer: ")))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("failed at /fails");
    }

    @Test
    void failureThatKnowsItsAnswerGivesIt() throws Exception {
        HttpResponse<String> answer = get("/refuses");
        JsonNode problem = assertProblem(answer, 409);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("9");
        assertThat(problem.path("type").asText()).isEqualTo("urn:caravan:conflict");
        assertThat(problem.path("detail").asText()).isEqualTo("Running already.");
        assertThat(problem.path("jobId").asText()).isEqualTo("42");
    }

    @Test
    void unsendableStatusIsAFailure() throws Exception {
        assertProblem(get("/odd"), 500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "text/html", "application/json", "image/png"})
    void problemsAreProblemsWhateverIsAccepted(String accepted) throws Exception {
        assertProblem(send(request("/nowhere").header("Accept", accepted)), 404);
        assertProblem(send(request("/error").header("Accept", accepted)), 404);
        assertProblem(send(request("/fails").header("Accept", accepted)), 500);
        HttpResponse<String> wrongMethod =
                send(request("/text").header("Accept", accepted).DELETE());
        assertProblem(wrongMethod, 405);
        assertThat(wrongMethod.headers().firstValue("Allow").orElseThrow()).contains("GET");
    }

    @Test
    void unknownPathIsUnknownByAnyMethod() throws Exception {
        for (String method : List.of("GET", "POST", "PUT", "DELETE", "PATCH")) {
            assertProblem(send(request("/nowhere").method(method, BodyPublishers.ofString("x"))), 404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /nowhere", "DELETE /text", "POST /a%2fb"})
    void refusalsThatDoNotWaitForTheBodyEndTheConnectionAndSaySo(String line) throws Exception {
        try (Socket socket = open(line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 4").containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    @Test
    void refusalsOfRequestsWithoutABodyKeepTheConnection() throws Exception {
        try (Socket socket = open("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                + "GET /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 404").contains("HTTP/1.1 200");
        }
    }

    @Test
    void unknownFormatsAreRefused() throws Exception {
        assertProblem(send(request("/json").header("Accept", "image/png").POST(BodyPublishers.noBody())), 415);
        assertProblem(
                send(request("/json").header("Content-Type", "text/csv").POST(BodyPublishers.ofString("x"))), 415);
        assertProblem(
                send(request("/json")
                        .header("Content-Type", "application/json")
                        .header("Accept", "image/png")
                        .POST(BodyPublishers.ofString("{}"))),
                406);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /%zz HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
                "GET /a%2fb HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
                "GET /a/..;/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET /../../x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET /text HTTP/1.1\r\nConnection: close\r\n\r\n",
                "GET /text HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void whatTheServerRefusesIsAProblem(String request) throws Exception {
        try (Socket socket = open(request)) {
            assertProblem(rest(socket), 400, null);
        }
    }

    @Test
    void headersTooLargeAreAProblem() throws Exception {
        assertProblem(send(request("/text").header("X", "x".repeat(20_000))), 431, false);
    }

    @Test
    void lateAnswerIsDropped() throws Exception {
        HttpResponse<String> answer = get("/parked");
        assertProblem(answer, 503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(camel.getInflightRepository().size()).isEqualTo(1);
        parking.releaseAll();
        await().until(() -> camel.getInflightRepository().size() == 0);
    }

    @Test
    void timeoutIsAnsweredOnce() throws Exception {
        try (Socket socket = open("GET /parked HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            String answer = rest(socket);
            parking.releaseAll();
            assertProblem(answer, 503, "/parked");
            assertThat(answer.split("HTTP/1.1", -1)).hasSize(2);
        }
    }

    @Test
    void clientThatWentAwayHarmsNobody(CapturedOutput log) throws Exception {
        for (int i = 0; i < 20; i++) {
            open("GET /parked HTTP/1.1\r\nHost: x\r\n\r\n").close();
            open("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").close();
            open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
                    .close();
        }
        // Not all: on a busy machine the idle timeout ends connections whose request nobody has read yet.
        await().until(() -> parking.size() > 0);
        assertThat(get("/text").statusCode()).isEqualTo(200);
        awaitNothingInFlight();
        assertThat(log.getOut().lines())
                .filteredOn(line -> line.matches(".*(WARN|ERROR).*(\\[http-|pool-).*"))
                // Jetty's own, if its idle timeout meets its write to the same client: after 2 s here.
                .allMatch(line -> line.endsWith("AbstractConnection: Failed callback"));
    }

    @Test
    void readerThatStopsIsCutOff() throws Exception {
        try (Socket socket = open("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")) {
            await().until(() -> isConnected(socket));
            await().until(() -> !isConnected(socket));
            assertThat(bytesUntilEnd(socket)).isLessThan(Routes.LARGE);
        }
    }

    /** Whether the server has this connection still. */
    private boolean isConnected(Socket client) {
        return connector().getConnectedEndPoints().stream()
                .anyMatch(server -> server.getRemoteSocketAddress() instanceof InetSocketAddress address
                        && address.getPort() == client.getLocalPort());
    }

    private ServerConnector connector() {
        return (ServerConnector)
                ((JettyWebServer) web.getWebServer()).getServer().getConnectors()[0];
    }

    @Test
    void slowReadersHoldNoThread() throws Exception {
        List<Socket> readers = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                readers.add(open("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            for (int i = 0;
                    i < 5;
                    i++) { // not a large one: on a busy machine it may take longer than responses may here
                assertThat(get("/text").statusCode()).isEqualTo(200);
            }
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void aBurstOfConnectionsWaitsToBeAccepted() {
        assertThat(connector().getAcceptQueueSize()).isEqualTo(1024);
    }

    @Test
    void stoppedRouteAsksToComeBack() throws Exception {
        String route = camel.getRoutes().stream()
                .filter(r -> r.getEndpoint().getEndpointUri().startsWith("rest://get:/text"))
                .findFirst()
                .orElseThrow()
                .getId();
        camel.getRouteController().suspendRoute(route);
        assertThat(assertProblem(get("/text"), 503)).isNotNull();
        assertThat(get("/text").headers().firstValue("Retry-After")).isPresent();
        camel.getRouteController().resumeRoute(route);
        assertThat(get("/text").statusCode()).isEqualTo(200);
        camel.getRouteController().stopRoute(route);
        assertProblem(get("/text"), 503);
        camel.getRouteController().startRoute(route);
        assertThat(get("/text").statusCode()).isEqualTo(200);
    }

    private JsonNode headersSeen(HttpRequest.Builder request) throws Exception {
        return JSON.readTree(send(request).body());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }

    private JsonNode assertProblem(HttpResponse<String> answer, int status) throws IOException {
        return assertProblem(answer, status, true);
    }

    private JsonNode assertProblem(HttpResponse<String> answer, int status, boolean instance) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        return assertProblemBody(answer.body(), status, instance ? answer.uri().getPath() : null);
    }

    private void assertProblem(String answer, int status, String path) throws IOException {
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("Content-Type: application/problem+json\r\n");
        assertProblemBody(answer.substring(answer.indexOf("\r\n\r\n") + 4), status, path);
    }

    private JsonNode assertProblemBody(String body, int status, String path) throws IOException {
        JsonNode problem = JSON.readTree(body);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("type").asText()).isNotEmpty();
        assertThat(problem.path("detail").asText()).isNotEmpty();
        if (path != null) {
            assertThat(problem.path("instance").asText()).isEqualTo(path);
        }
        assertThat(body).doesNotContain("Exception", "org.", "java.");
        return problem;
    }

    Socket open(String request) throws IOException {
        Socket socket = new Socket("localhost", port);
        socket.setSoTimeout(20_000);
        send(socket, request);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static int bytesUntilEnd(Socket socket) throws IOException {
        int bytes = 0;
        byte[] buffer = new byte[64 * 1024];
        try {
            for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
                bytes += n;
            }
        } catch (SocketException e) {
            // Reset by the server: an end as well.
        }
        return bytes;
    }

    /** All that comes until the server closes the connection. */
    private static String rest(Socket socket) throws IOException {
        try (InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** Where exchanges wait, without a thread, until they are let go on another thread. */
    static class Parking extends AsyncProcessorSupport {

        private final Queue<Runnable> parked = new ConcurrentLinkedQueue<>();
        private final ExecutorService other = Executors.newSingleThreadExecutor();

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            parked.add(() -> {
                exchange.getMessage().setBody("released");
                callback.done(false);
            });
            return false;
        }

        int size() {
            return parked.size();
        }

        void releaseAll() {
            for (Runnable callback = parked.poll(); callback != null; callback = parked.poll()) {
                other.execute(callback);
            }
        }

        @Override
        protected void doStop() {
            other.shutdownNow();
        }
    }

    static class Routes extends RouteBuilder {

        static final int LARGE = 20_000_000;

        private final Parking parking;

        Routes(Parking parking) {
            this.parking = parking;
        }

        @Override
        public void configure() {
            rest().get("/parked").to("direct:parked");
            rest().post("/echo").to("direct:echo").put("/echo").to("direct:echo");
            rest().get("/seen/{id}").to("direct:seen").post("/seen/{id}").to("direct:seen");
            rest().post("/created/{id}").to("direct:created");
            rest().get("/copied").to("direct:copied");
            rest().get("/text").to("direct:text");
            rest().get("/user").to("direct:user");
            rest().get("/stream").to("direct:stream");
            rest().get("/large").to("direct:large");
            rest().get("/fails").to("direct:fails");
            rest().get("/refuses").to("direct:refuses");
            rest().get("/odd").to("direct:odd");
            rest().post("/json")
                    .consumes("application/json")
                    .produces("application/json")
                    .to("direct:echo");

            from("direct:parked").process(parking);
            from("direct:echo").process(exchange -> {});
            from("direct:seen").process(exchange -> {
                Map<String, String> seen = new TreeMap<>();
                exchange.getMessage().getHeaders().forEach((name, value) -> seen.put(name, value.toString()));
                exchange.getMessage().setBody(JSON.writeValueAsString(seen));
            });
            from("direct:created")
                    .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(201))
                    .setHeader("Location", simple("/jobs/${header.id}"))
                    .setHeader("Link", () -> List.of("<a>", "<b>"))
                    .setHeader("Retry-After", constant(3))
                    .setHeader("internal", () -> Map.of("a", "b"))
                    .setBody(constant("{}"));
            from("direct:copied").setHeader("X-To", simple("${header.to}")).setBody(constant("x"));
            from("direct:text")
                    .setHeader(Exchange.CONTENT_TYPE, constant("text/plain"))
                    .setBody(constant("grüße"));
            from("direct:user").setBody(exchange -> "user: " + exchange.getProperty(HttpProperties.USER));
            from("direct:stream").setBody(exchange -> new ByteArrayInputStream("stream".getBytes(UTF_8)));
            from("direct:large").setBody(exchange -> new byte[LARGE]);
            from("direct:fails").throwException(new IllegalStateException("secret"));
            from("direct:refuses").process(exchange -> {
                ProblemDetail problem = Problems.of(HttpStatus.CONFLICT, "Running already.");
                problem.setType(URI.create("urn:caravan:conflict"));
                problem.setProperty("jobId", "42");
                ErrorResponseException refusal = new ErrorResponseException(HttpStatus.CONFLICT, problem, null);
                refusal.getHeaders().set("Retry-After", "9");
                throw new IllegalStateException("wrapped", refusal);
            });
            from("direct:odd")
                    .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(99))
                    .setBody(constant("x"));
        }
    }

    @SpringBootConfiguration
    @PartsAlone
    @ComponentScan
    static class Server {

        @Bean
        Parking parking() {
            return new Parking();
        }

        @Bean
        Routes routes(Parking parking) {
            return new Routes(parking);
        }

        /** In place of a login: whoever says so is ada. */
        @Bean
        Filter login() {
            return (request, response, chain) -> {
                boolean ada = "ada".equals(((HttpServletRequest) request).getHeader("X-Test-Login"));
                chain.doFilter(ada ? new LoggedIn((HttpServletRequest) request) : request, response);
            };
        }

        private static final class LoggedIn extends HttpServletRequestWrapper {
            LoggedIn(HttpServletRequest request) {
                super(request);
            }

            @Override
            public Principal getUserPrincipal() {
                return () -> "ada";
            }
        }
    }
}
