package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.HttpStatus;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Whatever a client sends to a path of {@code openapi.yaml}: it is never told that the server has a fault. */
@Timeout(300)
class OddRequestsTest {
    private static final Path API = Path.of("src/main/resources/static/openapi.yaml");
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "DELETE", "PATCH");
    private static final List<String> WRITES = List.of("POST", "PUT");
    private static final List<String> PARTS = List.of("", "x", "%00", "..%2f", "x".repeat(300));
    private static final List<String> BODIES = List.of("", "{}", "null", "[null]", "{\"a\":null}", "\u0000");
    private static final List<String> KINDS = List.of("application/json", "application/yaml");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void noneIsAFaultOfTheServer() throws Exception {
        Set<String> faults = new LinkedHashSet<>();
        try (InProcessNode node = InProcessNode.start("--caravan.routes.writable=true", "--caravan.security.rate=0")) {
            for (String path : paths()) {
                for (String method : METHODS) {
                    for (String body : WRITES.contains(method) ? BODIES : List.of("")) {
                        for (String kind : method.equals("PUT") ? KINDS : KINDS.subList(0, 1)) {
                            int status = status(node, method, path, body, kind);
                            if (status >= 500 && status != HttpStatus.SERVICE_UNAVAILABLE.value()) {
                                faults.add("%d: %s %s with %s as %s".formatted(status, method, path, body, kind));
                            }
                        }
                    }
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    private int status(InProcessNode node, String method, String path, String body, String kind)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.http() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", Api.basic("guest", "guest"))
                .header("Content-Type", kind)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
        response.body().close(); // a stream of events would go on
        return response.statusCode();
    }

    /** Each with odd values for what is variable. */
    private static List<String> paths() throws IOException {
        Map<String, Object> api = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(API));
        List<String> paths = new ArrayList<>();
        for (Object path : ((Map<?, ?>) api.get("paths")).keySet()) {
            String template = path.toString();
            for (String part : template.contains("{") ? PARTS : List.of("")) {
                paths.add(template.replaceAll("\\{[^}]*}", part));
            }
        }
        return paths;
    }
}
