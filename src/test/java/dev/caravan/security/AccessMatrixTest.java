package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.http.server.PathContainer;
import org.springframework.web.servlet.handler.AbstractUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPatternParser;

/** Every endpoint and everybody who may come: who gets in where. What is not in the table fails the test. */
@Timeout(120)
class AccessMatrixTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    /** Wrong passwords come on purpose here. */
    private static final String GUESSES = "--caravan.security.failed-logins=100000";

    private static final String ELSEWHERE = "203.0.113.7";

    private static InProcessNode users;
    private static InProcessNode guests;

    /** Who gets in: everybody, strangers on this machine, or whoever has at least this role. */
    enum Least {
        /** Also with wrong credentials: nobody looks at them. */
        ALL,
        ANYONE,
        LOCAL_CHAT,
        USER,
        MONITOR,
        OPERATOR,
        AUTHOR,
        OPERATOR_OR_AUTHOR,
        /** One of those who see route files. */
        ROUTES_READER,
        AUTHOR_OR_APPROVER
    }

    /** Who comes. */
    enum Visitor {
        STRANGER(null, null, false, false),
        STRANGER_ELSEWHERE(null, null, true, false),
        USER("ada", Role.USER, false, false),
        USER_ELSEWHERE("ada", Role.USER, true, false),
        OPERATOR("olga", Role.OPERATOR, true, false),
        AUTHOR("anna", Role.AUTHOR, true, false),
        APPROVER("andy", Role.APPROVER, true, false),
        ADMIN("root", Role.ADMIN, true, false),
        MONITOR("mona", Role.MONITOR, false, false),
        MONITOR_ELSEWHERE("mona", Role.MONITOR, true, false),
        GUEST("guest", Role.ADMIN, false, true),
        GUEST_ELSEWHERE("guest", null, true, true);

        private final String name;
        private final Role role;
        private final boolean elsewhere;
        private final boolean guest;

        Visitor(String name, Role role, boolean elsewhere, boolean guest) {
            this.name = name;
            this.role = role;
            this.elsewhere = elsewhere;
            this.guest = guest;
        }

        boolean mayUse(Least least) {
            if (name != null && role == null) {
                return least == Least.ALL; // wrong credentials never help, not even where none are needed
            }
            return switch (least) {
                case ALL, ANYONE -> true;
                case LOCAL_CHAT -> isUser() || !elsewhere;
                case USER -> isUser();
                case MONITOR -> role == Role.MONITOR || role == Role.OPERATOR || role == Role.ADMIN;
                case OPERATOR -> role == Role.OPERATOR || role == Role.ADMIN;
                case AUTHOR -> role == Role.AUTHOR || role == Role.ADMIN;
                case OPERATOR_OR_AUTHOR -> mayUse(Least.OPERATOR) || mayUse(Least.AUTHOR);
                case ROUTES_READER -> mayUse(Least.OPERATOR) || mayUse(Least.AUTHOR_OR_APPROVER);
                case AUTHOR_OR_APPROVER -> role == Role.APPROVER || mayUse(Least.AUTHOR);
            };
        }

        private boolean isUser() {
            return role != null && role != Role.MONITOR;
        }
    }

    /** The table. Paths are what is asked for, patterns what stands for them among the endpoints. */
    record Row(String method, String path, String pattern, Least least) {
        @Override
        public String toString() {
            return method + " " + path + " " + least;
        }
    }

    private static Row row(String method, String path, Least least) {
        return new Row(method, path, path, least);
    }

    static final List<Row> TABLE = List.of(
            row("GET", "/jobs", Least.USER),
            row("POST", "/jobs", Least.USER),
            new Row("POST", "/jobs/hello", "/jobs/{type}", Least.USER),
            row("POST", "/jobs/batch", Least.USER),
            row("POST", "/jobs/bulk", Least.OPERATOR),
            new Row("POST", "/jobs/none/replay", "/jobs/{id}/replay", Least.USER),
            new Row("POST", "/jobs/none/discard", "/jobs/{id}/discard", Least.USER),
            row("GET", "/jobs/types", Least.USER),
            row("GET", "/jobs/counts", Least.USER),
            row("GET", "/jobs/dead", Least.USER),
            new Row("GET", "/jobs/none", "/jobs/{id}", Least.USER),
            new Row("DELETE", "/jobs/none", "/jobs/{id}", Least.USER),
            new Row("PATCH", "/jobs/none", "/jobs/{id}", Least.USER),
            new Row("GET", "/jobs/none/events", "/jobs/{id}/events", Least.USER),
            new Row("GET", "/jobs/none/log", "/jobs/{id}/log", Least.USER),
            new Row("GET", "/jobs/none/recording", "/jobs/{id}/recording", Least.OPERATOR_OR_AUTHOR),
            new Row("GET", "/jobs/types/none/recordings", "/jobs/types/{type}/recordings", Least.OPERATOR_OR_AUTHOR),
            new Row("POST", "/jobs/types/none/pause", "/jobs/types/{type}/pause", Least.OPERATOR),
            new Row("POST", "/jobs/types/none/resume", "/jobs/types/{type}/resume", Least.OPERATOR),
            row("GET", "/batches", Least.USER),
            row("POST", "/batches", Least.USER),
            new Row("GET", "/batches/none", "/batches/{id}", Least.USER),
            new Row("POST", "/batches/none/close", "/batches/{id}/close", Least.USER),
            new Row("POST", "/batches/none/cancel", "/batches/{id}/cancel", Least.USER),
            row("GET", "/schedules", Least.USER),
            new Row("GET", "/schedules/none", "/schedules/{name}", Least.USER),
            new Row("PUT", "/schedules/none", "/schedules/{name}", Least.OPERATOR),
            new Row("DELETE", "/schedules/none", "/schedules/{name}", Least.OPERATOR),
            new Row("POST", "/schedules/none/pause", "/schedules/{name}/pause", Least.OPERATOR),
            new Row("POST", "/schedules/none/resume", "/schedules/{name}/resume", Least.OPERATOR),
            new Row("POST", "/schedules/none/run", "/schedules/{name}/run", Least.OPERATOR),
            row("GET", "/webhooks", Least.OPERATOR),
            new Row("GET", "/webhooks/none", "/webhooks/{name}", Least.OPERATOR),
            new Row("PUT", "/webhooks/none", "/webhooks/{name}", Least.OPERATOR),
            new Row("DELETE", "/webhooks/none", "/webhooks/{name}", Least.OPERATOR),
            new Row("POST", "/webhooks/none/pause", "/webhooks/{name}/pause", Least.OPERATOR),
            new Row("POST", "/webhooks/none/resume", "/webhooks/{name}/resume", Least.OPERATOR),
            new Row("POST", "/webhooks/none/secret", "/webhooks/{name}/secret", Least.OPERATOR),
            new Row("POST", "/webhooks/none/test", "/webhooks/{name}/test", Least.OPERATOR),
            row("GET", "/hooks", Least.OPERATOR),
            new Row("GET", "/hooks/none", "/hooks/{name}", Least.OPERATOR),
            new Row("PUT", "/hooks/none", "/hooks/{name}", Least.OPERATOR),
            new Row("DELETE", "/hooks/none", "/hooks/{name}", Least.OPERATOR),
            new Row("POST", "/hooks/none", "/hooks/{name}", Least.ANYONE),
            row("GET", "/queues", Least.USER),
            row("GET", "/me", Least.ANYONE),
            row("GET", "/nodes", Least.OPERATOR),
            row("GET", "/events", Least.OPERATOR),
            row("POST", "/events", Least.OPERATOR),
            new Row("GET", "/events/key", "/events/{key}", Least.OPERATOR),
            new Row("POST", "/events/key", "/events/{key}", Least.OPERATOR),
            row("GET", "/routes", Least.ROUTES_READER),
            row("POST", "/routes/check", Least.AUTHOR),
            row("POST", "/routes/format", Least.AUTHOR),
            row("GET", "/routes/completions", Least.ROUTES_READER),
            row("POST", "/routes/try", Least.AUTHOR),
            row("GET", "/routes/publications", Least.ROUTES_READER),
            row("POST", "/routes/publications", Least.AUTHOR),
            new Row("GET", "/routes/publications/1", "/routes/publications/{number}", Least.ROUTES_READER),
            new Row("POST", "/routes/publications/1/rollback", "/routes/publications/{number}/rollback", Least.AUTHOR),
            row("GET", "/routes/drafts", Least.ROUTES_READER),
            new Row("GET", "/routes/drafts/none", "/routes/drafts/{draft}", Least.ROUTES_READER),
            new Row("PUT", "/routes/drafts/none", "/routes/drafts/{draft}", Least.AUTHOR),
            new Row("DELETE", "/routes/drafts/none", "/routes/drafts/{draft}", Least.AUTHOR),
            new Row("POST", "/routes/drafts/none/publish", "/routes/drafts/{draft}/publish", Least.AUTHOR_OR_APPROVER),
            new Row("GET", "/routes/recordings/none", "/routes/recordings/{route}", Least.OPERATOR),
            new Row("GET", "/routes/recordings/none/x", "/routes/recordings/{route}/{recording}", Least.OPERATOR),
            new Row("GET", "/routes/figures/none", "/routes/figures/{route}", Least.ROUTES_READER),
            row("GET", "/routes/files", Least.ROUTES_READER),
            new Row("GET", "/routes/files/jobs/hello", "/routes/files/{*file}", Least.ROUTES_READER),
            new Row("GET", "/routes/files/a.camel.yaml/history", "/routes/files/{*file}", Least.ROUTES_READER),
            new Row("GET", "/routes/files/a.camel.yaml/history/1", "/routes/files/{*file}", Least.ROUTES_READER),
            new Row("PUT", "/routes/files/a.camel.yaml", "/routes/files/{*file}", Least.AUTHOR),
            new Row("POST", "/routes/files/a.camel.yaml/rollback/1", "/routes/files/{*file}", Least.AUTHOR),
            row("GET", "/actuator", Least.OPERATOR),
            row("GET", "/actuator/health", Least.ANYONE),
            new Row("GET", "/actuator/health/liveness", "/actuator/health/**", Least.ANYONE),
            row("GET", "/actuator/health/readiness", Least.ANYONE),
            row("GET", "/actuator/info", Least.OPERATOR),
            row("GET", "/actuator/metrics", Least.OPERATOR),
            new Row(
                    "GET",
                    "/actuator/metrics/jvm.threads.live",
                    "/actuator/metrics/{requiredMetricName}",
                    Least.OPERATOR),
            row("GET", "/actuator/prometheus", Least.MONITOR),
            row("GET", "/hawtio", Least.OPERATOR),
            row("GET", "/hawtio/", Least.OPERATOR),
            new Row("GET", "/hawtio/camel", "/hawtio/{tab:[a-z]+}", Least.OPERATOR),
            new Row(
                    "GET",
                    "/hawtio/camel/routes",
                    "/hawtio/{tab:camel|jmx|runtime|preferences|connect|help}/**",
                    Least.OPERATOR),
            row("GET", "/hawtio/user", Least.OPERATOR),
            row("GET", "/hawtio/plugin", Least.OPERATOR),
            row("GET", "/hawtio/preset-connections", Least.OPERATOR),
            row("GET", "/hawtio/proxy/enabled", Least.OPERATOR),
            row("GET", "/hawtio/keycloak/enabled", Least.OPERATOR),
            row("GET", "/hawtio/auth/config", Least.OPERATOR),
            row("GET", "/hawtio/auth/config/session-timeout", Least.OPERATOR),
            row("GET", "/hawtio/auth/logout", Least.OPERATOR),
            row("GET", "/hawtio/hawtconfig.json", Least.OPERATOR),
            new Row("GET", "/hawtio/index.html", "/hawtio/**", Least.OPERATOR),
            new Row("POST", "/hawtio/jolokia/x", "/hawtio/jolokia/*", Least.OPERATOR),
            row("GET", "/", Least.USER),
            row("GET", "/index.html", Least.USER),
            new Row("GET", "/dashboard/page.js", "/dashboard/**", Least.USER),
            row("GET", "/openapi.yaml", Least.USER),
            row("GET", "/api-docs", Least.USER),
            row("GET", "/api-docs/", Least.USER),
            new Row("GET", "/api-docs/index.html", "/api-docs/**", Least.USER),
            row("GET", "/login", Least.ANYONE),
            new Row("GET", "/login/login.js", "/login/**", Least.ANYONE),
            row("GET", "/pages.css", Least.ANYONE),
            row("POST", "/logout", Least.ALL),
            row("GET", "/chat", Least.LOCAL_CHAT),
            row("GET", "/chat/", Least.LOCAL_CHAT),
            new Row("GET", "/chat/page.js", "/chat/**", Least.LOCAL_CHAT),
            new Row("GET", "/webjars/stomp__stompjs/esm6/client.js", "/webjars/**", Least.LOCAL_CHAT),
            new Row("GET", "/ws/chat/info", "/ws/chat/**", Least.ANYONE),
            row("GET", "/error", Least.USER),
            new Row("GET", "/nothing/here", "/**", Least.USER));

    @BeforeAll
    static void start() throws IOException {
        users = SecureNode.withUsers(
                "--caravan.routes.writable=true",
                GUESSES,
                "--caravan.users[3].name=mona",
                "--caravan.users[3].password={noop}" + SecureNode.PASSWORD,
                "--caravan.users[3].roles=monitor",
                "--caravan.users[4].name=both",
                "--caravan.users[4].password={noop}" + SecureNode.PASSWORD,
                "--caravan.users[4].roles=monitor,user",
                "--caravan.users[5].name=anna",
                "--caravan.users[5].password={noop}" + SecureNode.PASSWORD,
                "--caravan.users[5].roles=author",
                "--caravan.users[6].name=andy",
                "--caravan.users[6].password={noop}" + SecureNode.PASSWORD,
                "--caravan.users[6].roles=approver");
        guests = InProcessNode.start("--caravan.routes.writable=true", GUESSES);
    }

    @AfterAll
    static void stop() {
        guests.close();
        users.close();
    }

    static List<Row> table() {
        return TABLE;
    }

    @ParameterizedTest
    @MethodSource("table")
    void everybodyGetsInWhereTheyMayAndNowhereElse(Row row) {
        for (Visitor visitor : EnumSet.allOf(Visitor.class)) {
            int status = status(visitor, row);
            if (visitor.mayUse(row.least)) {
                assertThat(status).as("%s at %s", visitor, row).isNotIn(401, 403);
            } else {
                // Whoever is known is told that it is not theirs; who is not, to log in.
                assertThat(status).as("%s at %s", visitor, row).isEqualTo(visitor.role == null ? 401 : 403);
            }
        }
    }

    private static int status(Visitor visitor, Row row) {
        URI base = (visitor.guest ? guests : users).http();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + row.path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .method(row.method, HttpRequest.BodyPublishers.ofString(row.method.equals("GET") ? "" : "{}"));
        if (visitor.name != null) {
            request.header("Authorization", Api.basic(visitor.name, visitor.guest ? "guest" : SecureNode.PASSWORD));
        }
        if (visitor.elsewhere) {
            request.header("X-Forwarded-For", ELSEWHERE);
        }
        try {
            HttpResponse<InputStream> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            answer.body().close(); // a stream of events would go on
            return answer.statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** For what a table of the least role cannot say: who reads a job reads no event. */
    @Test
    void deliveriesShowWhatTheyTellToWhoMaySeeEvents() {
        Api operator = users.api().as("olga", SecureNode.PASSWORD);
        operator.put("/webhooks/matrix", "{\"url\":\"https://caravan.invalid/hook\",\"jobs\":{\"types\":[\"none\"]}}");
        String delivery = "/jobs/" + operator.post("/webhooks/matrix/test", "").field("jobId");
        operator.send("DELETE", "/webhooks/matrix", new byte[0]); // it is never sent
        for (Visitor visitor : EnumSet.of(Visitor.USER, Visitor.OPERATOR, Visitor.ADMIN)) {
            Api api = users.api().as(visitor.name, SecureNode.PASSWORD);
            // Without the filters, and with them.
            for (Api.Answer read : List.of(api.get(delivery), api.get(delivery, "X-Forwarded-For", ELSEWHERE))) {
                assertThat(read.status()).isEqualTo(200);
                assertThat(read.json().has("payload"))
                        .as("%s reads %s", visitor, read.body())
                        .isEqualTo(visitor.mayUse(Least.OPERATOR));
            }
        }
    }

    /** For what a table of the least role cannot say: roles of one who has two, and of one who has a token. */
    @Test
    void theRoleMonitorIsOneMoreThanOthersAndComesInATokenToo() {
        String monitor = "Bearer " + SecureNode.token("prometheus", List.of("monitor"), 60);
        assertThat(status("/actuator/prometheus", monitor)).isEqualTo(200);
        assertThat(status("/actuator/health", monitor)).isEqualTo(200);
        assertThat(status("/actuator/metrics", monitor)).isEqualTo(403);
        assertThat(status("/jobs", monitor)).isEqualTo(403);
        assertThat(status("/queues", monitor)).isEqualTo(403);

        String both = Api.basic("both", SecureNode.PASSWORD);
        assertThat(status("/actuator/prometheus", both)).isEqualTo(200);
        assertThat(status("/jobs", both)).isEqualTo(200);
        assertThat(status("/nodes", both)).isEqualTo(403);
    }

    @Test
    void aMonitorSeesOfHealthAndOfItselfWhatAStrangerDoes() {
        Api monitor = users.api().as("mona", SecureNode.PASSWORD);
        assertThat(monitor.get("/actuator/health").body())
                .isEqualTo(users.api().get("/actuator/health").body());
        assertThat(monitor.get("/me").body()).isEqualTo("{\"name\":\"mona\",\"roles\":[\"monitor\"],\"guest\":false}");
    }

    @Test
    void anAuthorIsAUserAndNoOperator() {
        assertThat(users.api().as("anna", SecureNode.PASSWORD).get("/me").body())
                .isEqualTo("{\"name\":\"anna\",\"roles\":[\"user\",\"author\"],\"guest\":false}");
        assertThat(users.api().as("Olga", SecureNode.PASSWORD).get("/me").body())
                .isEqualTo("{\"name\":\"Olga\",\"roles\":[\"user\",\"operator\",\"monitor\"],\"guest\":false}");
    }

    @Test
    void aMonitorIsInNoRoomOfTheChat() {
        try (StompClient chat =
                StompClient.connect(users.http(), "1.2", "login", "mona", "passcode", SecureNode.PASSWORD)) {
            chat.send("SUBSCRIBE", "", "id", "1", "destination", "/receive-endpoint/lobby", "receipt", "r");
            assertThat(chat.frame().header("message")).isEqualTo("You may not subscribe to lobby");
        }
    }

    private static int status(String path, String authorization) {
        return users.api().get(path, "Authorization", authorization).status();
    }

    @Test
    void everyEndpointIsInTheTable() throws IOException {
        Set<String> known = new TreeSet<>();
        TABLE.forEach(row -> known.add(row.method + " " + row.pattern));
        List<String> patterns = TABLE.stream().map(Row::pattern).toList();
        ApplicationContext application = users.context();

        for (RequestMappingInfoHandlerMapping mapping : application
                .getBeansOfType(RequestMappingInfoHandlerMapping.class)
                .values()) {
            mapping.getHandlerMethods().keySet().forEach(info -> info.getPatternValues()
                    .forEach(pattern -> methods(info.getMethodsCondition().getMethods(), pattern)
                            .forEach(endpoint -> assertThat(known).contains(endpoint))));
        }
        for (AbstractUrlHandlerMapping mapping :
                application.getBeansOfType(AbstractUrlHandlerMapping.class).values()) {
            assertThat(patterns).containsAll(pathsOf(mapping));
        }
        application.getBeansOfType(ServletRegistrationBean.class).values().stream()
                .flatMap(servlet -> ((Collection<?>) servlet.getUrlMappings()).stream())
                .map(Object::toString)
                .filter(path -> !path.equals("/")) // Spring MVC itself
                .forEach(path -> assertThat(patterns).contains(path));
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/static"))) {
            files.forEach(file ->
                    assertThat(patterns).contains("/" + file.getFileName() + (Files.isDirectory(file) ? "/**" : "")));
        }
    }

    private static List<String> pathsOf(AbstractUrlHandlerMapping mapping) {
        List<String> paths = new ArrayList<>(mapping.getHandlerMap().keySet());
        mapping.getPathPatternHandlerMap().keySet().forEach(pattern -> paths.add(pattern.getPatternString()));
        return paths;
    }

    private static Stream<String> methods(Set<?> methods, String pattern) {
        return methods.isEmpty()
                ? Stream.of("GET " + pattern)
                : methods.stream().map(method -> method + " " + pattern);
    }

    /** The rules themselves name no path that is not there. */
    @Test
    void pathsOfTheTableMatchTheirPatterns() {
        TABLE.forEach(row -> assertThat(
                        PathPatternParser.defaultInstance.parse(row.pattern).matches(PathContainer.parsePath(row.path)))
                .as(row.toString())
                .isTrue());
    }
}
