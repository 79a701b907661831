package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresRealBrokers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One trace from the caller over the node that accepts a job to the one that works it. */
@RequiresRealBrokers
@Timeout(300)
class TracingIT {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    /** What was sent by OTLP, as it came: Protocol Buffers, in which ids are bytes and names text. */
    private final Queue<String> received = new ConcurrentLinkedQueue<>();

    private HttpServer receiver;

    @BeforeEach
    void listen() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", request -> {
            received.add(new String(request.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            request.sendResponseHeaders(200, -1);
            request.close();
        });
        receiver.start();
    }

    @AfterEach
    void close() {
        receiver.stop(0);
    }

    private CaravanProcess start(String role) {
        return CaravanProcess.start(
                Brokers.REAL.arguments(),
                "--caravan.roles=" + role,
                "--caravan.node=traced-" + role,
                "--caravan.jobs.queue=traced",
                "--caravan.tracing.enabled=true",
                "--caravan.tracing.endpoint=http://127.0.0.1:"
                        + receiver.getAddress().getPort() + "/v1/traces");
    }

    private List<String> tracesOf(String node) {
        String id = new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1);
        return received.stream()
                .filter(sent -> sent.contains(node) && sent.contains(id))
                .toList();
    }

    @Test
    void theTraceOfTheCallerGoesOverTheQueueToTheHandler() {
        CompletableFuture<CaravanProcess> starting = CompletableFuture.supplyAsync(() -> start("worker"));
        try (CaravanProcess api = start("api");
                CaravanProcess worker = starting.join()) {
            String parent = "00-" + TRACE + "-00f067aa0ba902b7-01";
            assertThat(api.api()
                            .post("/jobs/hello?wait=20s", "", "traceparent", parent)
                            .field("state"))
                    .isEqualTo("FINISHED");

            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                assertThat(tracesOf("traced-api")).anyMatch(sent -> sent.contains("jobs-submit"));
                assertThat(tracesOf("traced-worker"))
                        .anyMatch(sent -> sent.contains("job-hello"))
                        .anyMatch(sent -> sent.contains("spring-redis"));
            });
            assertThat(worker.alive()).isTrue();
        }
    }
}
