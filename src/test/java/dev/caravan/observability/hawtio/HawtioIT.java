package dev.caravan.observability.hawtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresChromium;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;

/** Hawtio's pages for operators and admins, and that all they ask Jolokia for is allowed. */
@RequiresChromium
@Timeout(600)
class HawtioIT {
    /** Keeps what is asked over the loads of pages, with what came of it. */
    private static final String RECORDER =
            """
            const real = window.fetch;
            window.fetch = async (address, options) => {
              const answer = await real(address, options);
              if (options?.body && String(address).includes("jolokia")) {
                const got = [await answer.clone().json()].flat();
                const asked = JSON.parse(sessionStorage.getItem("asked") ?? "[]");
                [JSON.parse(options.body)].flat().forEach((request, i) => asked.push(
                  [got[i]?.status ?? answer.status, request.type, request.mbean, request.attribute ?? request.operation].join(" ")));
                sessionStorage.setItem("asked", JSON.stringify(asked));
              }
              return answer;
            };
            """;

    private static CaravanProcess node;

    @BeforeAll
    static void start() {
        node = CaravanProcess.start(Stream.concat(
                        Brokers.EMBEDDED.arguments().stream(),
                        Stream.of(
                                "--caravan.users[0].name=olga",
                                "--caravan.users[0].password={noop}secret",
                                "--caravan.users[0].roles=operator",
                                "--caravan.users[1].name=root",
                                "--caravan.users[1].password={noop}secret",
                                "--caravan.users[1].roles=admin"))
                .toList());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void operatorsWatchAndNothingThatPagesAskForIsRefused() {
        try (Browser browser = loggedIn("olga")) {
            openRoute(browser);
            browser.screenshot("hawtio-operator");
            click(browser, "Route Diagram");
            browser.await(
                    "the diagram", () -> browser.texts(".react-flow__node").size() > 3);
            click(browser, "Source");
            click(browser, "Attributes");
            browser.await(
                    "the attributes", () -> browser.texts("main").toString().contains("ExchangesTotal"));
            click(browser, "Exchanges");
            click(browser, "Profile");
            click(browser, "Trace");
            click(browser, "Debug");
            open(browser, "/hawtio/runtime/metrics");
            browser.await("metrics", () -> browser.texts("main").toString().contains("Thread Count"));
            open(browser, "/hawtio/runtime/threads");
            browser.await("threads", () -> browser.texts("main").toString().contains("TIMED_WAITING"));
            browser.screenshot("hawtio-operator-threads");

            // The pages of traces and of the debugger set what is kept of bodies, if they get to that before they are
            // left: for admins alone, and they go on without. The page of profiles polls an operation that no route of
            // Camel has, if it is open for that long.
            Pattern refused = Pattern.compile("403 (write .*name=Backlog(Tracer|Debugger)"
                    + " Body(MaxChars|IncludeStreams|IncludeFiles)|exec .* dumpRouteStatsAsXml\\(\\))");
            assertThat(asked(browser))
                    .hasSizeGreaterThan(20)
                    .allMatch(line ->
                            line.startsWith("200 ") || refused.matcher(line).matches());
        }
    }

    @Test
    void adminsTraceMessagesAndSeeBreakpoints() {
        try (Browser browser = loggedIn("root")) {
            openRoute(browser);
            click(browser, "Route Diagram");
            browser.await(
                    "the diagram", () -> browser.texts(".react-flow__node").size() > 3);
            assertThat(browser.errors()).isEmpty();
            click(browser, "Trace");
            // Hawtio turns tracing off when the page opens, and forgets a start that comes before it has read back that
            // it is off: it reads twice.
            browser.await(
                    "the page is ready",
                    () -> requests(browser)
                                    .filter(line -> line.endsWith("BacklogTracer Enabled"))
                                    .count()
                            >= 2);
            click(browser, "Start Tracing");
            browser.await("it is on", () -> browser.texts("button").contains("Stop Tracing"));
            // The page says so before the node has heard of it: a job or two may not be traced yet.
            browser.await("a traced message", () -> {
                node.api().as("root", "secret").post("/jobs/hello?wait=5s", "");
                return browser.texts("tbody tr").toString().contains("setBody");
            });
            browser.screenshot("hawtio-admin-trace");
            click(browser, "Stop Tracing");
            browser.await("it is off", () -> browser.texts("button").contains("Start Tracing"));

            click(browser, "Debug");
            browser.await(
                    "the steps",
                    () -> browser.texts(".react-flow__node").toString().contains("setBody"));
            browser.screenshot("hawtio-admin-debug");
            browser.await("the breakpoints", () -> asked(browser).stream()
                    .anyMatch(line -> line.endsWith("BacklogDebugger breakpoints")));

            assertThat(asked(browser))
                    .allMatch(line -> line.startsWith("200 "))
                    .anyMatch(line -> line.endsWith("BacklogTracer setEnabled"))
                    .anyMatch(line -> line.endsWith("BacklogDebugger breakpoints"));
        }
    }

    private static Browser loggedIn(String user) {
        Browser browser = Browser.start();
        browser.prepend(RECORDER);
        open(browser, "/login");
        browser.see("#username").sendKeys(user, Keys.TAB, "secret", Keys.ENTER);
        browser.see("table.jobs");
        return browser;
    }

    private static void openRoute(Browser browser) {
        open(browser, "/hawtio");
        browser.await(
                "the context",
                () -> browser.texts(".pf-v5-c-tree-view__node").toString().contains("caravan"));
        click(browser, "routes");
        browser.await("its routes", () -> browser.texts("table").toString().contains("jobs-process"));
        click(browser, "job-hello");
    }

    private static void open(Browser browser, String path) {
        browser.open(URI.create(node.http() + path));
    }

    private static List<String> asked(Browser browser) {
        return requests(browser).distinct().toList();
    }

    private static Stream<String> requests(Browser browser) {
        List<?> requests = (List<?>) browser.run("return JSON.parse(sessionStorage.getItem('asked'))");
        return requests.stream().map(String.class::cast);
    }

    private static void click(Browser browser, String text) {
        browser.await("no " + text, () -> (Boolean) browser.run(
                """
                const it = [...document.querySelectorAll('a, button, .pf-v5-c-tree-view__node-text')]
                  .find(node => node.textContent.trim() === arguments[0]);
                it?.click();
                return it !== undefined;
                """,
                text));
    }
}
