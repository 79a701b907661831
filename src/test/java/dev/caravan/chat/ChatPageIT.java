package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.Browser;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.Ports;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresChromium;
import dev.caravan.fixture.RequiresRealBrokers;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import redis.clients.jedis.JedisPooled;

/** The chat page, as two people at two browsers see it. */
@RequiresRealBrokers
@RequiresChromium
class ChatPageIT {
    private static final int LONGEST = 300;
    private static final String PORT = "--server.port=" + Ports.free();
    private static final AtomicInteger ROOMS = new AtomicInteger();

    /** A bad network: deaf hears nothing, mute loses what is sent, blocked opens no WebSocket. */
    private static final String NETWORK =
            """
            window.net = { deaf: false, mute: false, blocked: false, socket: null };
            window.WebSocket = class extends WebSocket {
              constructor(url, protocols) {
                super(net.blocked ? String(url).replace("/ws/chat", "/ws/nowhere") : url, protocols);
                net.socket = this;
              }
              set onmessage(handler) { super.onmessage = (event) => net.deaf || handler(event); }
              addEventListener(type, handler) {
                super.addEventListener(type, (event) => (net.deaf && type === "message") || handler(event));
              }
              send(data) { if (!net.mute) super.send(data); }
            };
            """;

    private static CaravanProcess node;
    private static Browser alice;
    private static Browser bob;

    private String room;

    @BeforeAll
    static void start() {
        node = startNode();
        alice = Browser.start();
        bob = Browser.start();
        alice.prepend(NETWORK);
        bob.prepend(NETWORK);
    }

    private static CaravanProcess startNode() {
        return CaravanProcess.start(Brokers.REAL.arguments(), PORT, "--caravan.chat.max-message=" + LONGEST);
    }

    @AfterAll
    static void stop() {
        alice.close();
        bob.close();
        node.close();
    }

    @BeforeEach
    void anotherRoom() {
        room = "room " + ROOMS.incrementAndGet();
        alice.errors();
    }

    @AfterEach
    void leave() {
        alice.open(URI.create("about:blank"));
        bob.open(URI.create("about:blank"));
    }

    @Test
    void twoPeopleTalk() {
        join(alice, "Alice", room);
        join(bob, "Bob", room);
        say(alice, "Hello Bob!");
        awaitText(bob, "Hello Bob!");
        say(bob, "Hello Alice, how are you?");
        awaitText(alice, "Hello Alice, how are you?");
        say(bob, "And the caravan?");
        awaitText(alice, "And the caravan?");
        say(alice, "It left at noon.\nTwo camels are missing.");
        awaitText(bob, "It left at noon.\nTwo camels are missing.");
        awaitNothingPending(alice);

        assertThat(alice.texts(".own .text"))
                .isEqualTo(List.of("Hello Bob!", "It left at noon.\nTwo camels are missing."));
        assertThat(alice.texts(".message:not(.own) .text"))
                .isEqualTo(List.of("Hello Alice, how are you?", "And the caravan?"));
        assertThat(bob.texts(".sender")).isEqualTo(List.of("Alice", "Bob", "Bob", "Alice"));
        assertThat(bob.texts("time")).allSatisfy(time -> assertThat(time).matches("\\d\\d:\\d\\d"));
        assertThat(alice.errors())
                .as("errors, those of the content security policy too")
                .isEmpty();
        alice.screenshot("chat-light");
        alice.dark(true);
        alice.screenshot("chat-dark");
        alice.dark(false);
    }

    @Test
    void htmlIsShownAndRunsNothing() {
        String html = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
        join(alice, "Alice", room);
        try (Speaker speaker = new Speaker(node.http(), html, room)) {
            speaker.say(html, html + " sent");

            awaitText(alice, html + " sent");
            assertThat(alice.texts(".sender")).isEqualTo(List.of(html));
            alice.await("no presence", () -> alice.texts("#present bdi").contains(html));
        }
        join(bob, "Bob", "x<b onclick=\"window.hit=1\"");

        assertThat(bob.texts("#room-title")).isEqualTo(List.of("x<b onclick=\"window.hit=1\""));
        assertThat(alice.all("#chat img, #chat script")).isEmpty();
        assertThat(alice.run("return window.hit")).isNull();
        alice.screenshot("chat-html");
    }

