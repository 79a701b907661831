package dev.caravan.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresChromium;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.springframework.util.FileSystemUtils;

/** Route files are written, published and rolled back without leaving the browser. */
@RequiresChromium
@Timeout(300)
class RouteEditorIT {
    private static final String COURIER = "/#/routes?file=jobs/courier.camel.yaml";
    private static final String TOTALS = "/#/routes?file=jobs/totals.camel.yaml";
    /** A page may be told of other roles than those that guest has. */
    private static final String ROLES =
            """
            if (location.host && sessionStorage.roles) {
              const real = window.fetch;
              window.fetch = (path, options) => path === "/me"
                ? Promise.resolve(Response.json({ name: "mona", roles: JSON.parse(sessionStorage.roles) }))
                : real(path, options);
            }""";

    @TempDir
    static Path routes;

    private static CaravanProcess node;
    private static Browser browser;
    private static AuthorPages pages;

    @BeforeAll
    static void start() throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), routes);
        node = CaravanProcess.start(
                Brokers.EMBEDDED.arguments(),
                "--caravan.routes.directory=" + routes,
                "--caravan.routes.writable=true",
                "--caravan.routes.trial.timeout=60s",
                "--caravan.jobs.attempts=1",
                "--caravan.recorder.sample=1");
        browser = Browser.start();
        pages = new AuthorPages(browser);
        browser.prepend(ROLES);
        pages.logIn(node.http());
    }

    @AfterAll
    static void stop() {
        browser.close();
        node.close();
    }

    @AfterEach
    void nothingWentWrong() {
        browser.run("sessionStorage.clear()"); // what was written
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void aHandlerIsWrittenMendedPublishedBrokenAndRolledBack() {
        pages.create(node.http(), "courier");
        pages.awaitChecked("No problems. Adds the route job-courier.");

        // The step in the ninth line
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME)
                + Keys.ARROW_DOWN.toString().repeat(8)
                + Keys.HOME
                + Keys.ARROW_RIGHT
                + Keys.ARROW_RIGHT
                + "x");
        browser.await("the mistake at its line", () -> browser.texts(".edit-route .place")
                .contains("jobs/courier.camel.yaml:9:11"));
        browser.await("its mark", () -> !browser.allWithin(".code", ".cm-lint-marker-error")
                .isEmpty());
        lookAt("mistake");

        // No publication of that: the caret goes there.
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME));
        browser.click("Review and publish");
        browser.await("the caret", () -> pages.activeLine().contains("xsetBody"));
        assertThat(browser.all("#review:not([hidden])")).isEmpty();
        browser.press(Keys.DELETE);
        pages.awaitChecked("No problems. Adds the route job-courier.");

        // Away from the text with the keyboard alone
        browser.press(Keys.ESCAPE);
        browser.press(Keys.TAB);
        browser.see(".drawing summary:focus");
        browser.press(Keys.TAB);
        browser.see(".drawing .step:focus");
        browser.press(Keys.TAB);
        browser.press(Keys.ENTER);
        browser.see("#review ins");
        assertThat(browser.texts("#review li")).containsExactly("Adds the route job-courier.");
        lookAt("review");
        pages.publish();
        pages.run(node.http(), "courier", "{\"name\": \"Ada\"}", "finished");
        browser.await("its result", () -> browser.texts("pre").contains("Hello, Ada"));

        open("/#/routes/job-courier");
        browser.click("Edit");
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + Keys.ARROW_UP + Keys.ARROW_UP + Keys.END + Keys.ARROW_LEFT
                + " | error");
        pages.awaitChecked("No problems. Replaces the route job-courier.");
        browser.click("Review and publish");
        browser.see("#review del");
        pages.publish();
        pages.run(node.http(), "courier", "{\"name\": \"Ada\"}", "failed");

        open("/#/routes/job-courier");
        browser.see("button[aria-label^='Roll back to']").sendKeys(Keys.ENTER);
        browser.see("[role=alertdialog] button.quiet:focus");
        assertThat(browser.axe()).isEmpty();
        browser.see("[role=alertdialog] button:not(.quiet)").click();
        browser.await("the old text", () -> !browser.texts(".source").toString().contains("| error"));
        pages.run(node.http(), "courier", "{\"name\": \"Ada\"}", "finished");
    }

    @Test
    void testsAreWrittenAndKeepOutAHandlerThatFailsThem() {
        pages.create(node.http(), "porter");
        pages.awaitChecked("No problems. Adds the route job-porter.");
        browser.click("Review and publish");
        pages.publish();

        browser.await("the way to tests", () -> browser.texts("a").contains("Write tests for them"));
        browser.see("a[href$='file=jobs%2Fporter.test.yaml&template=tests']").click();
        browser.await("their text", () -> pages.lines().contains("  result: Hello, Ada"));
        browser.click("Run the tests");
        pages.awaitOutcome("All tests pass on jobs/porter.camel.yaml as it runs.");
        lookAt("tests");
        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + Keys.ARROW_UP + Keys.END + "!");
        browser.click("Run the tests");
        browser.await("the red one", () -> browser.texts(".edit-route .place").contains("jobs/porter.test.yaml:2"));
        lookAt("tests-red");
        assertThat(browser.texts(".edit-route .place"))
                .as("not taken away by the check after a pause")
                .isNotEmpty();
        browser.click("Review and publish");
        browser.see("#review ins");
        assertThat(browser.texts("#review li")).containsExactly("No route changes.");
        pages.publish();
        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + "# mine");

        browser.see("a[href$='file=jobs%2Fporter.camel.yaml']").click();
        browser.await("the routes", () -> pages.lines().contains("    id: job-porter"));
        browser.await("the way to the tests", () -> browser.texts("a").contains("Their tests"));
        String end = Keys.chord(Keys.CONTROL, Keys.END) + Keys.ARROW_UP + Keys.ARROW_UP + Keys.END + Keys.ARROW_LEFT;
        pages.type(end + " + \"?\"");
        pages.awaitChecked("No problems. Replaces the route job-porter.");
        browser.click("Review and publish");
        browser.await("the red test", () -> browser.texts(".refused code").contains("jobs/porter.test.yaml:2"));
        assertThat(browser.all("#review:not([hidden])")).isEmpty();
        pages.type(end + Keys.BACK_SPACE + Keys.BACK_SPACE + "!\"");
        pages.awaitChecked("No problems. Replaces the route job-porter.");
        browser.click("Review and publish");
        browser.see("#review ins");
        pages.publish();

        browser.see("a[href$='file=jobs%2Fporter.test.yaml']").click();
        browser.await(
                "the draft of the tests, kept meanwhile", () -> pages.lines().contains("# mine"));
        pages.run(node.http(), "porter", "{\"name\": \"Ada\"}", "finished");
        browser.await("its result", () -> browser.texts("pre").contains("Hello, Ada!"));
    }

    @Test
    void aDraftIsKeptTriedAndDiscarded() {
        open(TOTALS);
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + "# sums" + Keys.ENTER);
        browser.await("a draft", () -> browser.run("return sessionStorage['caravan.route-draft.guest'] ?? ''")
                .toString()
                .contains("# sums"));
        browser.reload();
        browser.see(".code");
        browser.await(
                "it is said",
                () -> browser.texts(".edit-route .note").toString().contains("This is your draft"));
        pages.awaitChecked("No problems. No route changes.");

        browser.see("[aria-controls=try]").click();
        browser.see("#try fieldset");
        browser.see("#try [type=submit]").click();
        browser.await("its result", () -> browser.texts(".try .badge").contains("ended well"));
        assertThat(browser.all(".drawing [data-mark=passed]")).isNotEmpty();
        assertThat(browser.axe()).isEmpty();

        browser.click("Discard the draft");
        browser.await("what runs", () -> pages.lines().get(0).startsWith("# POST"));
    }

    @Test
    void aPastJobIsTriedWithWhatItsCallsLeft() {
        Api api = node.api();
        String id = api.post("/jobs/hello", "{\"a\": 1}").field("jobId");
        String result = api.awaitState(id, "FINISHED", Duration.ofSeconds(60)).field("result");
        Awaitility.await("its recording")
                .until(() -> api.get("/jobs/" + id + "/recording").status() == 200);
        open("/#/routes/job-hello");
        browser.see("[aria-controls=try]").click();
        browser.await(
                "the job", () -> browser.texts("#try-job option").toString().contains("finished"));
        browser.see("#try-job").sendKeys(Keys.ARROW_DOWN);
        browser.await("its answers", () -> browser.texts("#try .note")
                .contains("Calls answer as in its attempt 1: 1 are recorded."));
        assertThat(browser.see("#try-payload").getDomProperty("value")).contains("\"a\": 1");

        browser.see("#try [type=submit]").click();
        browser.await("its result", () -> browser.texts(".try pre").contains(result));
        assertThat(browser.texts(".steps .sent").toString()).contains("spring-redis://", "the recording answered");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("editor-past-job");
    }

    @Test
    void anExchangeOfARouteIsFollowedWhileItRuns() {
        Api api = node.api();
        String slow =
                """
                - route:
                    id: event-slow
                    from:
                      uri: events:slow
                      steps:
                        - loop:
                            expression:
                              constant: 30
                            steps:
                              - delay:
                                  expression:
                                    constant: 400
                """;
        assertThat(api.send(
                                "PUT",
                                "/routes/files/events/slow.camel.yaml",
                                slow.getBytes(UTF_8),
                                "Content-Type",
                                "application/yaml")
                        .status())
                .isEqualTo(200);
        assertThat(api.post("/events", "{}").status()).isBetween(200, 299);
        Awaitility.await("what goes on")
                .until(() -> api.get("/routes/recordings/event-slow").body().contains("\"running\":true"));
        open("/#/routes/event-slow");
        browser.await(
                "the exchange", () -> browser.texts(".slow-steps li").toString().contains("it runs"));
        browser.see(".slow-steps li button").sendKeys(Keys.ENTER);
        browser.await(
                "where it is",
                () -> browser.texts(".recording .place").toString().contains("of event-slow: "));
        lookAt("exchange-running");
        browser.await("its end", () -> browser.texts(".recording").toString().contains("ended well"));
        assertThat(browser.texts(".recording .place")).containsExactly("");
    }

    @Test
    void theRoutesAreDrawnAndFollowTheCaret() {
        open(TOTALS);
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        browser.await(
                "the boxes", () -> browser.texts(".drawing .kind").containsAll(List.of("route", "from", "setBody")));
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + Keys.ARROW_DOWN);
        awaitBox("route job-totals");

        // From box to box with the arrow keys, and from a box to its line
        browser.see(".drawing .step[tabindex='0']").sendKeys(Keys.HOME, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER);
        browser.await("the caret", () -> pages.activeLine().contains("unmarshal:"));
        awaitBox("unmarshal json");
        lookAt("drawing");

        // What is no YAML leaves the drawing as it was.
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + "[");
        browser.see(".drawing.stale .step");
        assertThat(browser.axe()).isEmpty();
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + Keys.DELETE);
        pages.awaitChecked("No problems. No route changes.");
        browser.await("a drawing of now", () -> browser.all(".drawing.stale").isEmpty());
    }

    @Test
    void aTextIsFormattedAndTheFormatTakenBack() {
        open(TOTALS);
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        browser.click("Format");
        pages.awaitOutcome("Nothing to format.");

        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + "        - log: done # said"
                + Keys.chord(Keys.SHIFT, Keys.ALT, "f"));
        pages.awaitOutcome("Formatted.");
        pages.awaitChecked("No problems. Replaces the route job-totals.");
        assertThat(pages.lines().stream().map(String::strip)).contains("- log:", "message: done # said");
        assertThat(browser.axe()).isEmpty();
        pages.type(Keys.chord(Keys.CONTROL, "z"));
        browser.await("the text as it was", () -> pages.lines().stream()
                .anyMatch(line -> line.contains("- log: done # said")));
        browser.click("Discard the draft");
    }

    @Test
    void aLongLineStaysInOrderWhileItScrolls() {
        open(TOTALS);
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + "#");
        String numbers =
                IntStream.rangeClosed(1, 80).mapToObj(Integer::toString).collect(joining(" "));
        for (String number : numbers.split(" ")) { // one at a time, as people do
            browser.press(" " + number);
        }
        assertThat(pages.lines()).contains("# " + numbers);
        browser.click("Discard the draft");
    }

    private static void awaitBox(String text) {
        browser.await("the box of the caret", () -> browser.texts(".drawing [aria-current]")
                .equals(List.of(text)));
    }

    @Test
    void offersWhatCanStandAtAPlace() {
        open(TOTALS);
        browser.see(".code");
        assertThat(offered("        - setB", "- route:", "    from:", "      uri: direct:a", "      steps:"))
                .contains("setBody:", "log:")
                .doesNotContain("expression:");
        assertThat(offered("            ex", "- route:", "    from:", "      steps:", "        - setBody:"))
                .contains("expression:")
                .doesNotContain("log:");
        assertThat(offered("        per", "- route:", "    from:", "      uri: timer:a", "      parameters:"))
                .contains("period:");
        assertThat(offered("      uri: ", "- route:", "    from:")).contains("direct:job-totals", "timer:");
        assertThat(offered("      uri: timer:a?period={{car", "- route:", "    from:"))
                .contains("caravan.routes.writable");
        assertThat(offered("            ref: cha", "- route:", "    from:", "      steps:", "        - bean:"))
                .contains("chatMessages")
                .doesNotContain("camelContext", "stomp");
        assertThat(offered(
                        "            aggregationStrategy: #",
                        "- route:",
                        "    from:",
                        "      steps:",
                        "        - split:"))
                .contains("\"#bean:chatMessages\"");
    }

    @Test
    void theListOfWhatItOffersCanBeUsedByKeys() {
        open(TOTALS);
        browser.see(".code");
        pages.awaitChecked("No problems. No route changes.");
        pages.type(Keys.chord(Keys.CONTROL, Keys.END) + "        - set" + Keys.chord(Keys.CONTROL, Keys.SPACE));
        browser.await("the list", () -> !browser.allWithin(".code", ".cm-tooltip-autocomplete li")
                .isEmpty());
        lookAt("completions");
        browser.press(Keys.ARROW_DOWN);
        browser.press(Keys.ENTER);
        browser.await("one of it", () -> pages.activeLine().matches("\\s*- set\\w+:"));
        browser.click("Discard the draft");
    }

    @Test
    void explainsEachKey() {
        open(TOTALS);
        browser.see(".code");
        String[] step = {"- route:", "    from:", "      steps:", "        - setHeader:"};
        assertThat(help("        - setHeader:", "- route:", "    from:", "      steps:"))
                .contains("header");
        assertThat(help("            name: a", step)).contains("Name of message header");
        assertThat(help("            simple: a", step)).contains("simple expression");
        assertThat(help(
                        "                trim: true",
                        "        - setHeader:",
                        "            expression:",
                        "              jq:"))
                .contains("trim");
        assertThat(help("    routeConfigurationId: a", "- route:")).isNotEmpty();
        assertThat(help("      steps:", "- route:", "    from:")).isNotEmpty();
        assertThat(help("        - to: timer:a", "      steps:")).contains("java.util.Timer");

        // That of the key at the caret stands below the text.
        pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + Keys.ARROW_DOWN + Keys.ARROW_DOWN);
        browser.await("its help", () -> browser.texts(".key-help").contains(help("    id: a", "- route:")));
    }

    @Test
    void itCanBeUsedOnAPhoneAndInTheDark() {
        browser.phone(360, 740);
        browser.dark(true);
        try {
            open(TOTALS);
            browser.see(".code");
            pages.awaitChecked("No problems. No route changes.");
            assertThat(browser.all(".drawing[open]")).isEmpty();
            browser.see(".drawing summary").sendKeys(Keys.ENTER);
            browser.see(".drawing[open] .step");
            pages.type(Keys.chord(Keys.CONTROL, Keys.HOME) + "x");
            browser.see(".edit-route .place");
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(360);
            assertThat(browser.axe()).isEmpty();
            browser.screenshot("editor-phone");
        } finally {
            browser.noPhone();
            browser.dark(false);
        }
    }

    @Test
    void withoutCodeMirrorThePlainTextRemains() {
        browser.block("*codemirror__view*");
        try {
            open(TOTALS);
            browser.see("#route-text").sendKeys(Keys.chord(Keys.CONTROL, Keys.HOME), "x");
            browser.see(".edit-route .place").click();
            browser.see("#route-text:focus");
            assertThat(browser.all(".code")).isEmpty();
            assertThat(browser.axe()).isEmpty();
            assertThat(browser.errors()).allMatch(error -> error.contains("codemirror__view"));
        } finally {
            browser.block();
        }
    }

    @Test
    void onlyAnAuthorWrites() {
        browser.run("sessionStorage.roles = '[\"user\", \"operator\"]'");
        open("/#/routes");
        browser.see("table.routes");
        assertThat(browser.all("[aria-controls=new-route]")).isEmpty();
        open("/#/routes/job-hello");
        browser.see(".source");
        assertThat(browser.texts("a")).doesNotContain("Edit");
        open(COURIER);
        browser.await("why not", () -> browser.texts(".words").toString().contains("needs the role author"));
    }

    @Test
    void anEditThatNeedsAnApprovalIsPublishedByAnotherUser(@TempDir Path directory) throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), directory);
        String text = "/routes/files/jobs/totals.camel.yaml";
        try (CaravanProcess approving = CaravanProcess.start(
                        Brokers.EMBEDDED.arguments(),
                        "--caravan.routes.source=cluster",
                        "--caravan.routes.approval=true",
                        "--caravan.routes.directory=" + directory,
                        "--caravan.routes.writable=true",
                        "--caravan.users[0].name=ann",
                        "--caravan.users[0].password={noop}of-ann-1",
                        "--caravan.users[0].roles=author",
                        "--caravan.users[1].name=bob",
                        "--caravan.users[1].password={noop}of-bob-1",
                        "--caravan.users[1].roles=approver");
                Browser another = Browser.start()) {
            AuthorPages authors = new AuthorPages(another);
            authors.logIn(approving.http(), "ann", "of-ann-1");
            authors.open(approving.http(), "jobs/totals.camel.yaml");
            authors.awaitChecked("No problems. No route changes.");
            authors.type(Keys.chord(Keys.CONTROL, Keys.HOME) + "# sums" + Keys.ENTER);
            another.click("Review and publish");
            another.see("#review ins");
            assertThat(another.all("#review button").stream()
                            .filter(WebElement::isDisplayed)
                            .map(WebElement::getText))
                    .containsExactly("Store as a draft", "Back to the text");
            another.screenshot("editor-approval");
            assertThat(another.axe()).isEmpty();
            another.click("Store as a draft");
            another.see("a[href='#/publications/jobs-totals-ann']").click();
            another.see(".publication-draft ins");
            assertThat(another.all(".publication-draft .buttons button").stream()
                            .filter(WebElement::isDisplayed)
                            .map(WebElement::getText))
                    .containsExactly("Delete");
            another.screenshot("draft-approval");
            assertThat(another.axe()).isEmpty();

            authors.endSession();
            authors.logIn(approving.http(), "bob", "of-bob-1");
            another.open(URI.create(approving.http() + "/#/publications/jobs-totals-ann"));
            another.click("Publish");
            another.await(
                    "what was published",
                    () -> another.texts("tbody").toString().contains("bob"));
            assertThat(approving.api().as("bob", "of-bob-1").get(text).body()).startsWith("# sums");
            assertThat(another.errors()).isEmpty();
        }
    }

    private static void open(String path) {
        browser.open(URI.create(node.http() + path));
    }

    /** What the editor offers at the end of a line, below others. */
    private static List<String> offered(String line, String... above) {
        List<?> offered = (List<?>) browser.run(
                "const { completions } = await import('/dashboard/completions.js');"
                        + "const { options } = (await completions()).at([...arguments[0], arguments[1]]);"
                        + "return options.map(({ label, apply }) => apply ?? label)",
                List.of(above),
                line);
        return offered.stream().map(String.class::cast).toList();
    }

    /** What the editor says of the key in a line, below others. */
    private static String help(String line, String... above) {
        return (String) browser.run(
                "const { completions } = await import('/dashboard/completions.js');"
                        + "return (await completions()).help([...arguments[0], arguments[1]])",
                List.of(above),
                line);
    }

    /** By day and by night; axe has nothing against it. */
    private static void lookAt(String what) {
        for (boolean dark : new boolean[] {true, false}) {
            browser.dark(dark);
            assertThat(browser.axe()).as(dark ? "dark" : "light").isEmpty();
            browser.screenshot("editor-" + what + (dark ? "-dark" : ""));
        }
    }
}
