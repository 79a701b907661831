package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.caravan.dashboard.AuthorPages;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.Commands;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresChromium;
import dev.caravan.fixture.RequiresRealBrokers;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** One edit reaches three nodes, one of which dies meanwhile; and jobs run on what is current alone. */
@RequiresRealBrokers
class ClusterRoutesIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String FILE = "/routes/files/jobs/which.camel.yaml";

    @TempDir
    static Path folder;

    private static RealRedis redis;
    private static final List<CaravanProcess> NODES = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        for (String name : List.of("first", "second", "third")) {
            NODES.add(node(name));
        }
    }

    @AfterAll
    static void stop() {
        NODES.forEach(CaravanProcess::close);
        redis.close();
    }

    private static CaravanProcess node(String name) {
        return CaravanProcess.start(
                Brokers.arguments(Brokers.rabbit(), redis),
                "--caravan.node=" + name,
                "--caravan.jobs.queue=published.jobs",
                "--caravan.routes.source=cluster",
                "--caravan.routes.directory=" + folder.resolve(name),
                "--caravan.routes.writable=true",
                "--caravan.jobs.attempts=1",
                "--caravan.recorder.sample=1");
    }

    @Test
    void anEditReachesAllAndANodeThatWasKilledTakesItBeforeItsNextJob() throws Exception {
        CaravanProcess first = NODES.get(0);
        assertPublished(save(first, "one"));
        assertThat(results(first, 30)).containsOnly("one");

        CaravanProcess third = NODES.remove(2);
        third.kill9();
        int published = assertPublished(save(NODES.get(1), "two"));
        assertThat(results(first, 20)).containsOnly("two");

        NODES.add(node("third"));
        assertThat(Files.readString(folder.resolve("third/jobs/which.camel.yaml")))
                .contains("two");
        assertThat(results(NODES.get(2), 30)).containsOnly("two");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(
                        first.api().get("/nodes").json().getAsJsonArray("nodes"))
                .hasSize(3)
                .allSatisfy(node -> assertThat(
                                node.getAsJsonObject().get("publication").getAsInt())
                        .isEqualTo(published)));
    }

    @Test
    void aRejectedTextIsOnNoNode() {
        Answer rejected = put(NODES.get(0), "/routes/files/jobs/broken.camel.yaml", "- route: {}");

        assertThat(rejected.status()).as(rejected.body()).isEqualTo(422);
        assertThat(folder.resolve("second/jobs/broken.camel.yaml")).doesNotExist();
    }

    @Test
    void aFolderIsPushedAndPulled() throws Exception {
        Path files = folder.resolve("files");
        run("--pull", files, NODES.get(0));
        Path added = files.resolve("jobs/pushed.camel.yaml");
        Files.createDirectories(added.getParent());
        Files.writeString(added, Texts.route("job-pushed", "pushed"));

        assertThat(run("--push", files, NODES.get(1))).contains("first runs it", "second runs it");
        assertThat(folder.resolve("first/jobs/pushed.camel.yaml")).exists();

        Path tests = files.resolve("jobs/pushed.test.yaml");
        Files.writeString(tests, "- {name: wants more, payload: null, result: more}");
        assertThatThrownBy(() -> run("--push", files, NODES.get(1)))
                .hasMessageContaining("ended with code 1")
                .hasMessageContaining("jobs/pushed.test.yaml:1: wants more: left pushed, not more");
        run("--push", files, NODES.get(1), "--force");
        assertThat(folder.resolve("first/jobs/pushed.test.yaml")).hasSameTextualContentAs(tests);

        assertThat(run("--push", files, NODES.get(1), "--draft=later"))
                .matches("(?s)Draft later, revision \\w+: \\d+ files\\s+");
        assertThat(NODES.get(0)
                        .api()
                        .get("/routes/drafts/later")
                        .json()
                        .getAsJsonObject("files")
                        .keySet())
                .contains("jobs/pushed.camel.yaml");

        Files.writeString(added, "- no route");
        assertThatThrownBy(() -> run("--push", files, NODES.get(1), "--force"))
                .hasMessageContaining("ended with code 1")
                .hasMessageContaining("jobs/pushed.camel.yaml:1");
        run("--pull", files, NODES.get(0));
        assertThat(added).hasContent(Texts.route("job-pushed", "pushed"));
    }

    @Test
    @RequiresChromium
    void aHandlerIsWrittenTriedPublishedWatchedBrokenAndRolledBackInABrowser() {
        URI node = NODES.get(0).http();
        String ada = "{\"name\": \"Ada\"}";
        try (Browser browser = Browser.start()) {
            AuthorPages pages = new AuthorPages(browser);
            pages.logIn(node);
            pages.create(node, "courier");
            pages.awaitChecked("No problems. Adds the route job-courier.");
            browser.click("Try it");
            browser.see("#try-payload").sendKeys(ada);
            browser.click("Run");
            browser.await("its result", () -> browser.texts(".try pre").contains("Hello, Ada"));
            browser.click("Review and publish");
            assertThat(pages.publish()).contains("is live on first, second, third");
            assertOnAll("jobs/courier.camel.yaml", "Hello, ");

            pages.run(node, "courier", ada, "finished");
            browser.await("its recording", () -> browser.texts(".recording .steps pre")
                    .contains("Hello, Ada"));
            browser.screenshot("studio-recording");

            pages.open(node, "jobs/courier.camel.yaml");
            pages.awaitChecked("No problems. No route changes.");
            pages.type(Keys.chord(Keys.CONTROL, Keys.END) + Keys.ARROW_UP + Keys.ARROW_UP + Keys.END + Keys.ARROW_LEFT
                    + " | error");
            pages.awaitChecked("No problems. Replaces the route job-courier.");
            browser.click("Review and publish");
            assertThat(pages.publish()).contains("is live on first, second, third");
            pages.run(node, "courier", ada, "failed");
            browser.await(
                    "where it failed",
                    () -> browser.texts(".recording .steps .error").toString().contains("Hello, Ada"));
            assertThat(browser.texts(".recording td[data-title=Line]")).contains("9");
            browser.open(URI.create(node + "/#/routes/job-courier"));
            browser.await("the line, whichever node it was", () -> browser.texts(".route-figures .last-error p")
                    .toString()
                    .contains("jobs/courier.camel.yaml:9, step setBody of route job-courier"));
            browser.screenshot("studio-figures");

            browser.open(URI.create(node + "/#/publications"));
            browser.see("button[aria-label^='Publish']").click();
            browser.see("[role=alertdialog] button").click();
            browser.await(
                    "the former files",
                    () -> browser.texts("[role=status]").toString().contains("are publication"));
            NODES.forEach(one -> assertThat(one.api()
                            .get("/routes/files/jobs/courier.camel.yaml")
                            .body())
                    .doesNotContain("| error"));
            pages.run(NODES.get(2).http(), "courier", ada, "finished");

            pages.open(node, "jobs/courier.camel.yaml");
            browser.see("a[href$='file=jobs%2Fcourier.test.yaml&template=tests']")
                    .click();
            browser.await("their text", () -> pages.lines().contains("  result: Hello, Ada"));
            browser.click("Run the tests");
            pages.awaitOutcome("All tests pass on jobs/courier.camel.yaml as it runs.");
            browser.click("Review and publish");
            assertThat(pages.publish()).contains("is live on first, second, third");
            assertOnAll("jobs/courier.test.yaml", "result: Hello, Ada");
            assertThat(browser.errors()).isEmpty();
        }
    }

    @Test
    @RequiresChromium
    void aDraftIsLookedAtAndPublishedInABrowser() {
        CaravanProcess node = NODES.get(0);
        assertPublished(put(node, "/routes/files/jobs/drafted.camel.yaml", Texts.route("job-drafted", "before")));
        JsonObject draft = new JsonObject();
        JsonObject files = new JsonObject();
        files.addProperty("jobs/drafted.camel.yaml", Texts.route("job-drafted", "after"));
        files.addProperty("jobs/drafted.test.yaml", "- {name: is after, payload: null, result: never}");
        draft.add("files", files);
        draft.addProperty("why", "after is better");
        assertThat(node.api().put("/routes/drafts/better", draft.toString()).status())
                .isEqualTo(200);
        try (Browser browser = Browser.start()) {
            new AuthorPages(browser).logIn(node.http());
            browser.see("nav a[href='#/routes']").click();
            browser.see("a[href='#/publications']").click();
            browser.see("a[href='#/publications/better']");
            assertLooksWell(browser, "publications");
            browser.see("a[href='#/publications/better']").click();
            browser.await(
                    "the difference", () -> browser.texts("del").equals(List.of("−             constant: before\n")));
            assertThat(browser.texts("article h2"))
                    .containsExactly("jobs/drafted.camel.yaml: changed", "jobs/drafted.test.yaml: new");
            assertLooksWell(browser, "publication-draft");

            browser.see(".buttons button").click();
            browser.await(
                    "the red test",
                    () -> browser.texts("[role=alert]").toString().contains("is after: left after, not never"));
            assertThat(browser.axe()).isEmpty();
            browser.see(".buttons button:nth-child(2)").click();

            browser.await(
                    "what was published",
                    () -> browser.texts("tbody").toString().contains("after is better"));
            assertThat(browser.errors()).allMatch(error -> error.contains("422"));
            browser.see("button[aria-label^='Publish']").click();
            browser.see("[role=alertdialog] button").click();
            browser.await(
                    "the former files",
                    () -> browser.texts("[role=status]").toString().contains("are publication"));
            assertThat(browser.axe()).isEmpty();

            browser.open(node.http().resolve("/#/routes?file=jobs/drafted.camel.yaml"));
            browser.see(".code");
            browser.click("Review and publish");
            browser.see("#review:not([hidden])");
            browser.click("Store as a draft");
            browser.see("a[href='#/publications/jobs-drafted-guest']").click();
            browser.await(
                    "the draft", () -> browser.texts("article .note").toString().contains("Stored by guest"));
        }
        assertThat(results(NODES.get(1), "drafted", 5)).containsOnly("before");
    }

    private static void assertOnAll(String file, String text) {
        NODES.forEach(
                one -> assertThat(one.api().get("/routes/files/" + file).body()).contains(text));
    }

    private static void assertLooksWell(Browser browser, String page) {
        browser.screenshot(page);
        assertThat(browser.axe()).isEmpty();
        browser.dark(true);
        assertThat(browser.axe()).isEmpty();
        browser.dark(false);
        browser.phone(390, 844);
        browser.screenshot(page + "-phone");
        browser.noPhone();
    }

    private static String run(String command, Path directory, CaravanProcess node, String... more) {
        List<String> line = CaravanProcess.command(List.of());
        line.addAll(List.of(command, directory.toString(), "--url=" + node.http(), "--user=guest"));
        line.addAll(List.of(more));
        return Commands.run(SOON, Map.of("CARAVAN_PASSWORD", "guest"), line);
    }

    private static Answer save(CaravanProcess node, String result) {
        return put(node, FILE, Texts.route("job-which", result));
    }

    private static Answer put(CaravanProcess node, String file, String text) {
        return node.api().send("PUT", file, Texts.bytes(text), "Content-Type", "application/yaml");
    }

    /** The number of the publication. */
    private static int assertPublished(Answer saved) {
        assertThat(saved.status()).as(saved.body()).isEqualTo(200);
        JsonObject edit = saved.json();
        assertThat(edit.getAsJsonArray("nodes"))
                .allSatisfy(
                        node -> assertThat(node.getAsJsonObject().get("runs")).isEqualTo(edit.get("publication")));
        return edit.get("publication").getAsInt();
    }

    private static List<String> results(CaravanProcess node, int jobs) {
        return results(node, "which", jobs);
    }

    private static List<String> results(CaravanProcess node, String type, int jobs) {
        List<String> ids = IntStream.range(0, jobs)
                .mapToObj(i -> node.api().post("/jobs/" + type, "").field("jobId"))
                .toList();
        return ids.stream()
                .map(id -> node.api().awaitState(id, "FINISHED", SOON).field("result"))
                .toList();
    }
}