    @Test
    void showsWhoIsPresentAndWhoLeaves() {
        join(bob, "Bob", room);
        join(alice, "Alice", room);

        awaitTexts(alice, "#present li", "Alice (you)", "Bob");
        awaitTexts(bob, "#present li", "Alice", "Bob (you)");
        bob.see("#leave").click();

        awaitTexts(alice, "#present li", "Alice (you)");
        assertThat(bob.see("#join").isDisplayed()).isTrue();
    }

    @Test
    void distinguishesAnonymousClientsOfOneName() {
        join(alice, "Ada", room);
        join(bob, "Ada", room);
        say(alice, "I am Ada.");
        awaitText(bob, "I am Ada.");
        say(bob, "So am I.");
        awaitText(alice, "So am I.");
        awaitNothingPending(bob);

        awaitTexts(alice, "#present li", "Ada (you)", "Ada 2");
        awaitTexts(bob, "#present li", "Ada (you)", "Ada 2");
        assertThat(alice.texts("#present-count")).isEqualTo(List.of("2 here"));
        assertThat(alice.texts(".own .who")).isEqualTo(List.of("Ada"));
        assertThat(alice.texts(".message:not(.own) .who")).isEqualTo(List.of("Ada 2"));
        assertThat(bob.texts(".message:not(.own) .who")).isEqualTo(List.of("Ada 2"));
        alice.screenshot("chat-two-of-a-name");

        alice.open(link("/chat#", room));
        awaitTexts(alice, ".own .text", "I am Ada.");
        awaitTexts(bob, "#present li", "Ada (you)", "Ada 2");
    }

    @Test
    void noticesALostNetworkAndWhatWasNotSent() {
        join(alice, "Alice", room);
        join(bob, "Bob", room);
        awaitTexts(alice, "#present-count", "2 here");
        alice.run("net.deaf = true; net.mute = true; net.blocked = true");
        say(alice, "Does this arrive?");

        alice.await("still connected", () -> !state(alice).equals("connected"));
        assertThat(alice.texts(".pending .fate")).isEqualTo(List.of("Perhaps not sent; waits for the connection"));
        assertThat(alice.texts("#present-count")).isEqualTo(List.of("2 were here"));
        alice.await("not lost", () -> alice.texts("#state").get(0).matches("Offline since \\d\\d:\\d\\d"));
        alice.screenshot("chat-offline");
        alice.run("net.deaf = false; net.mute = false; net.blocked = false; document.querySelector('#retry').click()");

        awaitNothingPending(alice);
        awaitTexts(bob, ".text", "Does this arrive?");
        awaitTexts(alice, "#present-count", "2 here");
    }

    @Test
    void daysAreToldApartAndAddressesAreLinks() {
        try (JedisPooled redis = new JedisPooled("127.0.0.1", Brokers.redis().port())) {
            redis.rpush(
                    "Chat:history:" + room,
                    "{\"node\":\"x\",\"number\":1,\"items\":[{\"roomId\":\"" + room
                            + "\",\"sender\":\"Zoe\",\"message\":\"old\","
                            + "\"time\":\"12:34\",\"id\":\"x-1\",\"sentAt\":\"2026-01-02T12:34:56Z\"}]}");
        }
        join(alice, "Alice", room);
        String html = "<a href=\"javascript:window.hit=1\">x</a> javascript:window.hit=1";
        say(alice, "See (https://caravan.example/a_(b)?c=<d>, or http://b.example. " + html);
        awaitNothingPending(alice);

        assertThat(alice.texts(".day"))
                .hasSize(2)
                .doesNotHaveDuplicates()
                .first()
                .asString()
                .matches("Friday,? 2 January 2026");
        assertThat((String) alice.run("return document.querySelector('time').title"))
                .contains("2 January 2026")
                .endsWith(":56");
        assertThat(alice.texts(".text a")).isEqualTo(List.of("https://caravan.example/a_(b)?c=", "http://b.example"));
        assertThat((String) alice.run("return document.querySelector('.text a').rel"))
                .isEqualTo("noopener noreferrer nofollow");
        assertThat(alice.texts(".own .text").get(0)).endsWith(html);
        assertThat(alice.errors()).isEmpty();
        alice.screenshot("chat-days");
    }

