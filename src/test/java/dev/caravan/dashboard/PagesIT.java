package dev.caravan.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresChromium;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.Keys;

/** What holds for all pages: everybody can use them, by day and by night; and the pages of the API and of routes. */
@RequiresChromium
@Timeout(300)
class PagesIT {
    /** Of a page: its address, and what is there when it is whole. */
    private static final List<List<String>> PAGES = List.of(
            List.of("/login", "#already:not([hidden])"),
            List.of("/#/jobs", ".jobs tbody tr"),
            List.of("/#/jobs/{job}", ".job-head .badge[data-state=FAILED]"),
            List.of("/#/batches", ".batches .badge[data-state=FAILED]"),
            List.of("/#/batches/{batch}", ".batch .bar"),
            List.of("/#/dead", ".dead tbody tr"),
            List.of("/#/schedules", ".schedules .badge[data-state=Suspended]"),
            List.of("/#/schedules/nightly", ".results .badge[data-state=FINISHED]"),
            List.of("/#/webhooks", ".hooks tbody tr"),
            List.of("/#/webhooks/shop", ".webhook .facts dd"),
            List.of("/#/routes", ".refused"),
            List.of("/#/routes/job-totals", ".diff ins"),
            List.of("/#/nodes", "tbody tr"),
            List.of("/chat/", "#join"),
            List.of("/chat/#axe", "#connection[data-state=connected]"));

    @TempDir
    static Path routes;

    private static CaravanProcess node;
    private static Browser browser;
    private static String failed;
    private static String batch;

    @BeforeAll
    static void start() throws IOException {
        copy(Path.of("src/main/resources/routes"), routes);
        node = CaravanProcess.start(
                Brokers.EMBEDDED.arguments(),
                "--caravan.routes.directory=" + routes,
                "--caravan.routes.poll=100ms",
                "--caravan.routes.trial.timeout=60s");
        Api api = node.api();
        edit("jobs/totals.camel.yaml", "description: Sums", "description: Adds up");
        Awaitility.await("the edit of jobs/totals, whose tests run first")
                .atMost(Duration.ofMinutes(2))
                .until(() -> api.get("/routes/files/jobs/totals/history").body().contains("directory"));
        edit("jobs/hello.camel.yaml", "- log:", "- lug:");
        api.post("/jobs/hello", "");
        failed = api.post("/jobs/totals", "{\"csv\":\"a\\nno\\n\",\"by\":\"a\",\"sum\":\"a\"}")
                .field("jobId");
        batch = api.post("/batches", "{\"callback\":{\"type\":\"hello\",\"payload\":{\"a\":1}}}")
                .field("id");
        api.post("/jobs/totals?batch=" + batch, "{\"csv\":\"a\\nno\\n\",\"by\":\"a\",\"sum\":\"a\"}");
        for (String name : new String[] {"nightly", "paused"}) {
            api.put(
                    "/schedules/" + name,
                    "{\"type\":\"hello\",\"cron\":\"0 0 2 * * *\",\"payload\":{\"a\":1},\"paused\":"
                            + name.equals("paused") + "}");
        }
        api.post("/schedules/nightly/run", "");
        api.put("/webhooks/shop", "{\"url\":\"https://example.org/hook\",\"jobs\":{},\"paused\":true}");
        api.put("/hooks/shop", "{\"job\":\"hello\"}");
        browser = Browser.start();
        open("/login");
        browser.see("#username").sendKeys("guest", Keys.TAB, "guest", Keys.ENTER);
        browser.see("nav");
        browser.run("localStorage.setItem('caravan.chat.name', 'Ada')");
    }

    @AfterAll
    static void stop() {
        browser.close();
        node.close();
    }

    @AfterEach
    void nothingWentWrong() {
        assertThat(browser.errors()).isEmpty();
    }

    static Stream<List<String>> pages() {
        return PAGES.stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void axeHasNothingAgainstOurPages(List<String> page) {
        for (boolean dark : new boolean[] {false, true}) {
            browser.dark(dark);
            open(page.get(0).replace("{job}", failed).replace("{batch}", batch));
            browser.await("no " + page.get(1), () -> !browser.all(page.get(1)).isEmpty());
            assertThat(browser.axe())
                    .as("%s, %s", page.get(0), dark ? "dark" : "light")
                    .isEmpty();
        }
        browser.dark(false);
    }

    @Test
    void axeHasNothingCriticalAgainstThePageOfTheApi() {
        for (boolean dark : new boolean[] {false, true}) {
            browser.dark(dark);
            open("/api-docs/");
            browser.see(".opblock");
            assertThat(browser.axe())
                    .as(dark ? "dark" : "light")
                    .filteredOn(found -> found.startsWith("critical"))
                    .isEmpty();
        }
        browser.dark(false);
    }

    @Test
    void thePageOfTheApiSubmitsAJobByTheSessionAndLeadsHome() {
        open("/api-docs/#/jobs/submitJob");
        browser.see(".opblock.is-open .execute");
        browser.run("document.querySelector('.execute').click()"); // while the page still scrolls there
        browser.await("no answer", () -> browser.texts(".live-responses-table tbody .response-col_status").stream()
                .anyMatch(status -> status.startsWith("20")));
        browser.see("header a[href='../']").click();
        browser.see("table.jobs");
    }

    @Test
    void refusedFilesAreCountedFromEveryViewAndWhatUsersWriteComesFirst() {
        open("/#/nodes");
        browser.see("#top .count");
        assertThat(browser.texts("nav a[href='#/routes']")).containsExactly("Routes 1 rejected file");
        browser.see("#top .count").click();
        browser.see(".refused");
        assertThat(browser.texts(".refused code")).anyMatch(text -> text.startsWith("jobs/hello.camel.yaml:"));
        assertThat(browser.texts(".group:not([hidden]) h2"))
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("Handlers of jobs"),
                        second -> assertThat(second).startsWith("Subscribers to events"),
                        third -> assertThat(third).startsWith("Routes of the engine"));
        assertThat(browser.see("details.group").getDomAttribute("open")).isNull();
    }

