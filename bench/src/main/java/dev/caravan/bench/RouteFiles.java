package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;

/** Writes handlers of jobs into the routes directory of a node, and asks the node whether they run. */
final class RouteFiles {
    private static final int PAUSE_MILLIS = 10;
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private final Peer node;
    private final Path folder;
    private final HttpClient client = HttpClient.newHttpClient();

    RouteFiles(Peer node, Path folder) {
        this.node = node;
        this.folder = folder;
    }

    /** Writes or replaces the file of a job type whose jobs have this result, at once. Returns its text. */
    String write(String type, String result) throws IOException {
        String text =
                """
                - route:
                    id: job-%s
                    description: Returns %s
                    routeConfigurationId: propagate
                    from:
                      uri: direct:job-%s
                      steps:
                        - setBody:
                            expression:
                              constant:
                                expression: %s
                """
                        .formatted(type, result, type, result);
        Path whole = Files.writeString(folder.resolveSibling(type + ".new"), text);
        Files.move(whole, folder.resolve("jobs").resolve(type + ".camel.yaml"), StandardCopyOption.ATOMIC_MOVE);
        return text;
    }

    /** Waits until the node runs this text. */
    void awaitLive(String type, String text) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!text.equals(request("GET", "/routes/files/jobs/" + type))) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The route file jobs/" + type + " did not become live");
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /** Runs one job. Returns the response, which has its result. */
    String runJob(String type) throws IOException, InterruptedException {
        return request("POST", "/jobs/" + type + "?wait=60s");
    }

    private String request(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + node.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(90))
                .header(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(node.login().getBytes(UTF_8)))
                .build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