    @Test
    void whoLogsInComesBackToTheRoomAndMayLogOutThere() {
        join(alice, "Alice", room);
        assertThat(alice.see("#chat .brand").getDomAttribute("href")).isEqualTo("/");
        alice.see("#chat .login").click();
        alice.see("[name=username]").sendKeys("guest");
        alice.see("[name=password]").sendKeys("guest", Keys.ENTER);

        awaitConnected(alice);
        assertThat(alice.texts("#room-title")).isEqualTo(List.of(room));
        assertThat(alice.texts("#me-name")).isEqualTo(List.of("guest"));
        alice.see("#chat .logout").click();
        alice.await("still logged in", () -> alice.texts("#me-name").equals(List.of("Alice")));
        awaitConnected(alice);
    }

    @Test
    void aNewcomerSeesTheHistory() {
        join(alice, "Alice", room);
        List.of("one", "two", "three").forEach(text -> say(alice, text));
        awaitNothingPending(alice);

        join(bob, "Bob", room);
        awaitTexts(bob, ".text", "one", "two", "three");
        say(alice, "four");

        awaitTexts(bob, ".text", "one", "two", "three", "four");
        assertThat(bob.texts(".line")).isEmpty();
    }

    @Test
    void aLinkLeadsIntoItsRoomAndTheNameIsRemembered() {
        join(alice, "Alice", room);
        alice.open(link("/chat#", room + " 2"));

        awaitConnected(alice);

        assertThat(alice.texts("#room-title")).isEqualTo(List.of(room + " 2"));
        assertThat(alice.texts("#me-name")).isEqualTo(List.of("Alice"));
    }

    @Test
    void aNameThatCannotBeIsRefusedBeforeItIsSent() {
        alice.open(link("/chat/", ""));
        fill(alice, "a/b", room);
        alice.see("#join button").click();

        assertThat(alice.see("#name-error").getText()).contains("cannot be in it");
        assertThat(alice.focus()).isEqualTo("name");
        alice.screenshot("chat-entrance-light");
        alice.dark(true);
        alice.screenshot("chat-entrance-dark");
        alice.dark(false);
    }

    @Test
    void doesNotSendAgainWhatArrivedWithoutAReceipt() {
        join(alice, "Alice", room);
        join(bob, "Bob", room);
        alice.run("net.deaf = true");
        say(alice, "Did you hear that?");
        awaitText(bob, "Did you hear that?");
        alice.see(".pending");

        alice.run("net.deaf = false; net.socket.close()");

        awaitNothingPending(alice);
        say(alice, "after");
        awaitTexts(bob, ".text", "Did you hear that?", "after");
        awaitTexts(alice, ".text", "Did you hear that?", "after");
        assertThat(alice.texts(".line")).isEmpty();
    }

    @Test
    void whatDidNotArriveIsSentAgain() {
        join(alice, "Alice", room);
        join(bob, "Bob", room);
        say(bob, "before");
        awaitText(alice, "before");
        alice.run("net.mute = true");
        say(alice, "one");
        say(alice, "two");
        alice.await("nothing is pending", () -> alice.all(".pending").size() == 2);

        alice.run("net.mute = false; net.socket.close()");

        awaitTexts(bob, ".text", "before", "one", "two");
        awaitNothingPending(alice);
        awaitTexts(alice, ".text", "before", "one", "two");
    }

