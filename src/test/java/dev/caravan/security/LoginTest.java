package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Logins on two nodes that share a broker and a Redis. */
@Timeout(120)
class LoginTest {
    private static InProcessNode one;
    private static InProcessNode other;

    @BeforeAll
    static void start() throws IOException {
        String rooms = "--caravan.security.rooms[0].room=ops-*";
        String role = "--caravan.security.rooms[0].role=operator";
        String own = "--caravan.security.access[0].path=/own/**";
        one = SecureNode.withUsers(rooms, role, own, "--caravan.security.failed-logins=5");
        other = SecureNode.withUsers(one.joining().toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        other.close();
        one.close();
    }

    private static BrowserLogin loggedIn(String name) {
        BrowserLogin browser = new BrowserLogin();
        assertThat(browser.login(one, name, SecureNode.PASSWORD).statusCode()).isEqualTo(204);
        assertThat(browser.get(one, "/me").statusCode()).isEqualTo(200); // with what pages must show
        return browser;
    }

    @Test
    void oneLoginWorksOnEveryNodeUntilTheLogoutOnAnyOfThem() {
        BrowserLogin browser = loggedIn("olga");

        assertThat(browser.get(other, "/me").body())
                .isEqualTo("{\"name\":\"Olga\",\"roles\":[\"user\",\"operator\",\"monitor\"],\"guest\":false}");
        assertThat(browser.logout(other).statusCode()).isEqualTo(204);
        assertThat(browser.get(one, "/me").body()).contains("null");
    }

    @Test
    void theSessionIsAnotherOneAfterTheLoginAndHoldsTextAlone() {
        BrowserLogin browser = loggedIn("ada");
        StringRedisTemplate redis = one.bean(StringRedisTemplate.class);
        List<String> keys = redis.keys("caravan:session:sessions:*").stream().toList();

        assertThat(keys).isNotEmpty().allSatisfy(key -> assertThat(
                        redis.opsForHash().entries(key).values())
                .allSatisfy(value -> assertThat(value.toString()).matches("\"[\\w.-]*\"|\\d+")));
        assertThat(redis.getExpire(keys.get(0))).isBetween(1L, 2100L);
        browser.logout(one);
    }

    @Test
    void aPageOfAnotherSiteCanChangeNothing() {
        BrowserLogin browser = loggedIn("ada");

        assertThat(browser.post(one, "/jobs/hello", "", null).statusCode()).isEqualTo(403);
        assertThat(browser.post(one, "/jobs/hello", "", "made-up").statusCode()).isEqualTo(403);
        assertThat(browser.post(one, "/logout", "", null).statusCode()).isEqualTo(403);
        assertThat(browser.post(one, "/jobs/hello", "", browser.token()).statusCode())
                .isNotEqualTo(403);
        // What the browser's own window was told once, it sends to every page's bidding.
        Api.Answer forged = one.api()
                .as("ada", SecureNode.PASSWORD)
                .send("POST", "/jobs/hello", new byte[0], "Sec-Fetch-Site", "cross-site");
        assertThat(forged.status()).isEqualTo(403);
    }

    @Test
    void nobodyCanBeMadeToLogInAsSomebodyElse() {
        BrowserLogin browser = new BrowserLogin();
        browser.get(one, "/me");

        String form = "username=ada&password=" + SecureNode.PASSWORD;
        assertThat(browser.post(one, "/login", form, null).statusCode()).isEqualTo(403);
    }

    @Test
    void withUsersNobodyIsToldOfGuest() {
        assertThat(new BrowserLogin().get(one, "/me").body()).isEqualTo("{\"name\":null,\"roles\":[],\"guest\":false}");
    }

    @Test
    void aWrongPasswordGetsAnAnswerAndNoSession() {
        BrowserLogin browser = new BrowserLogin();

        HttpResponse<String> answer = browser.login(other, "ada", "wrong");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("Wrong name or password.");
        assertThat(browser.cookie("SESSION")).isNull();
    }

    @Test
    void peopleAreLedToTheFormAndScriptsAreAskedForAPassword() {
        BrowserLogin browser = new BrowserLogin();

        HttpResponse<String> page = browser.get(one, "/hawtio/camel?x=1", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("Location").orElseThrow())
                .isEqualTo("/login?to=%2Fhawtio%2Fcamel%3Fx%3D1");

        HttpResponse<String> script = browser.get(one, "/jobs");
        assertThat(script.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Basic ");
        HttpResponse<String> fetch = browser.get(one, "/jobs", "Sec-Fetch-Mode", "cors");
        assertThat(fetch.statusCode()).isEqualTo(401);
        assertThat(fetch.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    @Test
    void guessingIsSlowedDownAndWhoWasRightBeforeGetsIn() {
        String elsewhere = "198.51.100.9";
        Api.Answer right = one.api().as("root", SecureNode.PASSWORD).get("/me", "X-Forwarded-For", elsewhere);
        assertThat(right.status()).isEqualTo(200);

        await().untilAsserted(() -> {
            int wrong = 0;
            Api.Answer answer = guess(elsewhere);
            for (; answer.status() == 401 && wrong < 10; wrong++) {
                answer = guess(elsewhere);
            }
            assertThat(wrong).isEqualTo(5); // unless the minute has ended meanwhile
            assertThat(answer.status()).isEqualTo(429);
            assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 60);
        });
        assertThat(one.api().as("ada", SecureNode.PASSWORD).get("/me").status()).isEqualTo(200); // from elsewhere
        assertThat(one.api()
                        .as("root", SecureNode.PASSWORD)
                        .get("/me", "X-Forwarded-For", elsewhere)
                        .status())
                .isEqualTo(200);
    }

    private static Api.Answer guess(String address) {
        return one.api().as("root", "guess").get("/me", "X-Forwarded-For", address);
    }

    @Test
    void aTokenOfTheIssuerGetsInWithItsRolesAndNoOther() {
        String good = "Bearer " + SecureNode.token("eve", List.of("operator"), 60);
        String over = "Bearer " + SecureNode.token("eve", List.of("operator"), -120);

        assertThat(one.api().get("/me", "Authorization", good).body())
                .isEqualTo("{\"name\":\"eve\",\"roles\":[\"user\",\"operator\",\"monitor\"],\"guest\":false}");
        Api.Answer refused = one.api().get("/me", "Authorization", over);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.header("WWW-Authenticate")).startsWith("Bearer ");
        assertThat(one.api().get("/me", "Authorization", good + "x").status()).isEqualTo(401);
    }

    @Test
    void aTokenForAnotherServiceOrWithANameThatLooksLikeAnotherIsRefused() {
        String foreign = SecureNode.token("eve", List.of("admin"), 60, "payroll");
        assertThat(one.api().get("/me", "Authorization", "Bearer " + foreign).status())
                .isEqualTo(401);
        StompClient chat = StompClient.open(one.http());
        assertThat(chat.sayConnect("1.2", "Authorization", "Bearer " + foreign).command())
                .isEqualTo("ERROR");

        for (String name : List.of("ad\u200Ba", "\u202Eada", "\u0430da")) {
            String token = SecureNode.token(name, List.of("user"), 60);
            assertThat(one.api().get("/me", "Authorization", "Bearer " + token).status())
                    .isEqualTo(401);
        }
    }

    @Test
    void pathsOfOnesOwnCanBeOpenToAll() {
        assertThat(one.api().get("/own/github").status()).isEqualTo(404);
        assertThat(other.api().get("/own/github").status()).isEqualTo(401);
    }

    @Test
    void answersForbidFramesSniffingAndForeignScripts() {
        Api.Answer answer = one.api().get("/jobs");

        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'self'")
                .doesNotContain("unsafe");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
    }

    @Test
    void theChatKnowsWhoHasLoggedInByTheFormAndLetsThemGoAtTheLogout() {
        BrowserLogin browser = loggedIn("ada");
        StompClient chat = StompClient.openWith(other.http(), "Cookie", browser.cookieHeader());
        StompClient.Got connected = chat.sayConnect("1.2", "X-XSRF-TOKEN", browser.token());
        assertThat(connected.header("user-name")).isEqualTo("ada");
        chat.subscribe("1", "/receive-endpoint/lobby").say("lobby", "somebody else", "hi");
        assertThat(chat.frame("MESSAGE").body()).contains("\"sender\":\"ada\"");

        StringRedisTemplate redis = one.bean(StringRedisTemplate.class);
        Set<String> before = redis.keys("caravan:session:sessions:*");
        browser.logout(one); // not where the connection is
        List<String> gone = before.stream().filter(key -> !redis.hasKey(key)).toList();
        // Whoever stores the use of the session at this moment brings a part of it back.
        gone.forEach(key -> redis.opsForHash().put(key, "lastAccessedTime", "1"));

        await().until(() -> chat.isClosed());
        assertThat(chat.closed()).isEqualTo(1008);
        redis.delete(gone);
    }

    @Test
    void aPageOfAnotherSiteCannotChatAsWhoHasLoggedIn() {
        BrowserLogin browser = loggedIn("ada");
        StompClient chat = StompClient.openWith(one.http(), "Cookie", browser.cookieHeader());

        StompClient.Got refused = chat.sayConnect("1.2");
        assertThat(refused.command()).isEqualTo("ERROR");
        assertThat(refused.header("message")).contains("X-XSRF-TOKEN");
        browser.logout(one);
    }

    @Test
    void connectTakesAPasscodeOrATokenAndRefusesWrongOnes() {
        StompClient passcode = StompClient.connect(one.http(), "1.2", "login", "ada", "passcode", SecureNode.PASSWORD);
        passcode.subscribe("1", "/receive-endpoint/lobby").say("lobby", "olga", "hi");
        assertThat(passcode.frame("MESSAGE").body()).contains("\"sender\":\"ada\"");
        passcode.close();

        String token = SecureNode.token("eve", List.of("user"), 60);
        StompClient bearer = StompClient.open(one.http());
        assertThat(bearer.sayConnect("1.2", "Authorization", "Bearer " + token).header("user-name"))
                .isEqualTo("eve");
        bearer.close();

        StompClient wrong = StompClient.open(other.http());
        assertThat(wrong.sayConnect("1.2", "login", "ada", "passcode", "wrong").command())
                .isEqualTo("ERROR");
    }

    @Test
    void strangersChatFromThisMachineAloneAndNotUnderAUsersName() {
        StompClient here = StompClient.connect(one.http(), "1.2", "login", "somebody");
        here.subscribe("1", "/receive-endpoint/lobby").say("lobby", "ADA", "hi");
        assertThat(here.frame("ERROR").header("message")).contains("is a user's");

        for (String name : List.of("ad\u200Ba", "\u202Eada", "ａｄａ", "\u0430da", "ada\u3164")) {
            StompClient alike = StompClient.open(one.http());
            assertThat(alike.sayConnect("1.2", "login", name).header("message")).contains("name");
            StompClient speaker = StompClient.connect(one.http(), "1.2");
            speaker.say("lobby", name, "hi");
            assertThat(speaker.frame("ERROR").header("message")).contains("name");
        }

        StompClient elsewhere = StompClient.openWith(one.http(), "X-Forwarded-For", "203.0.113.7");
        assertThat(elsewhere.sayConnect("1.2", "login", "somebody").header("message"))
                .isEqualTo("Log in first");
    }

    @Test
    void someRoomsAreForSomeRoles() {
        assertThat(joins("ada", "/receive-endpoint/lobby")).isEqualTo("RECEIPT");
        assertThat(joins("ada", "/receive-endpoint/ops-night")).isEqualTo("ERROR");
        assertThat(joins("ada", "/presence-endpoint/ops-night")).isEqualTo("ERROR");
        assertThat(joins("ada", "/receive-endpoint/events")).isEqualTo("ERROR");
        assertThat(joins("ada", "/receive-endpoint/jobs/4711")).isEqualTo("RECEIPT");
        assertThat(joins("olga", "/receive-endpoint/ops-night")).isEqualTo("RECEIPT");
        assertThat(joins("olga", "/receive-endpoint/events")).isEqualTo("RECEIPT");
        assertThat(joins(null, "/receive-endpoint/jobs/4711")).isEqualTo("ERROR");

        StompClient speaker = StompClient.connect(one.http(), "1.2", "login", "ada", "passcode", SecureNode.PASSWORD);
        speaker.say("ops-night", "ada", "hi");
        assertThat(speaker.frame("ERROR").header("message")).isEqualTo("You may not publish in ops-night");
    }

    private static String joins(String name, String destination) {
        String[] login = name == null ? new String[0] : new String[] {"login", name, "passcode", SecureNode.PASSWORD};
        try (StompClient client = StompClient.connect(one.http(), "1.2", login)) {
            client.send("SUBSCRIBE", "", "id", "1", "destination", destination, "receipt", "r");
            return client.frame().command();
        }
    }
}
