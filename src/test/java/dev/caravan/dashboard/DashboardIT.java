package dev.caravan.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RequiresChromium;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;

/** The dashboard and Hawtio, as somebody sees them in a browser. */
@RequiresChromium
@Timeout(120)
class DashboardIT {
    private static CaravanProcess node;
    private static Browser browser;
    private static Api api;

    @BeforeAll
    static void start() {
        node = CaravanProcess.start(Brokers.EMBEDDED.arguments());
        api = node.api();
        browser = Browser.start();
        login();
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

    /** Whoever opens the dashboard is led to the form, and back. */
    private static void login() {
        open("/#/jobs");
        browser.see("#username").sendKeys("guest", Keys.TAB, "wrong", Keys.ENTER);
        browser.await("refused", () -> browser.texts("#error").get(0).contains("Wrong name or password."));
        browser.see("#password").clear();
        browser.see("#password").sendKeys("guest", Keys.ENTER);
        browser.see("table.jobs");
        browser.errors(); // the 401 of the wrong password
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
        browser.see("#submit-type").sendKeys("totals");
        browser.see("#payload").sendKeys("{\"csv\": no");
        browser.see("#submit [type=submit]").click();
        browser.await("no JSON", () -> browser.texts("#submit .error").get(0).contains("no JSON"));
        browser.see("#payload").clear();
        browser.see("#payload")
                .sendKeys("{\"csv\":\"a,b\\n<img src=x onerror=alert(1)>,2\\n\",\"by\":\"a\",\"sum\":\"b\"}");
        browser.see("#submit [type=submit]").click();

        browser.await("its states", () -> browser.texts(".timeline .badge").contains("finished"));
        browser.await("its result", () -> browser.texts("pre").stream().anyMatch(text -> text.contains("<img src=x")));
        assertThat(browser.all("img")).isEmpty();
        assertThat(browser.texts(".facts dd").toString()).contains("job-totals");
        browser.screenshot("dashboard-job");
    }

    @Test
    void everythingIsThereOnAPhoneAndInTheDark() {
        browser.phone(360, 740);
        browser.dark(true);
        try {
            for (String view : new String[] {"jobs", "routes", "nodes"}) {
                open("/#/" + view);
                browser.see("tbody tr, .empty");
                assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                        .as(view)
                        .isLessThanOrEqualTo(360);
                browser.screenshot("dashboard-phone-" + view);
            }
        } finally {
            browser.noPhone();
            browser.dark(false);
        }
    }

    @Test
    void theKeyboardIsEnough() {
        open("/#/jobs");
        browser.see("table.jobs");
        browser.type("/");
        assertThat(browser.focus()).isEqualTo("search");
        browser.type("no-such-job", Keys.ENTER);
        browser.await(
                "no such job", () -> browser.texts(".error").stream().anyMatch(text -> text.contains("no such job")));
        assertThat(browser.errors()).allMatch(error -> error.contains("404"));
    }

    @Test
    void hawtioShowsTheRoutesUnderTheirIdsByTheSameLogin() {
        api.post("/jobs/hello?wait=20s", "");
        open("/hawtio");
        browser.await("the context", () -> browser.texts("#camel-tree-view button, .pf-v5-c-tree-view__node").stream()
                .anyMatch(text -> text.contains("caravan")));
        clickText("routes");
        browser.await("its routes", () -> browser.texts("table").toString().contains("jobs-work"));
        clickText("job-hello");
        clickText("Route Diagram");
        browser.await("the diagram", () -> browser.texts(".react-flow__node").size() > 3);
        browser.screenshot("hawtio");
    }

    private static void clickText(String text) {
        browser.await("no " + text, () -> (Boolean) browser.run(
                "const it = [...document.querySelectorAll('button, a, .pf-v5-c-tree-view__node-text')]"
                        + ".find(one => one.textContent.trim() === arguments[0]); if (it) it.click(); return !!it",
                text));
    }
}