    @Test
    void reportsAGapLongerThanTheHistoryAndSendsNothingAgainByItself() {
        join(alice, "Alice", room);
        say(alice, "before");
        awaitNothingPending(alice);
        alice.run("net.mute = true");
        say(alice, "lost?");
        alice.run("net.mute = false; net.blocked = true; net.socket.close()");
        alice.await("still connected", () -> !state(alice).equals("connected"));
        try (Speaker speaker = new Speaker(node.http(), "Zoe", room)) {
            for (int i = 1; i <= 60; i++) {
                speaker.say("Zoe", "line " + i);
            }
        }
        alice.run("net.blocked = false");
        awaitConnected(alice);

        assertThat(alice.texts(".line")).singleElement().asString().contains("may be missing");
        assertThat(alice.texts(".message:not(.own) .text"))
                .hasSize(50)
                .contains("line 60")
                .doesNotContain("line 10");
        assertThat(alice.see(".failed .fate span").getText()).isEqualTo("May not have arrived");
        alice.screenshot("chat-gap");
        alice.see(".failed .fate button").click();
        awaitNothingPending(alice);
        awaitText(alice, "lost?");
        assertThat(Collections.frequency(alice.texts(".text"), "lost?")).isEqualTo(1);
    }

    @Test
    void aNodeThatIsKilledAndComesBackIsFoundAgain() {
        try (JedisPooled redis = new JedisPooled("127.0.0.1", Brokers.redis().port())) {
            join(alice, "Alice", room);
            join(bob, "Bob", room);
            say(alice, "before");
            awaitText(bob, "before");
            Awaitility.await("history")
                    .until(() -> !redis.lrange("Chat:history:" + room, 0, -1).isEmpty());

            node.kill9();

            alice.await("still connected", () -> state(alice).equals("lost"));
            assertThat(alice.see("#retry").isDisplayed()).isTrue();
            say(alice, "meanwhile");
            assertThat(alice.see(".pending .fate").getText()).isEqualTo("Waits for the connection");
            alice.screenshot("chat-lost");
        } finally {
            node.close();
            node = startNode();
        }
        awaitConnected(alice);
        awaitConnected(bob);
        awaitNothingPending(alice);
        say(bob, "after");

        awaitTexts(alice, ".text", "before", "meanwhile", "after");
        awaitTexts(bob, ".text", "before", "meanwhile", "after");
        awaitTexts(alice, "#present li", "Alice (you)", "Bob");
        assertThat(node.alive()).isTrue();
    }

    @Test
    void whatIsRefusedIsShownWithTheReasonAndCanBeWrittenAnew() {
        join(alice, "Alice", room);
        say(alice, "x".repeat(LONGEST + 1));

        assertThat(alice.see(".failed .fate span").getText()).contains("Not sent: ", "longer than 300");
        alice.screenshot("chat-refused");
        alice.see(".failed .fate button").click();
        assertThat(alice.all(".message")).isEmpty();
        assertThat(alice.focus()).isEqualTo("text");
        alice.type(Keys.chord(Keys.CONTROL, "a"), "shorter", Keys.ENTER);

        awaitNothingPending(alice);
        awaitTexts(alice, ".text", "shorter");
        assertThat(state(alice)).isEqualTo("connected");
    }

    @Test
    void everythingCanBeDoneByKeyboard() {
        alice.open(link("/chat/", ""));
        alice.run("localStorage.clear()");
        alice.open(link("/chat/", ""));
        alice.see("#join");
        assertThat(alice.focus()).isEqualTo("name");
        alice.type(Keys.chord(Keys.SHIFT, Keys.TAB));
        assertThat(alice.see(".skip:focus").getText()).isEqualTo("To the content");
        alice.type(Keys.ENTER);
        assertThat(alice.focus()).isEqualTo("name");
        alice.type("Alice", Keys.TAB);
        assertThat(alice.focus()).isEqualTo("room");
        alice.type(Keys.chord(Keys.CONTROL, "a"), room, Keys.ENTER);
        awaitConnected(alice);
        assertThat(alice.focus()).isEqualTo("text");

        alice.type("one", Keys.chord(Keys.SHIFT, Keys.ENTER), "two", Keys.ENTER);
        awaitNothingPending(alice);
        awaitTexts(alice, ".text", "one\ntwo");
        assertThat(alice.focus()).isEqualTo("text");

        alice.type(Keys.chord(Keys.SHIFT, Keys.TAB));
        assertThat(alice.focus()).isEqualTo("log");
        assertThat((String) alice.run("return getComputedStyle(document.activeElement).outlineStyle"))
                .as("what has the focus is seen to have it")
                .isEqualTo("solid");
        alice.type(Keys.chord(Keys.SHIFT, Keys.TAB));
        assertThat(alice.run("return document.activeElement.localName")).isEqualTo("summary");
        alice.type(Keys.ENTER);
        assertThat(alice.run("return document.querySelector('#presence').open")).isEqualTo(false);
        alice.type(Keys.ENTER, Keys.chord(Keys.SHIFT, Keys.TAB));
        assertThat(alice.focus()).isEqualTo("leave");
        alice.type(Keys.ENTER);
        assertThat(alice.see("#join").isDisplayed()).isTrue();
    }

