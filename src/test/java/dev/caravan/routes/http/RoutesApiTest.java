package dev.caravan.routes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.PartsAlone;
import dev.caravan.http.HttpProperties;
import dev.caravan.routes.RoutesEditor;
import dev.caravan.routes.Texts;
import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Primary;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Routes seen and edited over REST, on a real Jetty, with nothing but one route file. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "caravan.routes.writable=true",
            "caravan.routes.poll=20ms",
            "caravan.routes.trial.timeout=60s",
            "spring.profiles.default=none",
            "management.endpoint.health.show-details=always",
            "management.endpoint.health.validate-group-membership=false"
        })
@DirtiesContext
@Timeout(120)
class RoutesApiTest {
    private static final String FILE = "jobs/said.camel.yaml";
    private static final String TESTS = "jobs/said.test.yaml";
    private static final String SAID = text("hello");
    private static final String NEW = text("good day");

    @TempDir
    static Path directory;

    @LocalServerPort
    int port;

    @Autowired
    private CamelContext camel;

    private Api api;

    @DynamicPropertySource
    static void directory(DynamicPropertyRegistry properties) throws IOException {
        put(SAID);
        properties.add("caravan.routes.directory", directory::toString);
    }

    @BeforeEach
    void connect() {
        api = Api.at(URI.create("http://127.0.0.1:" + port)).as("guest", "guest");
    }

    @AfterEach
    void restore() throws IOException {
        Files.deleteIfExists(directory.resolve(TESTS));
        put(SAID);
        await().untilAsserted(() -> {
            assertThat(api.get("/routes/files").body()).contains(RouteFile.revision(SAID));
            assertThat(problems(api.get("/routes/files"))).isEmpty();
        });
    }

    @Test
    void listsRoutesOfFilesAndOfJava() {
        Api.Answer answer = api.get("/routes");
        assertThat(answer.status()).isEqualTo(200);
        JsonObject live = route(answer, "said");
        assertThat(live.get("file").getAsString()).isEqualTo(FILE);
        assertThat(live.get("state").getAsString()).isEqualTo("Started");
        assertThat(live.getAsJsonObject("exchanges").get("inFlight").getAsInt()).isZero();
        assertThat(route(answer, "rest-routes-list").has("file")).isFalse();
    }

    @Test
    void comparesTheFiguresOfTheLastRevisions() throws IOException {
        save("/routes/files/jobs/said", text("a"));
        said();
        save("/routes/files/jobs/said", SAID.replace("constant: hello", "simple: ${body.none}"));
        said();
        said();
        JsonArray revisions = figures();
        JsonObject now = revisions.get(0).getAsJsonObject();
        assertThat(now.get("total").getAsInt()).isEqualTo(2);
        assertThat(now.get("failed").getAsInt()).isEqualTo(2);
        assertThat(now.get("p99Micros").getAsLong()).isPositive();
        assertThat(now.has("until")).isFalse();
        JsonObject error = now.getAsJsonObject("lastError");
        assertThat(error.get("message").getAsString()).contains("none");
        JsonObject place = error.getAsJsonObject("place");
        assertThat(place.get("file").getAsString()).isEqualTo(FILE);
        assertThat(place.get("line").getAsInt()).isEqualTo(7);
        assertThat(place.get("text").getAsString()).isEqualTo("        - setBody:");

        JsonObject before = revisions.get(1).getAsJsonObject();
        assertThat(before.get("total").getAsInt()).isEqualTo(1);
        assertThat(before.get("failed").getAsInt()).isZero();
        assertThat(before.has("until")).isTrue();
        assertThat(before.has("lastError")).isFalse();

        JsonObject listed = route(api.get("/routes"), "said");
        assertThat(listed.get("lastError").getAsString())
                .isEqualTo(error.get("message").getAsString());
        assertThat(listed.getAsJsonObject("exchanges").get("p99Micros").getAsLong())
                .isPositive();

        for (String text : List.of("b", "c", "d")) {
            save("/routes/files/jobs/said", text(text));
        }
        assertThat(figures()).as("not those of all revisions").hasSize(3);
        assertThat(api.get("/routes/figures/rest-routes-list").status()).isEqualTo(404);
        assertThat(api.get("/routes/figures/none").status()).isEqualTo(404);
    }

