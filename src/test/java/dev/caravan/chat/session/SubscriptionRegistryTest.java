package dev.caravan.chat.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatMessages;
import dev.caravan.chat.Chats;
import dev.caravan.chat.Participant;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.ServerMessage;
import dev.caravan.chat.cluster.PresenceRegistry;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SubscriptionRegistryTest {
    private final PresenceRegistry presence = new PresenceRegistry("me");
    private final SubscriptionRegistry topics =
            new SubscriptionRegistry(new ChatMessages(Chats.SETTINGS, Chats.ACCESS, "me"), presence);

    private Subscription subscribe(Session session, String id, String destination) {
        return subscribe(session, id, destination, AckMode.AUTO, false);
    }

    private Subscription subscribe(Session session, String id, String destination, AckMode ack, boolean held) {
        Subscription subscription = new Subscription(session, id, true, destination, ack, 1, held, 10);
        topics.subscribe(subscription);
        return subscription;
    }

    private static Session session(String key) {
        return Chats.session(key, Version.V1_2);
    }

    private static ChatMessage message(int id) {
        return Chats.message("r", "message " + id, "" + id, "me");
    }

    /** What each connection gets, as the WebSocket component would send it: the entries in any order. */
    private Map<String, List<String>> got(Object... batch) {
        Map<String, List<String>> got = new LinkedHashMap<>();
        topics.encode(Arrays.asList(batch)).forEach((keys, frames) -> {
            for (Object key : keys instanceof Collection<?> many ? many : List.of(keys)) {
                got.computeIfAbsent((String) key, any -> new ArrayList<>()).addAll(Chats.texts(frames));
            }
        });
        return got;
    }

    private static List<String> ids(List<String> frames) {
        return frames.stream()
                .map(frame -> frame.replaceAll("(?s).*\nmessage-id:(.*?)\n.*", "$1"))
                .toList();
    }

    @Test
    void aMessageIsEncodedOnceForAllOfOneVersionAndId() {
        for (int i = 0; i < 100; i++) {
            subscribe(session("key" + i), "1", "/receive-endpoint/r");
        }
        subscribe(session("other"), "2", "/receive-endpoint/r");
        subscribe(Chats.session("old", Version.V1_1), "1", "/receive-endpoint/r");
        subscribe(session("elsewhere"), "1", "/receive-endpoint/s");

        Map<Object, List<Object>> frames = topics.encode(List.of(message(1), message(2)));
        assertThat(frames).hasSize(3);
        assertThat(frames.keySet().stream().map(keys -> ((Collection<?>) keys).size()))
                .containsExactlyInAnyOrder(100, 1, 1);
        assertThat(frames.values()).allSatisfy(of -> assertThat(of).hasSize(2));
    }

    @Test
    void aFrameHasTheHeadersOfTheWireContractAndNoOthers() {
        subscribe(session("key"), "sub-0", "/receive-endpoint/r");

        assertThat(got(message(1)).get("key"))
                .containsExactly(
                        """
                        MESSAGE
                        destination:/receive-endpoint/r
                        content-type:application/json
                        subscription:sub-0
                        message-id:1
                        content-length:71

                        {"roomId":"r","sender":"somebody","message":"message 1","time":"12:34"}\0""");
    }

    @Test
    void countsTheSubscriptionsOfTheServersRooms() {
        Subscription one = subscribe(session("one"), "1", "/receive-endpoint/jobs/a");
        subscribe(session("two"), "1", "/receive-endpoint/jobs/b");
        subscribe(session("two"), "2", "/receive-endpoint/events");
        subscribe(session("two"), "3", "/receive-endpoint/r");
        assertThat(topics.watchedRooms("jobs/")).isEqualTo(Map.of("jobs/a", 1, "jobs/b", 1));

        Subscription another = subscribe(session("three"), "1", "/receive-endpoint/jobs/a");
        topics.unsubscribe(one);
        assertThat(topics.watchedRooms("jobs/")).isEqualTo(Map.of("jobs/a", 2, "jobs/b", 1));

        topics.unsubscribe(another);
        assertThat(topics.watchedRooms("jobs/")).isEqualTo(Map.of("jobs/b", 1));
    }

    @Test
    void messagesKeepTheirOrder() {
        subscribe(session("key"), "1", "/receive-endpoint/r");
        subscribe(session("slow"), "1", "/receive-endpoint/r", AckMode.CLIENT, false);

        Object[] batch = Stream.of(3, 1, 4, 5, 9, 2, 6)
                .map(SubscriptionRegistryTest::message)
                .toArray();
        assertThat(ids(got(batch).get("key"))).containsExactly("3", "1", "4", "5", "9", "2", "6");
    }

    @Test
    void whoAcknowledgesGetsNoMoreThanItsWindow() {
        Subscription slow = subscribe(session("slow"), "1", "/receive-endpoint/r", AckMode.CLIENT, false);

        assertThat(got(message(1), message(2)).get("slow"))
                .hasSize(1)
                .first()
                .asString()
                .contains("\nack:1/1\n");
        slow.acknowledge("1");
        assertThat(ids(got(new SubscriptionItem.Release(slow), message(3)).get("slow")))
                .containsExactly("2");
    }

    @Test
    void whoAskedForHistoryGetsItBeforeAllElseAndNothingTwice() {
        // Connections that are plain have the same id and version, so they share an entry with it later.
        subscribe(session("plain"), "1", "/receive-endpoint/r");
        Subscription late = subscribe(session("late"), "1", "/receive-endpoint/r", AckMode.AUTO, true);
        assertThat(got(message(3))).containsOnlyKeys("plain");

        List<String> frames = new ArrayList<>();
        frames.addAll(got(
                        message(4),
                        new SubscriptionItem.Replay(late, List.of(message(1), message(2), message(3)), null),
                        message(5))
                .get("late"));
        frames.addAll(got(message(6)).get("late"));
        assertThat(ids(frames)).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(frames.stream().map(frame -> frame.contains("\nhistory:true\n")))
                .containsExactly(true, true, false, false, false, false);
    }

    @Test
    void whoHasItsHistorySharesItsFramesWithTheOthers() {
        Subscription late = subscribe(session("late"), "1", "/receive-endpoint/r", AckMode.AUTO, true);
        subscribe(session("plain"), "1", "/receive-endpoint/r");
        got(new SubscriptionItem.Replay(late, List.of(), null));

        assertThat(topics.encode(List.of(message(1)))).hasSize(1);
    }

    @Test
    void whoUnsubscribesBeforeItsHistoryComesGetsNothing() {
        Subscription late = subscribe(session("late"), "1", "/receive-endpoint/r", AckMode.AUTO, true);
        topics.unsubscribe(late);
        assertThat(got(new SubscriptionItem.Replay(late, List.of(message(1)), null), message(2)))
                .isEmpty();

        Subscription again = subscribe(session("late"), "1", "/receive-endpoint/r", AckMode.AUTO, true);
        got(new SubscriptionItem.Replay(again, List.of(), null));
        topics.unsubscribe(again);
        assertThat(got(message(3))).isEmpty();
    }

    @Test
    void whoUnsubscribesGetsNothing() {
        Subscription first = subscribe(session("key"), "1", "/receive-endpoint/r");
        subscribe(session("key"), "2", "/receive-endpoint/r");
        topics.unsubscribe(first);

        assertThat(got(message(1)).get("key")).singleElement().asString().contains("\nsubscription:2\n");
    }

    @Test
    void deliversPresenceChangesThatAreVisible() {
        subscribe(session("key"), "1", "/presence-endpoint/r");

        assertThat(got(
                                new PresenceChange("r", "ann", true, "b", true),
                                new PresenceChange("r", "bob", true, "b", false),
                                new PresenceChange("r", "cid", false, "b", true))
                        .get("key"))
                .satisfiesExactly(
                        ann -> assertThat(ann).contains("{\"roomId\":\"r\",\"joined\":\"ann\"}"),
                        cid -> assertThat(cid).contains("{\"roomId\":\"r\",\"left\":\"cid\"}"));
    }

    @Test
    void whoAsksLearnsWhoIsThere() {
        presence.change("r", new Participant("bob", "2").text(), true);
        presence.change("r", new Participant("bob", "1").text(), true);
        presence.change("r", "ann", true);
        Subscription asks = subscribe(session("key"), "1", "/presence-endpoint/r");

        assertThat(got(new SubscriptionItem.People(asks, "r")).get("key"))
                .singleElement()
                .asString()
                .contains("{\"roomId\":\"r\",\"present\":[\"ann\",\"bob\",\"bob\"],\"ids\":[null,\"1\",\"2\"]}");
    }

    @Test
    void headersOfTheSenderAreWrittenAsTheVersionOfEachHasThem() {
        ChatMessage message = new ChatMessage(
                "r",
                "a",
                "who",
                "m",
                List.of(new Frame.Header("a:b", "c:\\\n\rd")),
                "12:34",
                "2026-01-02T12:34:00Z",
                "1",
                "me");
        for (Version version : Version.values()) {
            subscribe(Chats.session(version.text(), version), "1", message.destination());
        }
        Map<String, List<String>> got = got(message);

        assertThat(got.get("1.0")).singleElement().asString().contains("\na b:c:\\  d\n");
        assertThat(got.get("1.1")).singleElement().asString().contains("\na\\cb:c\\c\\\\\\n d\n");
        assertThat(got.get("1.2"))
                .singleElement()
                .asString()
                .contains("\nsent-at:2026-01-02T12\\c34\\c00Z\nsender-id:who\n", "\na\\cb:c\\c\\\\\\n\\rd\n");
    }

    @Test
    void noticesGoToThoseWhoSubscribedToThem() {
        subscribe(session("key"), "1", "/notice-endpoint");

        assertThat(got(new ServerMessage("/notice-endpoint", "{}".getBytes())).get("key"))
                .hasSize(1);
    }

    @Test
    void whatAnEditedRouteGetsWrongHarmsNothingElse() {
        subscribe(session("key"), "1", "/receive-endpoint/r");

        assertThat(ids(got("text", message(1), Chats.message("r", "m", null, "me"), null, message(2))
                        .get("key")))
                .containsExactly("1", "2");
    }
}
