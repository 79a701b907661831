package dev.caravan.dashboard;

import dev.caravan.fixture.Browser;
import java.net.URI;
import java.util.List;
import org.openqa.selenium.Keys;

/** The pages of the dashboard by which an author writes a handler, publishes it and runs it. */
public final class AuthorPages {
    private final Browser browser;

    public AuthorPages(Browser browser) {
        this.browser = browser;
    }

    public void logIn(URI node) {
        logIn(node, "guest", "guest");
    }

    public void logIn(URI node, String name, String password) {
        browser.open(URI.create(node + "/login"));
        browser.see("#username").sendKeys(name, Keys.TAB, password, Keys.ENTER);
        browser.see("nav");
    }

    /** Ends the session behind the back of the page that is shown. */
    public void endSession() {
        browser.run(
                """
                const token = document.cookie.match(/XSRF-TOKEN=([^;]+)/)[1];
                return fetch("/logout", { method: "POST", headers: { "X-XSRF-TOKEN": token } }).then(() => true)""");
    }

    /** Begins a file with the template that is offered first: a handler of jobs. */
    public void create(URI node, String name) {
        browser.open(URI.create(node + "/#/routes"));
        browser.see("[aria-controls=new-route]").sendKeys(Keys.ENTER);
        browser.see("#route-template:focus");
        browser.see("#route-name").sendKeys(name, Keys.ENTER);
        browser.see(".code");
    }

    public void open(URI node, String file) {
        browser.open(URI.create(node + "/#/routes?file=" + file));
        browser.see(".code");
    }

    /** In one go: the driver puts the caret at the end first. */
    public void type(String keys) {
        browser.allWithin(".code", ".cm-content").get(0).sendKeys(keys);
    }

    public String activeLine() {
        return browser.allWithin(".code", ".cm-activeLine").get(0).getText();
    }

    /** The lines on display. */
    public List<String> lines() {
        return browser.allWithin(".code", ".cm-line").stream()
                .map(line -> line.getText())
                .toList();
    }

    public void awaitChecked(String said) {
        browser.await(said, () -> browser.texts(".edit-route [aria-live] .note").contains(said));
    }

    public void awaitOutcome(String said) {
        browser.await(said, () -> outcome().contains(said));
    }

    /** Publishes what is under review. @return what the page says of it */
    public String publish() {
        browser.see("#review button:not(.quiet)").click();
        awaitOutcome("is live");
        return outcome();
    }

    /** Submits a job and stays on its page until it has ended. */
    public void run(URI node, String type, String payload, String end) {
        browser.open(URI.create(node + "/#/jobs"));
        browser.see("[aria-controls=submit]").click();
        browser.await("the type", () -> browser.texts("#submit-type option").contains(type));
        browser.see("#submit-type").sendKeys(type);
        browser.see("#payload").clear();
        browser.see("#payload").sendKeys(payload);
        browser.see("#submit [type=submit]").click();
        browser.await("its end", () -> browser.texts(".job-head .badge").contains(end));
    }

    private String outcome() {
        return String.join(" ", browser.texts(".edit-route > div > [role=status]"));
    }
}