    private JsonArray figures() {
        JsonArray nodes = api.get("/routes/figures/said").json().getAsJsonArray("nodes");
        assertThat(nodes).hasSize(1);
        return nodes.get(0).getAsJsonObject().getAsJsonArray("revisions");
    }

    private void said() throws IOException {
        try (ProducerTemplate producer = camel.createProducerTemplate()) {
            producer.send("direct:said", exchange -> exchange.getMessage().setBody("text"));
        }
    }

    @Test
    void givesTheTextOfAFileAndOfItsRevisions() {
        Api.Answer now = api.get("/routes/files/jobs/said");
        assertThat(now.status()).isEqualTo(200);
        assertThat(now.header("Content-Type")).isEqualTo("application/yaml");
        assertThat(now.header("X-Route-Revision")).isEqualTo(RouteFile.revision(SAID));
        assertThat(now.body()).isEqualTo(SAID);
        assertThat(api.get("/routes/files/" + FILE).body()).isEqualTo(SAID);

        save("/routes/files/" + FILE, NEW);
        Api.Answer old = api.get("/routes/files/jobs/said/history/" + RouteFile.revision(SAID));
        assertThat(old.status()).isEqualTo(200);
        assertThat(old.header("Content-Type")).isEqualTo("application/yaml");
        assertThat(old.header("X-Route-Revision")).isEqualTo(RouteFile.revision(SAID));
        assertThat(old.body()).isEqualTo(SAID);
        assertThat(api.get("/routes/files/jobs/said").body()).isEqualTo(NEW);
    }

    @Test
    void knowsNoTextOfWhatIsNotThere() {
        for (String path :
                List.of("none", "jobs/said/history/000000000000", "none/history/000000000000", "jobs/said/x")) {
            Api.Answer none = api.get("/routes/files/" + path);
            assertThat(none.status()).as(path).isEqualTo(404);
            assertThat(none.header("Content-Type")).isEqualTo("application/problem+json");
        }
        assertThat(api.get("/routes/files/.history/x").status()).isEqualTo(400);
        assertThat(api.get("/routes/files/a%2F..%2Fb").status()).isEqualTo(400);
    }

    @Test
    void tellsWhereAFileIsFrom() throws IOException {
        Path shipped = directory.resolve("jobs/default.camel.yaml");
        Files.writeString(shipped, text("x").replace("said", "default"));
        await().untilAsserted(() -> assertThat(api.get("/routes/files").json().getAsJsonArray("files"))
                .hasSize(2)
                .allSatisfy(file -> {
                    JsonObject each = file.getAsJsonObject();
                    assertThat(each.get("origin").getAsString()).isEqualTo("directory");
                    assertThat(each.get("shipped").getAsBoolean())
                            .isEqualTo(each.get("file").getAsString().equals("jobs/default.camel.yaml"));
                }));
        Files.delete(shipped);
        await().untilAsserted(() -> assertThat(api.get("/routes/files").json().getAsJsonArray("files"))
                .hasSize(1));
    }

    @Test
    void savesAFileAndRollsItBack() throws Exception {
        Api.Answer saved = save("/routes/files/" + FILE, NEW);
        assertThat(saved.status()).as(saved.body()).isEqualTo(200);
        assertThat(saved.json().getAsJsonArray("changed").toString()).isEqualTo("[\"said\"]");
        assertThat(saved.field("revision")).isEqualTo(RouteFile.revision(NEW));
        assertThat(directory.resolve(FILE)).hasContent(NEW);
        assertThat(api.get("/routes/files/jobs/said/history").body())
                .contains(RouteFile.revision(NEW), RouteFile.revision(SAID), "\"by\":\"REST\"");

        Api.Answer back = api.post("/routes/files/jobs/said/rollback/" + RouteFile.revision(SAID), "");
        assertThat(back.status()).as(back.body()).isEqualTo(200);
        assertThat(directory.resolve(FILE)).hasContent(SAID);
    }