    @Test
    void whoReadsWhatIsOlderIsNotTornAwayFromIt() {
        join(alice, "Alice", room);
        try (Speaker speaker = new Speaker(node.http(), "Zoe", room)) {
            for (int i = 1; i <= 40; i++) {
                speaker.say("Zoe", "line " + i);
            }
            awaitText(alice, "line 40");
            alice.await("not at the end", () -> isAtTheEnd(alice));
            alice.run("const log = document.querySelector('#log'); window.scrolled = false; log.scrollTop = 0;"
                    + "log.addEventListener('scroll', () => { window.scrolled = true; }, { once: true })");
            alice.await(
                    "not scrolled", () -> alice.run("return window.scrolled").equals(true));

            speaker.say("Zoe", "line 41");
            assertThat(alice.see("#to-newest").getText()).isEqualTo("1 new message");
            assertThat(alice.run("return document.querySelector('#log').scrollTop"))
                    .isEqualTo(0L);
            alice.screenshot("chat-older");
            alice.see("#to-newest").click();

            alice.await("not at the end", () -> isAtTheEnd(alice));
            assertThat(alice.see("#log").isDisplayed()).isTrue();
            alice.await(
                    "the button stays", () -> alice.all("#to-newest[hidden]").size() == 1);
        }
    }

    @Test
    void aBusyRoomDoesNotFillThePageForEver() {
        join(alice, "Alice", room);
        try (Speaker speaker = new Speaker(node.http(), "Zoe", room)) {
            for (int i = 1; i <= 520; i++) {
                speaker.say("Zoe", "line " + i);
            }
        }
        awaitText(alice, "line 520");

        assertThat(alice.texts(".message .text"))
                .hasSize(500)
                .startsWith("line 21")
                .endsWith("line 520");
    }

    @Test
    void itCanBeReadOnAPhone() {
        try (Speaker speaker = new Speaker(node.http(), "Zoe", room)) {
            speaker.say("Zoe", "Anybody here?");
            speaker.say("Zoe", "The link is https://caravan.example/" + "very-long/".repeat(20));
            alice.phone(390, 844);
            join(alice, "Alice with a rather long name", room + " with a rather long name, for a room");
            alice.screenshot("chat-phone-empty");
            alice.open(link("/chat/#", room));
            awaitText(alice, "Anybody here?");
            say(alice, "Yes, on the road.");
            awaitNothingPending(alice);

            assertThat(alice.run("return document.documentElement.scrollWidth")).isEqualTo(390L);
            assertThat(alice.run("return document.querySelector('#presence').open"))
                    .isEqualTo(false);
            alice.screenshot("chat-phone-light");
            alice.see("#presence summary").click();
            awaitTexts(alice, "#present li", "Alice with a rather long name (you)", "Zoe");
            alice.dark(true);
            alice.screenshot("chat-phone-dark");
        } finally {
            alice.dark(false);
            alice.noPhone();
        }
    }

    @Test
    void sockJsIsUsedWhereNoWebSocketOpensAndNotLoadedElsewhere() {
        alice.prepend("if (location.search === '?no-websocket') net.blocked = true;");
        alice.open(link("/chat/?no-websocket", ""));
        fillAndEnter(alice, "Alice", room);
        awaitConnected(alice);
        join(bob, "Bob", room);
        say(alice, "By SockJS.");
        awaitText(bob, "By SockJS.");
        say(bob, "By WebSocket.");
        awaitTexts(alice, ".text", "By SockJS.", "By WebSocket.");
        awaitNothingPending(alice);

        assertThat(alice.run("return 'SockJS' in window")).isEqualTo(true);
        assertThat(bob.run("return 'SockJS' in window")).isEqualTo(false);
        bob.run("net.blocked = true"); // one has opened here: the server is away, and SockJS would be no help
        bob.run("net.socket.close()");
        bob.await("still connected", () -> state(bob).equals("lost"));
        bob.see("#retry");
        bob.run("document.querySelector('#retry').click()"); // it comes and goes: a place may be another's by then
        bob.await("no second try", () -> state(bob).equals("lost"));
        assertThat(bob.run("return 'SockJS' in window")).isEqualTo(false);
    }

