package dev.caravan.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.SseClient.Got;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of a whole node: published by REST, heard by subscribers that come and go, over HTTP and in the chat. */
@Timeout(120)
class EventNodeTest {
    private static final String NOTHING = "log: { message: \"${body}\", loggingLevel: TRACE }";

    private static EventNode node;

    @BeforeAll
    static void start() throws IOException {
        node = new EventNode();
    }

    @AfterAll
    static void stop() throws IOException {
        node.close();
    }

    private static String publish(String path, String json) {
        Answer answer = node.api().post(path, json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return answer.field("eventId");
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @Test
    void whatIsPublishedIsHeardByAllInTheSameWords() throws IOException {
        node.subscriber("one", "", NOTHING);
        node.subscriber("two", "", NOTHING);
        String text = "{\"said\": \"grüß  dich\",\n \"n\":1.0}";
        try (SseClient follower = node.follow("/events", null);
                StompClient listener = StompClient.connect(node.http(), "1.2", StompClient.GUEST)
                        .subscribe("0", "/receive-endpoint/events")) {
            listener.settle();

            String id = publish("/events", text);

            assertThat(id).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
            Got got = follower.next();
            assertThat(got.id()).startsWith(id + "@");
            assertThat(got.event()).isEqualTo("message");
            assertThat(got.data()).isEqualTo(text);
            assertThat(listener.frame("MESSAGE").body()).isEqualTo(text);
            await().until(() ->
                    node.got("one").contains(text) && node.got("two").contains(text));
        }
        node.without("one");
        node.without("two");
    }

    @Test
    void aKeyIsHeardByThoseWhoFollowIt() throws IOException {
        node.subscriber("keyed", "?key=orders.eu", NOTHING);
        node.subscriber("all", "", NOTHING);
        try (SseClient keyed = node.follow("/events/orders.eu", null);
                SseClient other = node.follow("/events/orders.us", null);
                SseClient all = node.follow("/events", null)) {
            publish("/events/orders.eu", "\"eu\"");
            publish("/events/orders.us", "\"us\"");
            publish("/events?key=orders.eu", "\"all\"");

            assertThat(keyed.next().data()).isEqualTo("\"eu\"");
            assertThat(other.next().data()).isEqualTo("\"us\"");
            assertThat(all.next().data()).isEqualTo("\"all\"");
            await().until(() -> node.got("keyed").size() == 1 && node.got("all").size() == 1);
            assertThat(node.got("keyed")).containsExactly("\"eu\"");
            assertThat(node.got("all")).containsExactly("\"all\"");
            assertThat(keyed.waiting() + other.waiting() + all.waiting()).isZero();
        }
        node.without("keyed");
        node.without("all");
    }

    @Test
    void subscribersComeChangeFailAndGoAndNobodyLosesAnything() throws Exception {
        node.subscriber("steady", "", NOTHING);
        node.subscriber("edited", "", NOTHING);
        AtomicInteger count = new AtomicInteger();
        ScheduledExecutorService publishing = Executors.newSingleThreadScheduledExecutor();
        publishing.scheduleWithFixedDelay(
                () -> {
                    publish("/events", "" + count.get());
                    count.incrementAndGet();
                },
                0,
                5,
                TimeUnit.MILLISECONDS);
        await().until(() -> count.get() > 20);

        try {
            node.subscriber(
                    "throws", "", "throwException: { exceptionType: java.lang.IllegalStateException, message: no }");
            node.subscriber("edited", "", "setHeader: { name: again, constant: 1 }");
            node.subscriber("added", "", NOTHING);
            node.write("broken", "- route: { id: event-broken, from: { uri: \"events:broken?nosuch=1\", steps: [] } }");
            await().until(() -> node.refused() == 1); // else what is saved at the same moment is refused with it
            node.subscriber("edited", "", "setHeader: { name: again, constant: 2 }");
            node.without("throws");
            int more = count.get() + 20;
            await().until(() -> count.get() > more);
        } finally {
            publishing.shutdown();
        }
        assertThat(publishing.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

        List<String> all = numbers(0, count.get());
        await().until(() -> node.got("steady").size() >= all.size()
                && node.got("edited").size() >= all.size()
                && node.got("added").contains("" + (all.size() - 1)));
        assertThat(node.got("steady")).isEqualTo(all);
        assertThat(node.got("edited")).isEqualTo(all);
        List<String> added = node.got("added");
        assertThat(added)
                .isEqualTo(numbers(all.size() - added.size(), all.size()))
                .hasSizeGreaterThan(20);
        assertThat(node.got("throws")).isEmpty();
        assertThat(node.runs("broken")).isFalse();
        node.without("broken");
        node.without("steady");
        node.without("edited");
        node.without("added");
    }

    @Test
    void whoComesAgainGoesOnWhereItWas() {
        String last;
        try (SseClient follower = node.follow("/events/again", null)) {
            publish("/events/again", "1");
            publish("/events/again", "2");
            last = follower.next(2).get(1).id();
        }
        publish("/events/again", "3");
        publish("/events/other", "0");
        publish("/events/again", "4");

        try (SseClient follower = node.follow("/events/again", last)) {
            publish("/events/again", "5");
            assertThat(follower.next(3)).extracting(Got::data).containsExactly("3", "4", "5");
            assertThat(follower.waiting()).isZero();
        }
    }

    @Test
    void whoHasBeenAwayForTooLongIsTold() {
        try (SseClient follower = node.follow("/events/long", "unheard-of@elsewhere")) {
            Got gap = follower.next();
            assertThat(gap.event()).isEqualTo("gap");
            assertThat(gap.id()).isNull();
            publish("/events/long", "1");
            await().until(() -> follower.next().data().equals("1")); // others may be told of a gap, too
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json | {            | 400 | ",
                "application/json | ''           | 400 | The request needs a JSON body: the event.",
                "application/json | {} {}        | 400 | ",
                "application/json | [1,]         | 400 | ",
                "text/plain       | {}           | 415 | An event must be JSON, sent as Content-Type: application/json.",
            })
    void whatIsNoJsonIsRefused(String type, String body, int status, String detail) {
        Answer answer = node.api().post("/events", body, "Content-Type", type);
        assertProblem(answer, status);
        if (detail != null) {
            assertThat(answer.field("detail")).isEqualTo(detail);
        }
    }

    @Test
    void anEventHasABound() {
        assertProblem(node.api().post("/events", "\"" + "x".repeat(64 * 1024) + "\""), 413);
        publish("/events", "\"" + "x".repeat(64 * 1024 - 2) + "\"");
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        byte[] wrong = {'"', (byte) 0xc3, '"'};
        assertProblem(node.api().send("POST", "/events", wrong, "Content-Type", "application/json"), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "ä", "a*", "a#", "a;b"})
    void aKeyHasAForm(String key) throws Exception {
        String path = "/events/" + URLEncoder.encode(key, UTF_8).replace("+", "%20");
        assertProblem(node.api().post(path, "1"), 400);
        assertProblem(node.api().get(path), 400);
        assertProblem(node.api().post("/events/" + "k".repeat(101), "1"), 400);
        assertThat(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(node.http() + "/events/a/b"))
                                        .header("Authorization", Api.GUEST)
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void otherMethodsAreNotThere() {
        for (String path : List.of("/events", "/events/a")) {
            Answer answer = node.api().send("DELETE", path, new byte[0]);
            assertProblem(answer, 405);
            assertThat(answer.header("Allow")).contains("GET", "POST");
        }
    }

    @Test
    void nobodyElseSpeaksInTheRoomOfEvents() {
        try (StompClient listener = StompClient.connect(node.http(), "1.2", StompClient.GUEST)
                        .subscribe("0", "/receive-endpoint/events");
                StompClient speaker = StompClient.connect(node.http(), "1.2").subscribe("r", "/rejected-endpoint")) {
            listener.settle();
            speaker.say("events", "me", "not me");
            assertThat(speaker.frame("MESSAGE").header("subscription")).isEqualTo("r");
            publish("/events", "\"mine\"");
            assertThat(listener.frame("MESSAGE").body()).isEqualTo("\"mine\"");
        }
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.field("status")).isEqualTo("" + status);
    }
}