    @Test
    void aRouteShowsTheFileThatRunsAndWhatIsAnotherThanBefore() {
        open("/#/routes");
        browser.see("a[href='#/routes/job-totals']").click();
        browser.see(".diff ins");
        assertThat(browser.texts(".source").get(0)).contains("- route:\n    id: job-totals", "Adds up");
        assertThat(browser.texts(".diff del")).singleElement().asString().contains("Sums");
        assertThat(browser.texts(".diff ins")).singleElement().asString().contains("Adds up");
        open("/#/routes/api-list");
        browser.await("in Java", () -> browser.texts(".facts dd").toString().contains("written in Java"));
    }

    @Test
    void theSchemaOfATypeMakesAFormThatSaysAtItsFieldsWhatIsWrong() {
        open("/#/jobs");
        browser.see("[aria-controls=submit]").click();
        browser.await("the types", () -> !browser.all("#submit-type option").isEmpty());
        browser.see("#submit-type").sendKeys("totals");
        browser.await(
                "its example",
                () -> browser.see("textarea#field-0").getDomProperty("value").startsWith("city,"));
        assertThat(browser.texts("#submit fieldset label"))
                .containsExactly("csv required", "by required", "sum required");
        browser.see("#submit-type").sendKeys(Keys.ARROW_UP);
        browser.await(
                "its example",
                () -> browser.see("input#field-0").getDomProperty("value").equals("20"));
        browser.see("#field-0").clear();
        browser.see("#field-0").sendKeys("0", Keys.TAB, "half", Keys.ENTER);

        browser.await(
                "the first error", () -> browser.texts("#field-0-error").get(0).contains("minimum value of 1"));
        assertThat(browser.texts("#field-1-error")).containsExactly("string found, integer expected");
        assertThat(browser.focus()).isEqualTo("field-0");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-form");
        assertThat(browser.errors()).allMatch(error -> error.contains("422"));

        browser.see("#submit .buttons button:nth-child(2)").click();
        assertThat(browser.see("#payload").getDomProperty("value"))
                .isEqualTo("{\n  \"steps\": 0,\n  \"pause\": \"half\"\n}");
        browser.see("#payload").clear();
        browser.see("#payload").sendKeys("{\"steps\": 1, \"pause\": 1}");
        browser.see("#submit .buttons button:nth-child(2)").click();
        assertThat(browser.see("#field-1").getDomProperty("value")).isEqualTo("1");
        browser.see("#field-1").sendKeys(Keys.ENTER);
        browser.await("its end", () -> browser.texts(".job-head .badge").contains("finished"));
        assertThat(browser.texts("pre")).anyMatch(text -> text.contains("\"steps\": 1"));
    }

    @Test
    void figuresHaveAScaleAndSayTheirTrendInWords() {
        open("/#/jobs");
        browser.see(".chart");
        browser.await("a trend", () -> String.valueOf(browser.run("return document.querySelector('.chart').ariaLabel"))
                .matches("Waiting: 0, steady over the last \\d+ seconds"));
        assertThat(browser.texts(".figure .title"))
                .containsExactly("Waiting", "Running", "Retrying", "Ended each second", "Failed", "Dead queue");
        assertThat(browser.texts(".chart .most")).contains("1");
        assertThat(browser.see(".figure.bad a").getDomAttribute("href")).isEqualTo("#/jobs?state=FAILED");
    }

    @Test
    void aTrendIsRisingFallingOrSteadyByHalvesOfWhatIsKnown() {
        assertThat(trend("[0, 0, 0, null, 4, 5, 6]")).isEqualTo("rising over the last 60 seconds");
        assertThat(trend("[100, 99, 98, 20, 1, 0, 0]")).isEqualTo("falling over the last 60 seconds");
        assertThat(trend("[100, 99, 101, 100, 102, 98]")).isEqualTo("steady over the last 50 seconds");
        assertThat(trend("[1, 2, 3, null, null]")).isEmpty();
        assertThat(browser.run(
                        "return import('/dashboard/chart.js').then(({ scale }) => [0, 1, 3, 10, 11, 4711].map(scale))"))
                .hasToString("[1, 1, 5, 10, 20, 5000]");
    }

    /** Of values that are ten seconds apart. */
    private static String trend(String values) {
        return (String) browser.run("return import('/dashboard/chart.js').then(({ trend }) => trend(" + values
                + ".map((value, i) => ({ at: i * 10_000, value }))))");
    }

    private static void open(String path) {
        browser.open(URI.create(node.http() + path));
    }

    private static void edit(String file, String from, String to) throws IOException {
        Path path = routes.resolve(file);
        Files.writeString(path, Files.readString(path).replace(from, to));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