    @Test
    void theHistorySaysWho() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(RoutesEditor.class);
        log.start();
        logger.addAppender(log);
        try (ProducerTemplate producer = camel.createProducerTemplate()) {
            for (String check : List.of("true", "false")) {
                Exchange saved = producer.request("direct:api-routes-save", exchange -> {
                    exchange.setProperty(HttpProperties.USER, "ada\n\u202e" + "a".repeat(300));
                    exchange.getMessage().setHeader("file", "/jobs/said");
                    exchange.getMessage().setHeader("check", check);
                    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/yaml");
                    exchange.getMessage().setBody(bytes(NEW));
                });
                assertThat(saved.getException()).isNull();
            }
            assertThat(save("/routes/files/jobs/said", "- nothing").status()).isEqualTo(422);
        } finally {
            logger.detachAppender(log);
        }
        String who = "ada??" + "a".repeat(195) + "...";
        assertThat(api.get("/routes/files/jobs/said/history").body()).contains("\"by\":\"" + who + "\"");
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.startsWith("Route file " + FILE + ": check by " + who + ": added []"))
                .anyMatch(line -> line.startsWith("Route file " + FILE + ": save by " + who + ": added []"))
                .anyMatch(line -> line.startsWith("Route file " + FILE + ": save by REST: rejected: "));
    }

    @Test
    void onlyChecksWhenAsked() throws Exception {
        assertThat(save("/routes/files/jobs/said?check=true", NEW).status()).isEqualTo(200);
        assertThat(save("/routes/files/jobs/said?check=ture", NEW).status()).isEqualTo(400);
        assertThat(directory.resolve(FILE)).hasContent(SAID);
    }

    @Test
    void refusesWhatCannotRunAndSaysWhy() throws Exception {
        Api.Answer refused = save("/routes/files/jobs/said", SAID.replace("log:", "no-such-thing:"));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(problems(refused)).singleElement().satisfies(problem -> {
            assertThat(problem.getAsJsonObject().get("file").getAsString()).isEqualTo(FILE);
            assertThat(problem.getAsJsonObject().get("reason").getAsString()).contains("no-such-thing");
        });
        assertThat(directory.resolve(FILE)).hasContent(SAID);
    }

    @Test
    void refusesNamesRevisionsAndKindsOfContentThatAreNone() {
        assertThat(save("/routes/files/-x", NEW).status()).isEqualTo(400);
        assertThat(save("/routes/files/.history/x", NEW).status()).isEqualTo(400);
        assertThat(api.get("/routes/files/none/history").status()).isEqualTo(404);
        assertThat(api.post("/routes/files/jobs/said/rollback/removed", "").status())
                .isEqualTo(404);
        assertThat(api.send("PUT", "/routes/files/jobs/said", bytes(NEW)).status())
                .isEqualTo(415);
        assertThat(save("/routes/files/jobs/said", "#".repeat(300_000)).status())
                .isEqualTo(413);
    }

    @Test
    void nothingIsWrittenToThePathOfAllFiles() {
        for (String path : List.of("/routes/files", "/routes/files/")) {
            assertThat(api.post(path, "{}").status()).as(path).isEqualTo(404);
            assertThat(api.send("PUT", path, Texts.bytes(SAID), "Content-Type", "application/yaml")
                            .status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void takesNoWritesThatAPageOfAnotherOriginCanSend() {
        String rollback = "/routes/files/jobs/said/rollback/" + RouteFile.revision(SAID);
        for (String simple : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")) {
            assertThat(api.post(rollback, "", "Content-Type", simple).status()).isEqualTo(415);
        }
        Api.Answer asked = api.send(
                "OPTIONS",
                rollback,
                new byte[0],
                "Origin",
                "https://elsewhere.example",
                "Access-Control-Request-Method",
                "POST");
        assertThat(asked.header("Access-Control-Allow-Origin")).isNull();
    }

    @Test
    void isDegradedAndReadyWhileAFileIsRefused() throws Exception {
        put("- broken: [");
        await().untilAsserted(() -> {
            Api.Answer health = api.get("/actuator/health");
            assertThat(health.status()).isEqualTo(200);
            assertThat(health.field("status")).isEqualTo("DEGRADED");
            assertThat(health.body()).contains(FILE);
        });
        assertThat(api.get("/actuator/health/readiness").field("status")).isEqualTo("UP");
        assertThat(api.get("/actuator/metrics/caravan.routes.rejected").body()).contains("\"value\":1.0");
        assertThat(api.get("/actuator/metrics/caravan.routes.changes").body()).contains("accepted", "rejected");
    }

    @Test
    void showsTheSameInJmx() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName("dev.caravan:type=LiveRoutes");
        assertThat((String[]) server.getAttribute(name, "Files"))
                .containsExactly(FILE + " " + RouteFile.revision(SAID));
        String[] texts = {String.class.getName(), String.class.getName()};
        assertThat(server.invoke(name, "check", new Object[] {FILE, NEW}, texts))
                .asString()
                .contains("changed [said]");
    }

    @Test
    void savesNothingWhoseTestsAreRedUnlessItIsForced() throws IOException {
        Files.writeString(directory.resolve(TESTS), "- name: is kind\n  result: good day\n");
        String harsh = text("go away");
        for (String path : List.of("/routes/files/jobs/said", "/routes/files/jobs/said?check=true")) {
            Api.Answer refused = save(path, harsh);
            assertThat(refused.status()).as(refused.body()).isEqualTo(422);
            assertThat(refused.field("detail")).contains("tests are red", "force=true");
            JsonObject problem = problems(refused).get(0).getAsJsonObject();
            assertThat(problem.get("file").getAsString()).isEqualTo(TESTS);
            assertThat(problem.get("line").getAsInt()).isEqualTo(1);
            assertThat(problem.get("reason").getAsString()).isEqualTo("is kind: left go away, not good day");
        }
        assertThat(directory.resolve(FILE)).hasContent(SAID);
        assertThat(save("/routes/files/jobs/said?force=ture", harsh).status()).isEqualTo(400);

        assertThat(save("/routes/files/jobs/said", NEW).status()).isEqualTo(200);
        Api.Answer forced = save("/routes/files/jobs/said?force=true", harsh);
        assertThat(forced.status()).as(forced.body()).isEqualTo(200);
        assertThat(directory.resolve(FILE)).hasContent(harsh);
        assertThat(api.get("/routes/files/jobs/said/history").body()).contains("\"by\":\"REST, forced\"");

        assertThat(save("/routes/files/jobs/said", harsh).status())
                .as("what runs already")
                .isEqualTo(200);
        assertThat(api.post("/routes/files/jobs/said/rollback/" + RouteFile.revision(SAID), "")
                        .status())
                .as("back to what the tests do not know")
                .isEqualTo(200);
    }

    @Test
    void savesNothingWhoseTestsCannotBeRead() throws IOException {
        Files.writeString(directory.resolve(TESTS), "- nome: is kind\n");
        Api.Answer refused = save("/routes/files/jobs/said", NEW);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(problems(refused).toString()).contains("unknown option \\\"nome\\\"", "- nome: is kind");
        assertThat(save("/routes/files/jobs/said?force=true", NEW).status()).isEqualTo(200);
    }

    @Test
    void testsAreReadAndSavedToo() throws IOException {
        String path = "/routes/files/jobs/said.test.yaml";
        assertThat(api.get(path).status()).isEqualTo(404);
        assertThat(hasTests()).isFalse();

        String red = "- name: is kind\n  result: good day\n";
        assertThat(save(path + "?check=true", red).status())
                .as("a check runs them")
                .isEqualTo(422);
        assertThat(directory.resolve(TESTS)).doesNotExist();
        Api.Answer saved = save(path, red);
        assertThat(saved.status()).as(saved.body()).isEqualTo(200);
        assertThat(saved.json().getAsJsonArray("changed")).isEmpty();
        assertThat(directory.resolve(TESTS)).hasContent(red);
        assertThat(hasTests()).isTrue();
        Api.Answer read = api.get(path);
        assertThat(read.body()).isEqualTo(red);
        assertThat(read.header("X-Route-Revision")).isEqualTo(saved.field("revision"));

        assertThat(save("/routes/files/jobs/said", text("go away")).status()).isEqualTo(422);
        assertThat(save("/routes/files/jobs/said", NEW).status()).isEqualTo(200);
    }

    @Test
    void savesNoTestsThatCannotRun() throws IOException {
        assertRefused(save("/routes/files/jobs/said.test.yaml", "- nome: x\n"), "unknown option \"nome\"");
        assertRefused(save("/routes/files/jobs/said.test.yaml?force=true", "nothing"), "must be a list of cases");
        assertRefused(save("/routes/files/jobs/none.test.yaml", "- name: x\n"), "has tests for jobs/none.camel.yaml");
        assertThat(save("/routes/files/../said.test.yaml", "- name: x\n").status())
                .isIn(400, 404);
        assertThat(save("/routes/files/.said.test.yaml", "- name: x\n").status())
                .isEqualTo(400);
        assertThat(api.get("/routes/files/jobs/said.test.yaml/history").status())
                .isEqualTo(400);
        assertThat(directory.resolve(TESTS)).doesNotExist();
    }

    private static void assertRefused(Api.Answer answer, String reason) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(problems(answer).get(0).getAsJsonObject().get("reason").getAsString())
                .contains(reason);
    }

    private boolean hasTests() {
        return api.get("/routes/files")
                .json()
                .getAsJsonArray("files")
                .get(0)
                .getAsJsonObject()
                .get("tests")
                .getAsBoolean();
    }

    @Test
    void tellsAnEditorWhatIsWrongWithTests() throws IOException {
        assertThat(checkTests("- name: is kind\n  result: good day\n", false)).isEmpty();
        assertThat(checkTests("- name: is kind\n  result: good day\n", true).toString())
                .contains("is kind: left hello, not good day");
        assertThat(checkTests("- name: is brief\n  result: hello\n", true)).isEmpty();
        assertThat(checkTests("- name: [\n", false)).isNotEmpty();
    }

    private JsonArray checkTests(String text, boolean run) {
        JsonObject checked = check(TESTS, text, run).json();
        assertThat(checked.has("outline")).isFalse();
        return checked.getAsJsonArray("problems");
    }

    @Test
    void triesATextThatIsNotSaved() {
        String before = api.get("/routes/files/jobs/said").body();
        JsonObject trial = new JsonObject();
        trial.addProperty("file", "jobs/said");
        trial.addProperty("text", NEW);
        trial.addProperty("payload", "text");
        JsonObject result = tryOut(trial.toString()).json();
        assertThat(result.get("outcome").getAsString()).as("%s", result).isEqualTo("ended");
        assertThat(result.getAsJsonArray("steps")).isNotEmpty();
        assertThat(api.get("/routes/files/jobs/said").body()).isEqualTo(before);
        assertThat(tryOut("{\"file\": \"jobs/said\"}").status()).isEqualTo(200);
    }

    @Test
    void refusesWhatCannotBeTried() {
        assertThat(tryOut("{\"file\": \"jobs/none\"}").status()).isEqualTo(404);
        assertThat(tryOut("{\"file\": \"../none\"}").status()).isEqualTo(400);
        assertThat(tryOut("{}").status()).isEqualTo(400);
        assertThat(tryOut("[1]").status()).isEqualTo(400);
        assertThat(tryOut("{\"file\": \"jobs/said\", \"txet\": \"\"}").status()).isEqualTo(400);
        assertThat(api.send("POST", "/routes/try", bytes("{}"), "Content-Type", "text/plain")
                        .status())
                .isEqualTo(415);
        Api.Answer refused = tryOut("{\"file\": \"jobs/said\", \"text\": \"- nothing\"}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(problems(refused)).isNotEmpty();
    }

    @Test
    void tellsAnEditorWhatASaveWouldDoOrSay() throws IOException {
        JsonObject good = check(NEW, false).json();
        assertThat(good.getAsJsonArray("problems")).isEmpty();
        assertThat(good.getAsJsonArray("changed").toString()).isEqualTo("[\"said\"]");
        assertThat(good.getAsJsonArray("added")).isEmpty();

        JsonObject bad = check(SAID.replace("setBody", "setBoby"), false).json();
        assertThat(bad.getAsJsonArray("changed")).isEmpty();
        assertThat(bad.getAsJsonArray("problems")).singleElement().satisfies(each -> {
            JsonObject problem = each.getAsJsonObject();
            assertThat(problem.get("line").getAsInt()).isEqualTo(7);
            assertThat(problem.get("suggestion").getAsString()).isEqualTo("setBody");
        });
        for (JsonObject checked : List.of(good, bad)) {
            assertThat(checked.getAsJsonObject("outline")
                            .getAsJsonArray("routes")
                            .get(0)
                            .getAsJsonObject()
                            .get("label")
                            .getAsString())
                    .isEqualTo("said");
        }
        JsonObject broken = check(SAID + "  : [", false).json();
        assertThat(broken.getAsJsonArray("problems")).hasSize(1);
        assertThat(broken.has("outline")).isFalse();
        assertThat(check("", false).json().getAsJsonArray("problems")).hasSize(1);
        assertThat(check("#".repeat(300_000), false).json().getAsJsonArray("problems"))
                .hasSize(1);
        assertThat(directory.resolve(FILE)).hasContent(SAID);
    }

    @Test
    void formatsATextThatCamelReadsAlike() {
        String text =
                """
                # greets
                - route: {id: said, from: {uri: 'direct:said', steps: [{setBody: {simple: "hello ${body}"}}, {to: 'mock:a?b=c'}]}} # all
                - route:
                    id: more
                    from:
                      uri: timer:more
                      parameters: {period: "{{caravan.period:1000}}"}
                      steps:
                      - split:
                          tokenize: ","
                          steps: [{log: "${body}"}, {removeHeader: a}]
                      - doTry:
                          steps:
                          - throwException: {message: no, exceptionType: java.lang.IllegalStateException}
                          doCatch:
                          - exception: [java.lang.Exception]
                            onWhen: {simple: "${body} == null"}
                            steps: [{marshal: {json: {library: Jackson}}}]
                      - choice:
                          when: [{jq: ".a", steps: [{stop: {}}]}]
                          otherwise: {steps: [{transform: {constant: 5}}]}
                """;
        String formatted = format(text).json().get("text").getAsString();
        assertThat(formatted)
                .startsWith("# greets\n- route:\n    id: said\n")
                .contains("expression: \"hello ${body}\"", "uri: 'mock:a?b=c' # all", "- java.lang.Exception\n");
        assertThat(format(formatted).json().get("text").getAsString()).isEqualTo(formatted);
    }

    @Test
    void formatsNothingThatIsWrong() {
        for (String text :
                List.of("", "- nothing", "a: [", SAID.replace("setBody", "setBoby"), SAID + "# *a\n- &a b: *a")) {
            Api.Answer refused = format(text);
            assertThat(refused.status()).as(text).isEqualTo(422);
            assertThat(problems(refused)).isNotEmpty();
        }
        assertThat(problems(format(SAID.replace("setBody", "setBoby")))
                        .get(0)
                        .getAsJsonObject()
                        .get("line")
                        .getAsInt())
                .isEqualTo(7);
        assertTakesOnlyAFileAndItsText("/routes/format");
    }

    private Api.Answer format(String text) {
        JsonObject request = new JsonObject();
        request.addProperty("file", "jobs/said");
        request.addProperty("text", text);
        return api.send("POST", "/routes/format", bytes(request.toString()), "Content-Type", "application/json");
    }

    @Test
    void runsTheTestsOfATextWhenAsked() throws IOException {
        Files.writeString(directory.resolve(TESTS), "- name: is kind\n  result: hello\n");
        assertThat(check(NEW, false).json().getAsJsonArray("problems")).isEmpty();
        assertThat(check(NEW, true).json().getAsJsonArray("problems").toString())
                .contains(TESTS, "is kind");
        assertThat(check(SAID, true).json().getAsJsonArray("problems")).isEmpty();
    }

    @Test
    void tellsAnEditorWhatItCanOffer() {
        JsonObject offer = api.get("/routes/completions").json();
        JsonObject keys = offer.getAsJsonObject("keys");
        assertThat(keys.getAsJsonObject("steps").get("setBody").getAsString())
                .isEqualTo("Sets the contents of the message body");
        assertThat(keys.getAsJsonObject("expression").keySet()).contains("jq", "simple");
        assertThat(keys.getAsJsonObject("from").keySet()).contains("uri", "parameters", "steps");
        JsonObject timer = offer.getAsJsonObject("components").getAsJsonObject("timer");
        assertThat(timer.get("help").getAsString()).isNotEmpty();
        assertThat(timer.getAsJsonObject("options").get("period").getAsString()).isNotEmpty();
        assertThat(keys.getAsJsonObject("route").get("id").getAsString()).isNotEmpty();
        assertThat(keys.getAsJsonObject("from").get("uri").getAsString()).isNotEmpty();
        assertThat(keys.getAsJsonObject("filter").get("jq").getAsString())
                .isEqualTo(keys.getAsJsonObject("expression").get("jq").getAsString())
                .isNotEmpty();
        assertThat(offer.getAsJsonObject("beans").get("routesEditor").getAsString())
                .isEqualTo("RoutesEditor");
        assertThat(offer.getAsJsonObject("beans").keySet()).allMatch(name -> name.matches("\\w+"));
        assertThat(offer.getAsJsonArray("endpoints").toString()).contains("\"direct:said\"");
        assertThat(offer.getAsJsonArray("settings").toString()).contains("\"caravan.routes.writable\"");
        assertThat(offer.toString()).hasSizeLessThan(400_000);
    }

    @Test
    void refusesWhatIsNoCheck() {
        assertTakesOnlyAFileAndItsText("/routes/check");
    }

    private void assertTakesOnlyAFileAndItsText(String path) {
        for (String body :
                List.of("{}", "[1]", "", "{\"file\": \"jobs/said\"}", "{\"file\": \"-x\", \"text\": \"\"}")) {
            assertThat(api.send("POST", path, bytes(body), "Content-Type", "application/json")
                            .status())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(api.send("POST", path, bytes("{}"), "Content-Type", "text/plain")
                        .status())
                .isEqualTo(415);
    }

    private Api.Answer check(String text, boolean tests) {
        return check("jobs/said", text, tests);
    }

    private Api.Answer check(String file, String text, boolean tests) {
        JsonObject request = new JsonObject();
        request.addProperty("file", file);
        request.addProperty("text", text);
        request.addProperty("tests", tests);
        Api.Answer answer =
                api.send("POST", "/routes/check", bytes(request.toString()), "Content-Type", "application/json");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private Api.Answer tryOut(String json) {
        return api.send("POST", "/routes/try", bytes(json), "Content-Type", "application/json");
    }

    private Api.Answer save(String path, String text) {
        return api.send("PUT", path, bytes(text), "Content-Type", "application/yaml");
    }

    private static JsonObject route(Api.Answer answer, String id) {
        return StreamSupport.stream(answer.json().getAsJsonArray("routes").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .filter(route -> route.get("id").getAsString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonElement> problems(Api.Answer answer) {
        return answer.json().getAsJsonArray("problems").asList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(String text) throws IOException {
        Files.createDirectories(directory.resolve(FILE).getParent());
        Files.writeString(directory.resolve(FILE), text);
    }

    private static String text(String said) {
        return """
                - route:
                    id: said
                    description: Says something.
                    from:
                      uri: direct:said
                      steps:
                        - setBody:
                            constant: %s
                        - to:
                            uri: log:said
                """
                .formatted(said);
    }

    @SpringBootConfiguration
    @PartsAlone
    @ComponentScan(basePackages = {"dev.caravan.http", "dev.caravan.routes"})
    static class Node {
        /** The engine calls beans that are not here. */
        @Bean
        @Primary
        PackagedRoutes withoutEngine() throws IOException {
            return Texts.withoutEngine();
        }
    }
}