    @Test
    void reportsThatOtherServersCannotBeReachedAndThatTheyCanAgain() {
        RealRabbit rabbit = Brokers.rabbit();
        join(alice, "Alice", room);
        rabbit.stopApp();
        try {
            say(alice, "meanwhile");
            awaitText(alice, "meanwhile");
            awaitLine("Other servers cannot be reached; they will get the messages of this one later.");
            alice.screenshot("chat-cluster-send-down");
        } finally {
            rabbit.startApp();
        }
        awaitLine("The other servers can be reached again.");
        awaitNothingPending(alice);
        awaitTexts(alice, ".own .text", "meanwhile");
    }

    private static void awaitLine(String line) {
        alice.await("no " + line, () ->
                (Boolean) alice.run("return document.querySelector('#log').innerText.includes(arguments[0])", line));
    }

    @Test
    void worksWithAServerWithoutPresence() {
        try (CaravanProcess quiet =
                CaravanProcess.start(Brokers.EMBEDDED.arguments(), "--caravan.chat.presence=false")) {
            join(quiet, alice, "Alice", room);
            say(alice, "Nobody sees me.");

            awaitNothingPending(alice);
            awaitTexts(alice, ".text", "Nobody sees me.");
            assertThat(alice.all("aside[hidden]")).hasSize(1);
            alice.screenshot("chat-no-presence");
        }
    }

    private static URI link(String path, String fragment) {
        return link(node, path, fragment);
    }

    private static URI link(CaravanProcess at, String path, String fragment) {
        return URI.create(at.http()
                + path
                + URLEncoder.encode(fragment, StandardCharsets.UTF_8).replace("+", "%20"));
    }

    private static void join(Browser browser, String name, String room) {
        join(node, browser, name, room);
    }

    private static void join(CaravanProcess at, Browser browser, String name, String room) {
        browser.open(link(at, "/chat", ""));
        fillAndEnter(browser, name, room);
        awaitConnected(browser);
    }

    private static void fillAndEnter(Browser browser, String name, String room) {
        if (browser.all("#chat[hidden]").isEmpty()) {
            return; // the link led in
        }
        fill(browser, name, room);
        browser.type(Keys.ENTER);
    }

    private static void fill(Browser browser, String name, String room) {
        browser.see("#name").clear();
        browser.see("#name").sendKeys(name);
        browser.see("#room").clear();
        browser.see("#room").sendKeys(room);
    }

    /** Pasted, since a message may have lines and Enter sends it. */
    private static void say(Browser browser, String text) {
        browser.run("document.querySelector('#text').value = arguments[0]", text);
        browser.see("#text").sendKeys(Keys.ENTER);
    }

    private static String state(Browser browser) {
        return (String) browser.run("return document.querySelector('#connection')?.dataset.state");
    }

    private static boolean isAtTheEnd(Browser browser) {
        return (Boolean) browser.run("const log = document.querySelector('#log');"
                + "return log.scrollHeight - log.scrollTop - log.clientHeight < 2");
    }

    private static void awaitConnected(Browser browser) {
        browser.await(
                "not connected", () -> state(browser) != null && state(browser).equals("connected"));
    }

    private static void awaitText(Browser browser, String text) {
        browser.await("no " + text, () -> browser.texts(".message:not(.pending) .text")
                .contains(text));
    }

    private static void awaitTexts(Browser browser, String css, String... texts) {
        browser.await(
                css + " is not " + List.of(texts), () -> browser.texts(css).equals(List.of(texts)));
    }

    private static void awaitNothingPending(Browser browser) {
        browser.await(
                "something is pending",
                () -> state(browser).equals("connected")
                        && browser.all(".pending").isEmpty());
    }
}
