package dev.caravan.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresChromium;
import dev.caravan.fixture.StompClient;
import dev.caravan.job.webhook.Receiver;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.util.UriUtils;

/** The dashboard, as somebody sees it in a browser. */
@RequiresChromium
@Timeout(300)
class DashboardIT {
    /** A page may be told of other roles than those that guest has. */
    private static final String ROLES =
            """
            if (location.host && sessionStorage.roles) {
              const real = window.fetch;
              window.fetch = (path, options) => path === "/me"
                ? Promise.resolve(Response.json({ name: "mona", roles: JSON.parse(sessionStorage.roles) }))
                : real(path, options);
            }""";

    private static CaravanProcess node;
    private static Browser browser;
    private static Api api;

    @TempDir
    static Path routes;

    @BeforeAll
    static void start() throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), routes);
        withoutInput("steps");
        withoutInput("totals");
        node = CaravanProcess.start(
                Brokers.EMBEDDED.arguments(),
                "--caravan.routes.directory=" + routes,
                "--caravan.routes.writable=true",
                "--caravan.routes.trial.timeout=60s",
                "--caravan.jobs.attempts=2",
                "--caravan.jobs.retry-delay=1s",
                "--caravan.webhooks.allow-networks=127.0.0.0/8");
        api = node.api();
        Awaitility.await("the depths of the queues")
                .until(() -> api.get("/queues").status() == 200);
        browser = Browser.start();
        browser.prepend(ROLES);
        open("/login");
        login();
        browser.see("table.jobs");
    }

    @AfterAll
    static void stop() {
        browser.close();
        node.close();
    }

    @AfterEach
    void nothingWentWrong() {
        browser.run("sessionStorage.clear()"); // what was typed
        assertThat(browser.errors()).isEmpty();
    }

    /** Whoever types JSON here, and jobs that fail for what is missing: PagesIT has the form of a schema. */
    private static void withoutInput(String type) throws IOException {
        Path file = routes.resolve("jobs/" + type + ".camel.yaml");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("(?s)      x-input:.*?(?=    routeConfigurationId:)", ""));
    }

    private static void login() {
        browser.see("#username").sendKeys("guest", Keys.TAB, "guest", Keys.ENTER);
    }

    private static void open(String path) {
        browser.open(URI.create(node.http() + path));
    }

    @Test
    void jobsComeByThemselvesAndTheBarMoves() {
        open("/#/jobs");
        browser.see("table.jobs");
        String id = api.post("/jobs/steps", "{\"steps\":8,\"pause\":500}").field("jobId");

        String row = "tr:has(a[href$='" + id + "'])";
        browser.see(row);
        browser.await("the bar moves", () -> browser.texts(row + " .bar").stream()
                .anyMatch(text -> text.matches("(?!0)\\d+ %")));
        browser.await("it ends", () -> browser.texts(row + " .badge").contains("finished"));
        browser.screenshot("dashboard");
    }

    @Test
    void aJobIsSubmittedFollowedAndShownAsText() {
        open("/#/jobs");
        browser.see("[aria-controls=submit]").click();
        choose("totals");
        browser.see("#payload").sendKeys("{\"csv\": no");
        browser.see("#submit [type=submit]").click();
        browser.await("no JSON", () -> browser.texts("#submit .error").get(0).contains("not JSON"));
        browser.see("#payload").clear();
        browser.see("#payload")
                .sendKeys("{\"csv\":\"a,b\\n<img src=x onerror=alert(1)>,2\\n\",\"by\":\"a\",\"sum\":\"b\"}");
        browser.see("#submit [type=submit]").click();

        browser.await("its state", () -> browser.texts(".job-head .badge").contains("finished"));
        browser.await("its result", () -> browser.texts("pre").stream().anyMatch(text -> text.contains("<img src=x")));
        assertThat(browser.all("img")).isEmpty();
        assertThat(browser.texts(".facts dd").toString()).contains("job-totals");
        browser.screenshot("dashboard-job");
    }

    @Test
    void everythingIsThereOnAPhoneAndInTheDark() {
        api.post("/jobs/hello?wait=20s", "");
        api.post("/jobs/totals?wait=20s", "{}"); // fails
        api.put("/schedules/phone", "{\"type\":\"hello\",\"cron\":\"0 0 2 * * MON-FRI\",\"description\":\"Greets\"}");
        api.post("/schedules/phone/run", "");
        String batch = api.post(
                        "/batches", "{\"description\":\"Greetings to everybody who has asked for one this month\"}")
                .field("id");
        api.post("/jobs/hello?batch=" + batch, "");
        api.put(
                "/webhooks/phone",
                "{\"url\":\"http://127.0.0.1:9/a/rather/long/path/to/the/hook\",\"jobs\":{},\"paused\":true}");
        api.post("/webhooks/phone/test", "");
        api.put("/hooks/phone", "{\"job\":\"hello\"}");
        browser.phone(360, 740);
        browser.dark(true);
        try {
            for (String view : new String[] {
                "jobs",
                "batches",
                "batches/" + batch,
                "dead",
                "schedules",
                "schedules/phone",
                "webhooks",
                "webhooks/phone",
                "routes",
                "nodes"
            }) {
                open("/#/" + view);
                browser.see("tbody tr, .empty, .batch .bar");
                if (view.equals("jobs")) {
                    assertThat(
                                    browser.run(
                                            "return document.querySelector('.jobs tbody tr').getBoundingClientRect().bottom <= 740"))
                            .as("the first job")
                            .isEqualTo(true);
                    browser.see("[aria-controls=filter]").click();
                    browser.see("[aria-controls=bulk]").click();
                }
                assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                        .as(view)
                        .isLessThanOrEqualTo(360);
                browser.screenshot(
                        "dashboard-phone-" + view.replace(batch, "one").replace('/', '-'));
            }
        } finally {
            browser.noPhone();
            browser.dark(false);
            api.send("DELETE", "/schedules/phone", new byte[0]);
            api.send("DELETE", "/webhooks/phone", new byte[0]);
            api.send("DELETE", "/hooks/phone", new byte[0]);
        }
    }

    @Test
    void aScheduleIsMadeRunPausedEditedAndDeletedByKeyboard() {
        open("/#/schedules");
        browser.see("[aria-controls=schedule-form]").sendKeys(Keys.ENTER);
        browser.see("#schedule-name:focus").sendKeys("sums");
        browser.await("the types", () -> browser.texts("#schedule-type option").contains("hello"));
        browser.see("#schedule-type").sendKeys("hello");
        browser.see("#schedule-when").sendKeys("0 0 2 * *");
        browser.see("#schedule-description").sendKeys("<b>Sums</b> of the day");
        browser.see("#schedule-payload").sendKeys("{\"a\":12345678901234567890}");
        browser.see("#schedule-form [type=submit]").sendKeys(Keys.ENTER);
        browser.await(
                "why not",
                () -> browser.texts("#schedule-form .error").toString().contains("six fields"));
        browser.screenshot("dashboard-schedule-form");
        assertThat(browser.errors()).allMatch(error -> error.contains("400"));
        browser.see("#schedule-when").sendKeys(" *", Keys.ENTER);
        browser.await("its firings", () -> browser.all(".firings li").size() == 10);
        browser.see(".schedule .buttons button").sendKeys(Keys.ENTER);
        browser.await("its job", () -> browser.texts(".results .badge").contains("finished"));
        browser.screenshot("dashboard-schedule");
        browser.run("document.querySelector('.results').scrollIntoView()");
        browser.screenshot("dashboard-schedule-results");
        browser.click("Pause");
        browser.await("paused", () -> browser.texts(".job-head .badge").contains("paused"));
        browser.click("Resume");
        browser.await("resumed", () -> browser.all(".firings li").size() == 10);
        browser.click("Delete");
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.click("Edit");
        browser.see("#schedule-when:focus").clear();
        browser.see("#schedule-when").sendKeys("1h", Keys.ENTER);
        browser.await("another time", () -> browser.texts(".facts").toString().contains("every 1h"));
        assertThat(api.get("/schedules/sums").body())
                .contains("\"description\":\"<b>Sums</b> of the day\"", "12345678901234567890");
        browser.click("Delete");
        browser.click("Delete it");
        browser.await("none", () -> browser.texts(".empty").toString().contains("There are no schedules yet"));
    }

    @Test
    void aBatchIsFollowedClosedAndCancelledByKeyboard() {
        String batch = api.post(
                        "/batches",
                        "{\"description\":\"<b>November</b>\",\"callback\":{\"type\":\"hello\",\"payload\":{\"name\":\"all\"}}}")
                .field("id");
        String nested = api.post("/batches", "{\"parent\":\"" + batch + "\"}").field("id");
        String job = api.post("/jobs/hello?batch=" + batch, "").field("jobId");
        String later = api.post("/jobs/hello?delay=1h&batch=" + batch, "").field("jobId");
        open("/#/batches");
        String row = ".batches tr:has(a[href$='" + batch + "'])";
        browser.await("half has ended", () -> browser.texts(row + " .bar").contains("50 %"));
        assertThat(browser.texts(row).toString()).contains("<b>November</b>", "open");
        browser.screenshot("dashboard-batches");
        browser.see(row + " a").sendKeys(Keys.ENTER);
        browser.await(
                "its jobs", () -> browser.texts(".batch .facts").toString().contains("Batches in it"));
        browser.see(".batch .facts a[href*='parent=']").sendKeys(Keys.ENTER);
        browser.see(".batches a[href$='" + nested + "']").sendKeys(Keys.ENTER);
        browser.see(".batch .facts a[href$='" + batch + "']").sendKeys(Keys.ENTER);
        browser.see(".batch .facts a[href$='batch=" + batch + "']").sendKeys(Keys.ENTER);
        browser.await("both", () -> browser.all("table.jobs tbody tr").size() == 2);
        browser.see("table.jobs a[href$='" + job + "']").sendKeys(Keys.ENTER);
        browser.see(".job .facts a[href$='" + batch + "']").sendKeys(Keys.ENTER);

        browser.click("Close");
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.click("Close");
        browser.click("Close it");
        browser.await("closed", () -> browser.texts(".batch .state .badge").contains("closed"));
        browser.screenshot("dashboard-batch");
        browser.click("Cancel");
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.click("Cancel");
        browser.click("Cancel it");
        browser.await("ended", () -> browser.texts(".batch .state").toString().contains("ended"));
        assertThat(api.job(later).field("cancelledBy")).isEqualTo("guest");
        browser.screenshot("dashboard-batch-ended");
        browser.see(".batch .facts a[href^='#/jobs/']").sendKeys(Keys.ENTER);
        browser.await("its payload", () -> browser.texts("pre").toString().contains("\"cancelledBy\": \"guest\""));
    }

    @Test
    void aWebhookIsMadeTestedPausedEditedAndDeletedByKeyboard() {
        try (Receiver receiver = Receiver.start()) {
            open("/#/webhooks");
            browser.see("[aria-controls=webhook-form]").sendKeys(Keys.ENTER);
            browser.see("#webhook-name:focus").sendKeys("shop");
            browser.see("#webhook-url").sendKeys("http://10.0.0.1/");
            browser.see("#webhook-types").sendKeys("totals, hello");
            browser.see("#webhook-end-cancelled").sendKeys(Keys.SPACE);
            browser.see("#webhook-form [type=submit]").sendKeys(Keys.ENTER);
            browser.await(
                    "why not",
                    () -> browser.texts("#webhook-form .error").toString().contains("may not reach"));
            browser.screenshot("dashboard-webhook-form");
            assertThat(browser.errors()).allMatch(error -> error.contains("400"));
            browser.see("#webhook-url").clear();
            browser.see("#webhook-url").sendKeys(receiver.url(), Keys.ENTER);
            String secret = browser.see("article.webhook .secret code").getText();
            browser.click("Send a test");
            browser.await(
                    "it has arrived", () -> browser.texts(".results .badge").contains("finished"));
            assertThat(receiver.got()).singleElement().satisfies(got -> assertThat(got.isSignedWith(secret))
                    .isTrue());
            browser.screenshot("dashboard-webhook");
            receiver.respond(503);
            for (int i = 0; i < 10; i++) {
                api.post("/webhooks/shop/test", "");
            }
            browser.await(
                    "down",
                    () -> browser.texts(".job-head .badge").contains("receiver is down")
                            && browser.texts(".summary").toString().contains("The receiver responded with 503"));
            browser.screenshot("dashboard-webhook-down");
            receiver.respond(204);
            browser.click("Send a test");
            browser.await("up", () -> browser.texts(".job-head .badge").isEmpty());
            browser.click("New secret");
            browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
            browser.click("Pause");
            browser.await("paused", () -> browser.texts(".job-head .badge").contains("paused"));
            browser.click("Edit");
            browser.see("#webhook-url:focus");
            browser.see("#webhook-events").sendKeys(Keys.SPACE);
            browser.see("#webhook-key").sendKeys("orders", Keys.ENTER);
            browser.await("events, too", () -> browser.texts(".facts")
                    .toString()
                    .contains("jobs of totals, hello: finished, failed; events orders"));
            assertThat(api.get("/webhooks/shop").body()).contains("\"paused\":true");
            open("/#/webhooks");
            browser.see(".webhooks a").click();
            browser.await("again", () -> !browser.texts(".facts").isEmpty());
            assertThat(browser.all(".secret:not([hidden])")).isEmpty();
            browser.click("Delete");
            browser.click("Delete it");
            browser.await("none", () -> browser.texts(".empty").toString().contains("There are no webhooks yet"));
        }
    }

    @Test
    void aHookIsMadeEditedAndDeletedByKeyboard() {
        open("/#/webhooks");
        browser.see("[aria-controls=hook-form]").sendKeys(Keys.ENTER);
        browser.see("#hook-name:focus").sendKeys("code");
        browser.await("the types", () -> browser.texts("#hook-type option").contains("a job of hello"));
        browser.see("#hook-key").sendKeys("code");
        browser.see("#hook-secret").sendKeys("short");
        browser.see("#hook-form [type=submit]").sendKeys(Keys.ENTER);
        browser.await(
                "why not", () -> browser.texts("#hook-form .error").toString().contains("secret must be"));
        browser.screenshot("dashboard-hook-form");
        assertThat(browser.errors()).allMatch(error -> error.contains("400"));
        browser.see("#hook-secret").clear();
        browser.see("#hook-secret").sendKeys(Keys.ENTER);
        assertThat(browser.see(".secret code").getText()).startsWith("whsec_");
        browser.await("it is there", () -> browser.texts(".hooks td").contains("events code"));
        browser.screenshot("dashboard-hooks");
        browser.see(".hooks button").sendKeys(Keys.ENTER);
        browser.see("#hook-scheme:focus");
        browser.await("the types", () -> browser.texts("#hook-type option").contains("a job of hello"));
        browser.see("#hook-type").sendKeys("a job of hello");
        browser.see("#hook-form [type=submit]").sendKeys(Keys.ENTER);
        browser.await("it is another", () -> browser.texts(".hooks td").contains("jobs of hello"));
        assertThat(api.get("/hooks/code").body())
                .isEqualTo("{\"name\":\"code\",\"scheme\":\"standard\",\"job\":\"hello\"}");
        browser.see(".hooks button:nth-of-type(2)").sendKeys(Keys.ENTER);
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.see(".hooks button:nth-of-type(2):focus").sendKeys(Keys.ENTER);
        browser.click("Delete it");
        browser.await("none", () -> browser.texts(".empty").toString().contains("There are no hooks yet"));
    }

    @Test
    void aRouteIsTriedByKeyboard() {
        String runs = api.get("/routes/files/jobs/hello").body();
        open("/#/routes/job-hello");
        browser.see("[aria-controls=try]").sendKeys(Keys.ENTER);
        browser.see("#try-payload:focus");
        browser.see("#try-stubs").sendKeys("{\"spring-redis:*\": \"7\"}", Keys.chord(Keys.CONTROL, Keys.ENTER));
        browser.await("its result", () -> browser.texts(".try pre").contains("Hello.7"));
        assertThat(browser.texts(".try .badge")).containsExactly("ended well");
        assertThat(browser.texts(".steps .sent").toString()).contains("spring-redis://", "spring-redis:* answered");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-try");

        browser.see("#try-text").sendKeys(Keys.chord(Keys.CONTROL, Keys.END), "- nothing");
        browser.see("#try [type=submit]").sendKeys(Keys.ENTER);
        browser.await("why not", () -> browser.texts(".try .refused h2").contains("A save would be rejected"));
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-try-rejected");
        assertThat(browser.errors()).allMatch(error -> error.contains("422"));
        browser.see("#try-text").sendKeys(Keys.ESCAPE);
        browser.see("[aria-controls=try]:focus");
        assertThat(api.get("/routes/files/jobs/hello").body()).isEqualTo(runs);
    }

    @Test
    void aRouteIsTriedOnAPhone() {
        api.awaitState(
                api.post("/jobs/steps", "{\"steps\":1,\"pause\":1}").field("jobId"),
                "FINISHED",
                Duration.ofSeconds(60));
        browser.phone(360, 740);
        try {
            open("/#/routes/job-steps");
            browser.see("[aria-controls=try]").click();
            browser.see("#try-job");
            browser.await(
                    "the example",
                    () -> !browser.see("#try-payload").getDomProperty("value").isEmpty());
            browser.see("#try-payload").clear();
            browser.see("#try-payload").sendKeys("{\"steps\": 2, \"pause\": 1}");
            browser.see("#try [type=submit]").click();
            browser.await("its result", () -> browser.texts(".try pre").contains("2 steps"));
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(360);
            assertThat(browser.axe()).isEmpty();
            browser.screenshot("dashboard-phone-try");
        } finally {
            browser.noPhone();
        }
    }

    @Test
    void anAuthorTriesRoutesAndAnOperatorSeesThem() {
        try {
            browser.run("sessionStorage.roles = '[\"user\", \"author\"]'");
            open("/#/routes/job-hello");
            browser.see("[aria-controls=try]");
            assertThat(browser.texts("nav a:not([hidden])")).contains("Routes").doesNotContain("Nodes");
            browser.run("sessionStorage.roles = '[\"user\", \"operator\"]'");
            open("/#/routes/job-hello");
            browser.see(".source");
            assertThat(browser.all("[aria-controls=try]")).isEmpty();
        } finally {
            browser.run("sessionStorage.clear()");
        }
    }

    @Test
    void aRevisionOfARouteIsComparedWithTheOneBefore() throws IOException {
        Path file = routes.resolve("jobs/compared.camel.yaml");
        String good =
                """
                - route:
                    id: job-compared
                    routeConfigurationId: propagate
                    from:
                      uri: direct:job-compared
                      steps:
                        - setBody:
                            simple: done
                """;
        Files.writeString(file, good);
        Awaitility.await("the type").until(() -> api.get("/jobs/types").body().contains("compared"));
        api.awaitState(api.post("/jobs/compared", "").field("jobId"), "FINISHED", Duration.ofSeconds(60));
        Files.writeString(file, good.replace("simple: done", "simple: ${body.missing}"));
        Awaitility.await("the second revision")
                .until(() -> api.get("/routes/figures/job-compared").body().contains("\"until\""));
        api.awaitState(api.post("/jobs/compared", "").field("jobId"), "FAILED", Duration.ofSeconds(60));

        open("/#/routes/job-compared");
        browser.await("both", () -> browser.all(".route-figures tbody tr").size() == 2);
        assertThat(browser.texts(".route-figures td.number"))
                .contains("2 (100 %)", "0")
                .doesNotContain("");
        assertThat(browser.texts(".route-figures .last-error p").toString())
                .contains("jobs/compared.camel.yaml:7, step setBody of route job-compared", "missing");
        assertThat(browser.texts(".route-figures mark")).containsExactly("        - setBody:");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-route-figures");
        browser.phone(360, 740);
        try {
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(360);
            browser.screenshot("dashboard-phone-route-figures");
        } finally {
            browser.noPhone();
        }
    }

    @Test
    void aTypeIsPausedAndResumedByKeyboard() throws IOException {
        Files.writeString(
                routes.resolve("jobs/slowly.camel.yaml"),
                """
                - route:
                    id: job-slowly
                    note: |
                      x-concurrency: 1
                      x-limit-key: .customer
                      x-key-rate: 100/m
                    from:
                      uri: direct:job-slowly
                      steps:
                        - log:
                            message: Slowly
                """);
        Awaitility.await("the type").until(() -> api.get("/jobs/types").body().contains("slowly"));
        open("/#/jobs?type=slowly");
        browser.await("its limits", () -> browser.texts(".type-limits")
                .toString()
                .contains("at most 1 at a time; of each .customer at most 100/m"));
        browser.click("Pause");
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.see(".type-limits p button:focus").sendKeys(Keys.ENTER);
        browser.screenshot("dashboard-type-pause");
        browser.click("Pause it");
        browser.await("paused", () -> browser.texts(".type-limits .badge").contains("paused"));
        String id = api.post("/jobs/slowly", "").field("jobId");
        browser.await("held", () -> browser.texts("table.jobs .badge").contains("held"));
        browser.screenshot("dashboard-type-paused");
        open("/#/jobs/" + id);
        browser.await("why", () -> browser.texts(".summary").toString().contains("its type is paused"));
        open("/#/jobs");
        browser.await("paused", () -> browser.texts(".type-limits a").contains("slowly"));
        browser.see(".type-limits a").sendKeys(Keys.ENTER);
        browser.await("the button", () -> browser.texts(".type-limits button").contains("Resume"));
        browser.see(".type-limits p button").sendKeys(Keys.ENTER);
        browser.await("it runs", () -> browser.texts("table.jobs .badge").contains("finished"));
    }

    @Test
    void aJobThatIsScheduledRunsNowAndOneThatRunsIsCancelledByKeyboard() {
        String later = api.post("/jobs/hello?delay=1h", "").field("jobId");
        open("/#/jobs/" + later);
        browser.await(
                "its time", () -> browser.texts(".job .summary").toString().contains("Begins in 5"));
        browser.screenshot("dashboard-scheduled");
        browser.click("Run now");
        browser.await("its end", () -> browser.texts(".job .state .badge").contains("finished"));

        String id = api.post("/jobs/steps", "{\"steps\":600,\"pause\":100}").field("jobId");
        open("/#/jobs/" + id);
        browser.await("it runs", () -> browser.texts(".job .state .badge").contains("running"));
        browser.click("Cancel");
        browser.see("[role=alertdialog] button.quiet:focus").sendKeys(Keys.ESCAPE);
        browser.click("Cancel");
        browser.screenshot("dashboard-cancel");
        browser.click("Cancel it");
        browser.await(
                "it is cancelled", () -> browser.texts(".job .state .badge").contains("cancelled"));
        assertThat(browser.texts(".facts").toString()).contains("Cancelled by", "guest");
        assertThat(api.job(id).field("cancelledBy")).isEqualTo("guest");
    }

    @Test
    void theLinesOfAJobComeArePausedAndAreText() throws IOException {
        Path file = routes.resolve("jobs/chatty.camel.yaml");
        Files.writeString(
                file,
                """
                - route:
                    id: job-chatty
                    from:
                      uri: direct:job-chatty
                      steps:
                        - loop:
                            expression: { constant: { expression: 40 } }
                            steps:
                              - log: { message: "Line ${exchangeProperty.CamelLoopIndex} <img src=x>" }
                              - delay: { expression: { constant: { expression: 250 } } }
                """);
        browser.await("the type", () -> api.get("/jobs/types").body().contains("chatty"));
        String id = api.post("/jobs/chatty", "").field("jobId");
        open("/#/jobs/" + id);
        browser.await("a line", () -> browser.texts("[role=log]").toString().contains("Line 3 <img src=x>"));
        browser.see("section:has([role=log]) button").sendKeys(Keys.ENTER);
        browser.await("it says so", () -> browser.texts("section:has([role=log]) button")
                .contains("Continue"));
        int before = browser.all("[role=log] > div").size();
        browser.await(
                "progress elsewhere",
                () -> api.get("/jobs/" + id + "/log").body().split("number").length - 1 > before + 3);
        assertThat(browser.all("[role=log] > div")).hasSize(before);
        browser.see("section:has([role=log]) button").sendKeys(Keys.ENTER);
        browser.await("all", () -> browser.texts("[role=log]").toString().contains("Line 39 <img src=x>"));
        assertThat(browser.all("[role=log] > div")).hasSize(40);
        assertThat(browser.all("img")).isEmpty();
        browser.screenshot("dashboard-log");
        Files.delete(file);
    }

    @Test
    void theKeyboardIsEnough() {
        open("/#/jobs");
        browser.see("table.jobs");
        browser.type("/");
        assertThat(browser.focus()).isEqualTo("search");
        browser.type("no-such-job", Keys.ENTER);
        browser.await(
                "none", () -> browser.texts("#found").get(0).contains("No job has an id that begins with no-such-job"));
    }

    @Test
    void theFormSaysHowGuestLogsInAndLeadsToWhereOneWantedToGo() {
        new AuthorPages(browser).endSession();
        open("/#/nodes");
        assertThat(browser.see("#guest").getText()).contains("guest", "password");
        browser.screenshot("login");
        Object card = browser.run(BOXES);
        browser.see("#username").sendKeys("guest", Keys.TAB, "wrong", Keys.ENTER);
        browser.await("refused", () -> browser.texts("#error").get(0).equals("Wrong name or password."));
        assertThat(browser.run(BOXES)).isEqualTo(card);
        browser.type("guest", Keys.ENTER); // the name is still there, and the wrong password selected
        browser.await("the nodes", () -> browser.texts("h1").contains("Nodes"));
        assertThat(browser.fragment()).isEqualTo("#/nodes");
        assertThat(browser.errors()).allMatch(error -> error.contains("401")); // the wrong password
    }

    /** Where the parts of the form are. */
    private static final String BOXES =
            """
            return JSON.stringify([...document.querySelectorAll("form, form *")].map(it => it.getBoundingClientRect()))""";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.test/",
                "https://evil.test/",
                "/.//evil.test/",
                "/\\evil.test",
                "javascript:alert(1)",
                "http://["
            })
    void theFormLeadsToNoOtherSite(String to) {
        open("/login?to=" + UriUtils.encode(to, StandardCharsets.UTF_8));
        assertThat(browser.see("#on").getDomProperty("href")).startsWith(node.http() + "/");
    }

    @Test
    void theFormSaysWhyNobodyGetsInNow() {
        open("/login");
        browser.see("#username").sendKeys("guest", Keys.TAB, "guest");
        browser.run(
                """
                window.fetch = async () => Response.json({ detail: "Too many wrong passwords from this address." },
                  { status: 429, headers: { "Retry-After": "42" } })""");
        browser.type(Keys.ENTER);
        browser.await("locked", () -> browser.texts("#error").get(0).endsWith("address. Try again in 42 seconds."));
        browser.run("window.fetch = () => Promise.reject(new TypeError('away'))");
        browser.type(Keys.ENTER);
        browser.await("away", () -> browser.texts("#error").get(0).contains("The server does not answer."));
        assertThat(browser.see("#username").getDomProperty("value")).isEqualTo("guest");
    }

    @Test
    void theListIsWhatItsAddressSays() {
        api.post("/jobs/hello?wait=20s", "");
        String failed = api.post("/jobs/totals?wait=1s", "{}").field("jobId");
        api.awaitState(failed, "FAILED", Duration.ofSeconds(20));

        open("/#/jobs?state=FAILED&type=totals");
        browser.await("its row", () -> browser.texts("tr:has(a[href$='" + failed + "']) .why").stream()
                .anyMatch(text -> text.contains("No type converter")));
        assertThat(browser.texts(".jobs .badge")).containsOnly("failed");
        assertThat(browser.texts(".jobs td.type")).containsOnly("totals");
        browser.await(
                "counts",
                () -> browser.texts(".states [data-state=FAILED] .count").get(0).matches("[1-9].*"));
        browser.see(".states [data-state='']").click();
        browser.await("all of the type", () -> browser.fragment().equals("#/jobs?type=totals"));
        browser.back();
        browser.await(
                "the failed ones",
                () -> browser.texts(".states [aria-current]").toString().contains("failed"));
        browser.reload();
        browser.await(
                "the type", () -> "totals".equals(browser.see(".tools select").getDomProperty("value")));
        assertThat(browser.texts(".states [aria-current]").toString()).contains("failed");
    }

    @Test
    void aJobIsFoundByTheBeginningOfItsId() {
        String id = api.post("/jobs/hello?wait=20s", "").field("id");
        open("/#/jobs");
        browser.see("#search").sendKeys(id.substring(0, 8), Keys.ENTER);
        browser.await("the job", () -> browser.fragment().equals("#/jobs/" + id));
        assertThat(browser.run("return document.activeElement.tagName")).isEqualTo("H1");
        browser.await(
                "title",
                () -> browser.run("return document.title").toString().startsWith("hello " + id.substring(0, 8)));

        open("/#/jobs?id=" + id.substring(0, 6));
        browser.await("those that begin so", () -> browser.texts(".jobs td.job").size() == 1);
        assertThat(browser.texts("#found").get(0)).contains(id.substring(0, 6));
    }

    @Test
    void failedJobsAreFoundByTheirErrorAndReplayedAllAtOnceByKeyboard() {
        String failed = api.post("/jobs/totals?wait=1s", "{}").field("jobId");
        api.awaitState(failed, "FAILED", Duration.ofSeconds(20));
        open("/#/jobs?state=FAILED&type=totals");
        browser.see("[aria-controls=filter]").sendKeys(Keys.ENTER);
        browser.see("#filter input:focus").sendKeys("NoSuchError", Keys.ENTER);
        browser.await("none", () -> browser.texts(".empty").toString().contains("There are no such jobs."));
        browser.see("#filter input").clear();
        browser.see("#filter input").sendKeys("NoTypeConversionAvailableException", Keys.ENTER);
        browser.see("tr:has(a[href$='" + failed + "'])");
        browser.screenshot("dashboard-filter");
        assertThat(browser.fragment()).contains("error=NoTypeConversionAvailableException");

        browser.see("[aria-controls=bulk]").sendKeys(Keys.ENTER);
        browser.see("#bulk select:focus").sendKeys(Keys.TAB, "50", Keys.ENTER);
        browser.await(
                "how many", () -> browser.texts("[role=alertdialog]").toString().matches("(?s).*Replay \\d+ jobs.*"));
        browser.screenshot("dashboard-bulk");
        browser.see("[role=alertdialog] button:not(.quiet)").sendKeys(Keys.ENTER);
        browser.await("the act", () -> browser.texts("h1").contains("bulk"));
        browser.await("its end", () -> browser.texts(".job-head .badge").contains("finished"));
        browser.screenshot("dashboard-bulk-job");
        assertThat(browser.texts(".job pre").toString()).contains("\"act\": \"replay\"");
        assertThat(api.job(failed).field("replayedBy")).isEqualTo("guest");
    }

    @Test
    void aGroupOfFailedJobsIsReplayedByKeyboard() {
        String fails = "{\"csv\":\"city,amount\\nParis,few\\n\",\"by\":\"city\",\"sum\":\"amount\"}";
        for (int i = 0; i < 3; i++) {
            api.post("/jobs/totals?wait=20s", fails);
        }
        String failed = api.post("/jobs/totals?wait=20s", fails).field("id");
        api.awaitState(failed, "FAILED", Duration.ofSeconds(20));
        open("/#/dead");
        browser.see(".dead tr:has(a[href$='" + failed + "'])");
        browser.await("all four", () -> browser.texts(".dead tr:has(a[href$='" + failed + "']) td.jobs")
                .contains("4"));
        browser.screenshot("dashboard-dead");
        assertThat(browser.axe()).isEmpty();
        browser.see(".dead tr:has(a[href$='" + failed + "']) button").sendKeys(Keys.ENTER);
        browser.see("#bulk select:focus").sendKeys(Keys.TAB, "50", Keys.ENTER);
        browser.await(
                "how many", () -> browser.texts("[role=alertdialog]").toString().contains("Replay 4 jobs"));
        browser.see("[role=alertdialog] button:not(.quiet)").sendKeys(Keys.ENTER);
        browser.await("the act", () -> browser.texts("h1").contains("bulk"));
        browser.await("its end", () -> browser.texts(".job-head .badge").contains("finished"));
        assertThat(api.job(failed).field("replayedBy")).isEqualTo("guest");

        api.awaitState(failed, "FAILED", Duration.ofSeconds(20));
        open("/#/jobs/" + failed);
        browser.see("table.attempts details summary").sendKeys(Keys.ENTER);
        browser.await(
                "the stack",
                () -> browser.texts("table.attempts pre").toString().contains("at "));
        assertThat(browser.texts("table.attempts .note").toString()).contains("totals.camel.yaml:");
        browser.screenshot("dashboard-attempts");
    }

    @Test
    void aJobIsSubmittedWithOptionsAndFoundByATagByKeyboard() {
        String other = api.post("/jobs/hello?tags=tuesday", "").field("jobId");
        open("/#/jobs");
        browser.see("[aria-controls=submit]").sendKeys(Keys.ENTER);
        choose("hello");
        browser.see("#submit summary").sendKeys(Keys.ENTER);
        browser.see("#delay").sendKeys("1h");
        browser.see("#timeout").sendKeys("30s");
        browser.see("#tags").sendKeys("customer:7, monday", Keys.ENTER);
        browser.await("its page", () -> browser.fragment().startsWith("#/jobs/"));
        browser.await("its tags", () -> browser.texts(".facts dd").contains("customer:7, monday"));
        String job = browser.fragment().substring("#/jobs/".length());
        assertThat(api.job(job).body())
                .contains("\"tags\":[\"customer:7\",\"monday\"]", "\"timeoutMillis\":30000", "SCHEDULED");

        open("/#/jobs");
        browser.see("[aria-controls=filter]").sendKeys(Keys.ENTER);
        browser.see("#filter input:focus").sendKeys(Keys.TAB, "monday", Keys.ENTER);
        browser.await("the tag", () -> browser.fragment().contains("tag=monday"));
        browser.see("tr:has(a[href$='" + job + "'])");
        assertThat(browser.texts("table.jobs tbody").toString()).doesNotContain(other.substring(0, 8));
        browser.screenshot("dashboard-tags");
    }

    @Test
    void aFailedJobIsReplayedWithAnotherPayloadAndDiscarded() {
        String failed = api.post("/jobs/totals?wait=1s", "{}").field("jobId");
        api.awaitState(failed, "FAILED", Duration.ofSeconds(20));
        open("/#/jobs/" + failed);
        browser.await("the job", () -> browser.texts(".job-head .badge").contains("failed"));
        browser.click("Edit and replay");
        browser.see("#replay-payload:focus").clear();
        browser.see("#replay-payload").sendKeys("{\"csv\":\"a,b\\nx,2\\n\",\"by\":\"a\",\"sum\":\"b\"}");
        browser.screenshot("dashboard-replay");
        browser.click("Replay with this payload");
        browser.await("it ends well", () -> browser.texts(".job-head .badge").contains("finished"));
        assertThat(browser.texts("table.attempts .badge")).containsSubsequence("failed", "finished");
        assertThat(browser.texts(".facts").toString()).contains("Replayed by", "guest");
        browser.screenshot("dashboard-replayed");
        browser.click("Discard");
        browser.see("[role=alertdialog] button.quiet:focus");
        browser.click("Discard it");
        browser.await("the list", () -> browser.fragment().equals("#/jobs"));
        assertThat(api.job(failed).status()).isEqualTo(404);
    }

    @Test
    void oneFormMakesOneJobHoweverOftenItIsSent() {
        int before = hellos();
        open("/#/jobs");
        browser.see("[aria-controls=submit]").click();
        choose("hello");
        browser.run(
                """
                const real = window.fetch;
                let lost = false;
                window.fetch = async (path, options) => {
                  const answer = await real(path, options);
                  if (options.method === "POST" && !lost) {
                    lost = true;
                    throw new TypeError("lost");
                  }
                  return answer;
                }""");
        browser.run("const form = document.getElementById('submit'); form.requestSubmit(); form.requestSubmit()");
        browser.await(
                "the answer is lost",
                () -> browser.texts("#submit .error").get(0).contains("still be one job"));
        browser.run("const form = document.getElementById('submit'); form.requestSubmit(); form.requestSubmit()");
        browser.await("the job", () -> browser.fragment().startsWith("#/jobs/"));
        assertThat(hellos()).isEqualTo(before + 1);
    }

    private static int hellos() {
        return api.get("/jobs?type=hello&limit=200")
                .json()
                .getAsJsonArray("jobs")
                .size();
    }

    @Test
    void whatIsTypedSurvivesAReloadAndASessionThatEnded() {
        open("/#/jobs?state=FAILED");
        browser.see("[aria-controls=submit]").click();
        choose("steps");
        browser.see("#payload").clear();
        browser.see("#payload").sendKeys("{\"steps\": 2, \"pause\": 12345678901234567890");
        browser.reload();
        browser.await("the draft", () -> payload().contains("\"pause\""));
        new AuthorPages(browser).endSession();
        login();
        browser.await("the draft", () -> payload().endsWith("890"));
        assertThat(browser.fragment()).isEqualTo("#/jobs?state=FAILED");
        assertThat(browser.see("#submit-type").getDomProperty("value")).isEqualTo("steps");
        browser.see("#payload").clear();
        browser.see("#payload").sendKeys("{\"steps\": 1, \"pause\": 10}");
        browser.see("#submit [type=submit]").click();
        browser.see(".job-head");
        browser.back();
        browser.see("[aria-controls=submit]").click();
        assertThat(payload()).doesNotContain("\"pause\": 10}");
        assertThat(browser.errors()).allMatch(error -> error.contains("401")); // the session that ended
    }

    /** A type of a new job, once the page knows them. */
    private static void choose(String type) {
        browser.await("the types", () -> !browser.all("#submit-type option").isEmpty());
        browser.see("#submit-type").sendKeys(type);
    }

    private static String payload() {
        return browser.see("#payload").getDomProperty("value");
    }

    @Test
    void aNewTypeCanBeSubmittedWhenItIsLive() throws IOException {
        open("/#/jobs");
        browser.see("table.jobs");
        Files.writeString(
                routes.resolve("jobs/greet.camel.yaml"),
                """
                - route:
                    id: job-greet
                    description: Greets
                    routeConfigurationId: propagate
                    from:
                      uri: direct:job-greet
                      steps:
                        - setBody: { constant: Hello }
                """);
        browser.await("the type", () -> browser.texts("#submit-type option").contains("greet"));
        assertThat(browser.texts(".tools option")).contains("greet");
    }

    @Test
    void withoutTheServerThePageSaysSoAndTriesAgain() {
        String id = api.post("/jobs/steps", "{\"steps\":200,\"pause\":50}").field("jobId");
        open("/#/jobs/" + id);
        browser.await("live", () -> browser.texts("#connection").contains("Live"));
        browser.offline(true);
        try {
            browser.await("not connected", () -> browser.texts("#connection").contains("Not connected"));
            assertThat(browser.texts("#trouble h2").get(0)).matches("Not connected, as of .*\\d+:\\d+.*");
            assertThat(browser.all("#content[data-stale]")).hasSize(1);
            browser.screenshot("dashboard-offline");
            browser.errors();
            browser.see("#trouble button").click();
            browser.await("another try", () -> !browser.errors().isEmpty());
        } finally {
            browser.offline(false);
        }
        browser.await("live", () -> browser.texts("#connection").contains("Live"));
        assertThat(browser.all("#content[data-stale]")).isEmpty();
        browser.await("ended", () -> browser.texts("#connection").contains("Final"));
        assertThat(browser.errors()).allMatch(error -> error.contains("net::ERR_INTERNET_DISCONNECTED"));
    }

    @Test
    void aPageThatIsNotThereOrNotAllowedSaysSoUnderAHeading() {
        open("/#/jobs/never-was");
        browser.await("no such job", () -> browser.texts("h1").contains("No such job"));
        assertThat(browser.texts(".words p").get(0)).contains("never-was");
        assertThat(browser.texts("#connection").get(0)).isEmpty();
        assertThat(browser.errors()).allMatch(error -> error.contains("404"));

        String id = api.post("/jobs/hello?wait=20s", "").field("id");
        browser.run("sessionStorage.roles = '[\"monitor\"]'");
        try {
            open("/#/routes");
            browser.await("not allowed", () -> browser.texts("h1").contains("Not allowed"));
            open("/#/jobs/" + id);
            browser.await("its buttons", () -> browser.texts(".job > .buttons button")
                    .equals(List.of("Copy id", "Copy curl")));
            open("/#/jobs");
            browser.see("tbody tr");
            assertThat(browser.all("[aria-controls=submit]")).isEmpty();
        } finally {
            browser.run("sessionStorage.clear()");
        }
    }

    @Test
    void leavingAPageInTheMiddleOfItIsNoError() {
        open("/#/jobs");
        browser.see("table.jobs");
        browser.run(
                """
                return (async () => {
                  for (let i = 0; i < 40; i++) {
                    location.hash = ["#/jobs", "#/nodes", "#/routes", "#/jobs/none", "#/jobs?state=FAILED"][i % 5];
                    await new Promise(go => setTimeout(go, i % 7));
                  }
                })()""");
        browser.see("table.jobs");
        assertThat(browser.errors()).allMatch(error -> error.contains("404"));
    }

    @Test
    void aFailedJobSaysItsErrorFirstAndIsRunAgainOrEdited() {
        String id = api.post("/jobs/totals", "{\"by\":\"<b>\",\"big\":12345678901234567890}")
                .field("jobId");
        api.awaitState(id, "FAILED", Duration.ofSeconds(20));
        open("/#/jobs/" + id);
        browser.await("its error", () -> browser.texts(".job pre").toString().contains("No type converter"));
        assertThat(browser.texts(".job h2").subList(0, 2)).containsExactly("Error", "Attempts");
        assertThat(browser.texts("table.attempts tbody .number")).containsExactly("1", "2");
        assertThat(browser.texts(".summary").get(0)).matches("Waited .*, 2 attempts in .*");
        browser.screenshot("dashboard-failed");

        browser.click("Run again");
        browser.await("another job", () -> browser.fragment().matches("#/jobs/(?!" + id + ").+"));
        String again = browser.fragment().substring("#/jobs/".length());
        assertThat(api.job(again).body()).contains("\"type\":\"totals\"", "<b>", "12345678901234567890");

        browser.await("its payload", () -> browser.texts(".job pre").toString().contains("12345678901234567890"));
        browser.click("Edit and run");
        browser.await("the form", () -> payload().contains("12345678901234567890"));
        assertThat(browser.see("#submit-type").getDomProperty("value")).isEqualTo("totals");
    }

    @Test
    void whatAnAttemptDidIsShownOnTheLinesOfItsRouteByKeyboard() {
        String id = api.post("/jobs/totals", "{\"by\":\"<b>Oslo\",\"token\":\"s3cret\"}")
                .field("jobId");
        api.awaitState(id, "FAILED", Duration.ofSeconds(20));
        open("/#/jobs/" + id);
        browser.see(".recording .steps");
        assertThat(browser.texts(".recording").get(0))
                .contains("Attempt 2 on ", "job-totals as it stood in jobs/totals.camel.yaml, revision ")
                .doesNotContain("s3cret");
        List<String> lines = browser.texts(".recording .steps td:nth-child(2) code");
        assertThat(lines).hasSizeGreaterThan(3);
        assertThat(lines.get(0)).isEqualTo("- unmarshal:\n    json:\n      library: Gson");
        assertThat(browser.texts(".recording .steps .error")).hasSize(1);
        assertThat(browser.texts(".recording .drawing .step[data-kind=unmarshal]")
                        .get(0))
                .contains("✓ passed");
        assertThat(browser.all(".recording .drawing [data-mark=failed]")).hasSize(1);
        browser.see(".recording .drawing .step[data-kind=unmarshal]").sendKeys(Keys.ENTER);
        browser.see(".recording .steps tbody tr:first-child:focus");

        browser.see(".recording .steps tbody tr:first-child summary").sendKeys(Keys.ENTER);
        browser.see(".recording .steps tbody tr:first-child details[open] pre");
        assertThat(browser.texts(".recording tbody tr:first-child pre").toString())
                .contains("<b>Oslo");
        assertThat(browser.all(".recording b")).isEmpty();
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-recording");

        browser.see(".recording [role=group] button:first-child").sendKeys(Keys.ENTER);
        browser.await(
                "the first attempt", () -> browser.texts(".recording").get(0).contains("Attempt 1 on "));
        assertThat(browser.texts(".recording .note").toString()).contains("Only the times of its steps");
        assertThat(browser.all(".recording .steps details")).as("what failed").hasSize(1);
        assertThat((String) browser.run("return document.activeElement.textContent"))
                .isEqualTo("Attempt 1");
        assertThat(browser.axe()).isEmpty();
        browser.phone(360, 740);
        try {
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(360);
            open("/#/routes/job-totals");
            browser.see(".slow-steps meter");
            assertThat(browser.texts(".slow-steps li").toString()).contains("attempt 2, ");
            assertThat(browser.all(".slow-steps a[href$='" + id + "']")).hasSize(2);
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(360);
            assertThat(browser.axe()).isEmpty();
            browser.screenshot("dashboard-phone-slow-steps");
        } finally {
            browser.noPhone();
        }
    }

    @Test
    void whereAJobIsNowIsMarkedOnTheLinesOfItsRoute() {
        String id = api.post("/jobs/steps", "{\"steps\":1000,\"pause\":1000}").field("jobId");
        open("/#/jobs/" + id);
        browser.await("the line", () -> browser.texts(".recording tr[aria-current=step] code")
                .toString()
                .contains("- delay:"));
        assertThat(browser.texts(".recording [role=status]").toString()).contains("Now at line ", " of job-steps: ");
        assertThat(browser.texts(".recording tr[aria-current=step]").toString()).contains("Here since ");
        assertThat(browser.texts(".recording .drawing [data-mark=open]").toString())
                .contains("not ended");
        assertThat(browser.texts(".recording ul").toString())
                .contains("job-steps as it stood in ")
                .doesNotContain("engine/");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-recording-live");
        assertThat(api.send("DELETE", "/jobs/" + id, new byte[0]).status()).isBetween(200, 299);
        browser.await(
                "it ends", () -> browser.all(".recording tr[aria-current]").isEmpty());
        browser.await(
                "nothing runs",
                () -> browser.texts(".recording [role=status]").toString().equals("[]")
                        || browser.texts(".recording [role=status]").get(0).isEmpty());
        assertThat(browser.texts(".recording").get(0)).contains("Attempt 1 on ");
    }

    @Test
    void whatARouteRefusedIsShownOnItsLinesByKeyboard() {
        try (StompClient client = StompClient.connect(node.http(), "1.2", StompClient.GUEST)) {
            String said = "{\"roomId\":\"x\",\"message\":7,\"password\":\"s3cret\"}";
            client.send("SEND", said, "destination", "/send-endpoint/ws/chat");
            assertThat(client.frame().command()).isEqualTo("ERROR");
        }
        Awaitility.await("the recording")
                .until(() -> api.get("/routes/recordings/chat-publish").body().contains("\"id\":"));
        open("/#/routes/chat-publish");
        browser.see(".slow-steps li button").sendKeys(Keys.ENTER);
        browser.see(".recording .steps");
        assertThat(browser.texts(".recording").get(0))
                .contains("On ", "chat-publish as it stood in chat/publish.camel.yaml");
        assertThat(browser.axe()).isEmpty();
        browser.screenshot("dashboard-route-recordings");
        browser.see(".recording .steps summary").sendKeys(Keys.ENTER);
        assertThat(browser.texts(".recording .steps details[open] pre").toString())
                .contains("message")
                .doesNotContain("s3cret");
        assertThat(browser.axe()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 120_000})
    void theCommandThatIsCopiedSubmitsTheSameJob(int size) throws Exception {
        String text = "it's \\\" $HOME `id` !! \\n \u00e4 'END'".repeat(size == 1 ? 1 : size / 20);
        String payload = "{\"text\":\"" + text + "\"}";
        String id = api.post("/jobs/hello?wait=20s", payload).field("id");
        open("/#/jobs/" + id);
        browser.see(".job > .buttons");
        browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text }");
        browser.click("Copy curl");
        browser.await("copied", () -> browser.texts(".job > .buttons button").contains("Copied"));
        String command = (String) browser.run("return window.copied");
        Path script =
                Files.writeString(routes.resolveSibling("copied.sh"), command.replace("-u 'guest'", "-u guest:guest"));

        Process shell = new ProcessBuilder("sh", script.toString())
                .redirectErrorStream(true)
                .start();
        String answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Files.delete(script);
        String copy = answer.replaceAll("(?s).*\"jobId\":\"([^\"]+)\".*", "$1");
        assertThat(copy).as(answer).isNotEqualTo(id);
        assertThat(api.job(copy).json().get("payload"))
                .isEqualTo(api.job(id).json().get("payload"));
    }

    @Test
    void theSkipLinkLeadsToTheContentAndLeavesTheAddressAlone() {
        open("/#/nodes");
        browser.see("tbody tr");
        browser.type(Keys.TAB);
        assertThat(browser.run("return document.activeElement.className")).isEqualTo("skip");
        browser.type(Keys.ENTER);
        assertThat(browser.focus()).isEqualTo("view");
        assertThat(browser.fragment()).isEqualTo("#/nodes");
    }
}
