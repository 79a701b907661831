package dev.caravan.routes.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.caravan.routes.Texts;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.support.GenericApplicationContext;
import org.w3c.dom.Document;

/** Files with tests: how they are read, run and reported. */
@Timeout(120)
class RouteTestsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Path SHIPPED = Path.of("src/main/resources/routes/jobs");
    private static final String FILE = "jobs/echo.test.yaml";

    private final GenericApplicationContext application = new GenericApplicationContext();
    private final DefaultCamelContext running = new DefaultCamelContext();
    private RouteTests tests;

    private Duration timeout = LONG;

    @BeforeEach
    void start() throws Exception {
        application.refresh();
        running.disableJMX();
        running.addRoutesConfigurations(new RouteConfigurationBuilder() {
            @Override
            public void configuration() {
                routeConfiguration("propagate").errorHandler(noErrorHandler());
            }
        });
        tests = new RouteTests(
                new Trials(running, application, new AllowedClasses(Set.of()), Texts.trialSettings()), 10_000);
    }

    @AfterEach
    void stop() throws IOException {
        running.close();
        application.close();
    }

    @Test
    void runsTheShippedTests() throws Exception {
        RouteFile totals =
                Texts.reader().read("jobs/totals.camel.yaml", Files.readAllBytes(SHIPPED.resolve("totals.camel.yaml")));
        String name = "jobs/totals.test.yaml";
        assertThat(RoutesDirectory.routesOf(name)).isEqualTo(totals.name());
        assertThat(RoutesDirectory.testsOf(totals.name())).isEqualTo(name);
        assertThat(tests.run(totals, name, Files.readAllBytes(SHIPPED.resolve("totals.test.yaml")), LONG))
                .hasSize(2)
                .allSatisfy(
                        result -> assertThat(result.failure()).as(result.name()).isNull());
    }

    @Test
    void tellsWhyACaseIsRed() throws Exception {
        List<RouteTestResult> results = run(
                """
                - name: green
                  payload: {a: 1, b: [2.0]}
                  result: {b: [2], a: 1.00}
                - name: of another value
                  payload: {a: 1}
                  result: {a: 2}
                - name: did not fail
                  payload: text
                  error: out of paper
                - name: failed otherwise
                  stubs: {"bean:*": 1}
                  failures: {"http:*": no ink}
                  error: out of paper
                - name: failed as it should
                  failures: {"http:*": the printer is out of paper}
                  error: out of paper
                """);
        assertThat(results)
                .extracting(RouteTestResult::line, RouteTestResult::name, RouteTestResult::failure)
                .containsExactly(
                        tuple(1, "green", null),
                        tuple(4, "of another value", "left {\"a\":1}, not {\"a\":2}"),
                        tuple(7, "did not fail", "left text, not with an error that contains \"out of paper\""),
                        tuple(
                                10,
                                "failed otherwise",
                                "failed with \"no ink\", not with an error that contains \"out of paper\""),
                        tuple(14, "failed as it should", null));
    }

    @Test
    void beginsNoCaseAfterItsTime() throws Exception {
        timeout = Duration.ZERO;
        assertThat(run("- name: late"))
                .extracting(RouteTestResult::failure)
                .containsExactly("was not run: the tests before took 0 ms");
    }

    @Test
    void writesTheXmlOfJUnit() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JUnitReport.write(
                List.of(
                        new RouteTestResult("b.test.yaml", 1, "one", null, 1500, List.of("bean:rates.of")),
                        new RouteTestResult("b.test.yaml", 5, "t<w>o", "left \u0000 & not \"b\"", 2500, List.of()),
                        new RouteTestResult("a.test.yaml", 1, "three", null, 1000, List.of())),
                out);
        Document xml = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(out.toByteArray()));
        assertThat(xml.getDocumentElement().getAttribute("tests")).isEqualTo("3");
        assertThat(xml.getDocumentElement().getAttribute("failures")).isEqualTo("1");
        assertThat(xml.getDocumentElement().getAttribute("time")).isEqualTo("0.005");
        assertThat(xml.getElementsByTagName("testsuite")
                        .item(1)
                        .getAttributes()
                        .getNamedItem("name")
                        .getNodeValue())
                .isEqualTo("b.test.yaml");
        assertThat(xml.getElementsByTagName("testcase")
                        .item(2)
                        .getAttributes()
                        .getNamedItem("name")
                        .getNodeValue())
                .isEqualTo("t<w>o");
        assertThat(xml.getElementsByTagName("failure")
                        .item(0)
                        .getAttributes()
                        .getNamedItem("message")
                        .getNodeValue())
                .isEqualTo("left ? & not \"b\"");
        assertThat(xml.getElementsByTagName("system-out").item(0).getTextContent())
                .isEqualTo("Not tried: bean:rates.of");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {}                                  | jobs/echo.test.yaml:1: must be a list of cases, each beginning with "- name:"
            - text                              | jobs/echo.test.yaml:1:3: must be a case that begins with "- name:"
            - {payload: 1}                      | jobs/echo.test.yaml:1:3: a case needs a name
            - {name: a, paylod: 1}              | jobs/echo.test.yaml:1:13: unknown option "paylod" of a case, did you mean "payload"?
            - {name: a, result: 1, error: b}    | jobs/echo.test.yaml:1:3: a case has a result or an error, not both
            - {name: a, stubs: [b]}             | jobs/echo.test.yaml:1:20: must be a map
            - {name: a, payload: !!binary 'x'}  | jobs/echo.test.yaml:1:22: cannot be read
            - &a {name: *a}                     | jobs/echo.test.yaml:1:13: uses an alias (*); route files are written out
            - {name: a                          | jobs/echo.test.yaml:1
            """)
    void tellsWhatIsWrongWithAFile(String text, String problem) {
        assertThat(catchThrowableOfType(RoutesRejected.class, () -> run(text))).hasMessageContaining(problem);
    }

    private List<RouteTestResult> run(String text) throws Exception {
        RouteFile file = Texts.reader()
                .read(
                        "jobs/echo.camel.yaml",
                        Texts.bytes(
                                """
                - route:
                    id: job-echo
                    from:
                      uri: direct:job-echo
                      steps:
                        - to: {uri: 'http:printer'}
                """));
        return tests.run(file, FILE, Texts.bytes(text), timeout);
    }
}
