package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.http.DirectAccess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Requests for jobs that need no filter get what the filters give. A header that no client usually sends leads through them. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class BasicAccessTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static InProcessNode node;
    private static BasicAccess access;

    @BeforeAll
    static void start() throws IOException {
        node = SecureNode.withUsers(
                "--caravan.users[3].name=mona",
                "--caravan.users[3].password={noop}" + SecureNode.PASSWORD,
                "--caravan.users[3].roles=monitor",
                "--caravan.users[4].name=busy",
                "--caravan.users[4].password={noop}" + SecureNode.PASSWORD,
                "--caravan.security.rate=1000",
                "--logging.level.caravan.audit.jobs=info");
        access = node.bean(BasicAccess.class);
        for (String name : List.of("ada", "mona", "busy")) {
            // From now on the password is known.
            node.api().get("/me", "Authorization", Api.basic(name, SecureNode.PASSWORD));
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /jobs, '{}', application/json, 202",
        "POST, /jobs/hello, '', application/json, 202",
        "POST, /jobs/hello?wait=10s, '{}', application/json, 200",
        "POST, /jobs/hello?wait=never, '{}', application/json, 400",
        "POST, /jobs/hello, '{', application/json, 400",
        "POST, /jobs/hello, 'a', text/plain, 415",
        "POST, /jobs/nothing, '{}', application/json, 404",
        "GET, /jobs/nothing, '', , 404",
        "GET, /jobs/types, '', , 200",
        "GET, /jobs/counts, '', , 200",
        "GET, /jobs?limit=0, '', , 400",
        "GET, /jobs?limit=1, '', , 200",
        "DELETE, /jobs, '', , 405",
        "PUT, /jobs/hello, '{}', application/json, 405",
    })
    void respondsAsTheFiltersLetRoutesRespond(String method, String path, String body, String type, int status)
            throws Exception {
        HttpResponse<String> direct = send("ada", method, path, body, type);
        HttpResponse<String> filtered = send("ada", method, path, body, type, "X-Unusual", "1");

        assertThat(direct.statusCode()).isEqualTo(status).isEqualTo(filtered.statusCode());
        assertThat(headers(direct)).isEqualTo(headers(filtered));
        if (status >= 400) {
            assertThat(direct.body()).isEqualTo(filtered.body());
        }
    }

    /** Without what differs from one response to the next. */
    private static Map<String, List<String>> headers(HttpResponse<String> response) {
        Map<String, List<String>> headers = new TreeMap<>(response.headers().map());
        headers.remove("date");
        headers.computeIfPresent("location", (name, values) -> List.of("/jobs/…"));
        if (response.statusCode() == 200) {
            headers.remove("content-length");
        }
        return headers;
    }

    @ParameterizedTest
    @CsvSource({"ada, wrong, 401", "nobody, secret, 401", "mona, secret, 403"})
    void leavesEveryoneElseToTheFilters(String name, String password, int status) throws Exception {
        String login = Api.basic(name, password);
        assertThat(access.user(new DirectAccess.Head("GET", "/jobs", "localhost", "127.0.0.1", login)))
                .isNull();
        HttpRequest request = HttpRequest.newBuilder(node.http().resolve("/jobs"))
                .header("Authorization", login)
                .build();
        assertThat(HTTP.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /jobs, true",
        "POST, /jobs/hello, true",
        "POST, /jobs/bulk, false",
        "POST, /jobs/1/replay, false",
        "GET, /jobs/1/events, false",
        "GET, /jobs/, false",
        "GET, /jobs/a.js, false",
        "GET, /jobsx, false",
        "GET, /events, false",
        "PUT, /routes/jobs, false",
        "GET, /, false",
    })
    void knowsJobsAlone(String method, String path, boolean admitted) {
        String login = Api.basic("ada", SecureNode.PASSWORD);
        DirectAccess.User user = access.user(new DirectAccess.Head(method, path, "localhost", "127.0.0.1", login));
        assertThat(user != null).isEqualTo(admitted);
    }

    @ParameterizedTest
    @CsvSource({"Basic", "Basic !!!", "Basic YWRh", "Bearer x", "''"})
    void leavesCredentialsThatAreNoneToTheFilters(String authorization) {
        assertThat(access.user(new DirectAccess.Head("GET", "/jobs", "localhost", "127.0.0.1", authorization)))
                .isNull();
    }

    @Test
    void countsRequestsTogetherWithTheFilters() throws Exception {
        int tooMany = 0;
        for (int i = 0; i < 1500 && tooMany == 0; i++) {
            HttpResponse<String> response = send("busy", "GET", "/jobs/types", "", null);
            if (response.statusCode() == 429) {
                tooMany++;
                assertThat(response.headers().firstValue("Retry-After")).isPresent();
            }
        }
        String login = Api.basic("busy", SecureNode.PASSWORD);
        for (int i = 0; i < 3000 && tooMany == 0; i++) {
            if (access.user(new DirectAccess.Head("GET", "/jobs", "localhost", "127.0.0.1", login)) == null) {
                tooMany++;
            }
        }
        assertThat(tooMany).isPositive();
    }

    @Test
    void recordsWhatMayChangeSomething(CapturedOutput log) throws Exception {
        send("ada", "POST", "/jobs/hello", "{}", "application/json");
        send("ada", "GET", "/jobs/types", "", null);
        assertThat(log.getOut())
                .containsPattern("caravan.audit.jobs|jobs : request ada 127.0.0.1 POST /jobs/hello")
                .doesNotContain("GET /jobs/types");
    }

    private static HttpResponse<String> send(
            String name, String method, String path, String body, String type, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.http().resolve(path))
                .header("Authorization", Api.basic(name, SecureNode.PASSWORD))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
