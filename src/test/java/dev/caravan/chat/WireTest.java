package dev.caravan.chat;

import static dev.caravan.chat.Chats.messageIn;
import static dev.caravan.fixture.StompClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.chat.history.ChatHistory;
import dev.caravan.chat.session.HistoryRequest;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.core.StringRedisTemplate;

/** The contract of the wire, and who may say what in a room. */
@Timeout(120)
class WireTest {
    private static final String SAY = "/send-endpoint/ws/chat";

    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    private final String room = ChatNode.room();
    private final String destination = "/receive-endpoint/" + room;

    private StompClient listener() {
        return NODE.connect("1.2").subscribe("1", destination);
    }

    private static JsonObject json(Got frame) {
        return JsonParser.parseString(frame.body()).getAsJsonObject();
    }

    /** Nothing that was refused before has come: the next thing is this. */
    private void hearsNothingBut(StompClient listener) {
        NODE.connect("1.2").say(room, "fence", "nothing before");
        assertThat(messageIn(listener.frame())).isEqualTo("nothing before");
    }

    private static void fails(StompClient client, int code) {
        client.frame("ERROR");
        assertThat(client.closed()).isEqualTo(code);
    }

    // The wire

    @Test
    void aPlainClientGetsExactlyWhatTheContractSays() {
        StompClient listener = NODE.connect("1.2").subscribe("sub-0", destination);
        String before = minute();
        NODE.connect("1.1").say(room, "ann", "hello");

        Got got = listener.frame("MESSAGE");
        String after = minute();
        assertThat(got.headers())
                .containsOnlyKeys(
                        "destination",
                        "content-type",
                        "subscription",
                        "message-id",
                        "sent-at",
                        "sender-id",
                        "content-length")
                .containsEntry("destination", destination)
                .containsEntry("content-type", "application/json")
                .containsEntry("subscription", "sub-0");
        JsonObject json = json(got);
        assertThat(json.keySet()).containsExactly("roomId", "sender", "message", "time");
        assertThat(json.get("roomId").getAsString()).isEqualTo(room);
        assertThat(json.get("sender").getAsString()).isEqualTo("ann");
        // The frame comes within seconds: no minute lies between these two, at midnight neither.
        assertThat(json.get("time").getAsString()).matches("\\d\\d:\\d\\d").isIn(before, after);
    }

    private static String minute() {
        return LocalTime.now().format(DateTimeFormatter.ofPattern("HH:mm"));
    }

    @Test
    void deliversToAllInTheRoomTheSenderTooAndToNobodyElse() {
        StompClient elsewhere = NODE.connect("1.2").subscribe("1", destination + "2");
        StompClient speaker = listener();
        List<StompClient> all =
                List.of(speaker, listener(), NODE.connect("1.0").receipt("SUBSCRIBE", "", "destination", destination));
        speaker.say(room, "ann", "hello");

        assertThat(all).allSatisfy(one -> assertThat(messageIn(one.frame())).isEqualTo("hello"));
        NODE.connect("1.2").say(room + "2", "fence", "nothing before");
        assertThat(messageIn(elsewhere.frame())).isEqualTo("nothing before");
    }

    @Test
    void textOfAllLanguagesAndWhatLooksLikeAnythingElseComesAsItWas() {
        StompClient listener = listener();
        String text = "<b>é</b> ${body} {{x}} \uD83D\uDC2B \\u0000 \u2028 日本";
        NODE.connect("1.2").say(room, "${exchangeId}", text.replace("\\", "\\\\"));

        Got got = listener.frame("MESSAGE");
        assertThat(messageIn(got)).isEqualTo(text);
        assertThat(json(got).get("sender").getAsString()).isEqualTo("${exchangeId}");
    }

    @Test
    void theOrderOfEachSenderIsKept() {
        StompClient listener = listener();
        List<StompClient> speakers = List.of(NODE.connect("1.2"), NODE.connect("1.1"), NODE.connect("1.0"));
        for (int i = 0; i < 100; i++) {
            for (int j = 0; j < 3; j++) {
                speakers.get(j).say(room, "s" + j, "" + i);
            }
        }
        int[] next = new int[3];
        for (int i = 0; i < 300; i++) {
            JsonObject json = json(listener.frame("MESSAGE"));
            int speaker = json.get("sender").getAsString().charAt(1) - '0';
            assertThat(json.get("message").getAsString()).isEqualTo("" + next[speaker]++);
        }
    }

    // Only the server publishes into a room

    static List<List<String>> refused() {
        String good = "{\"roomId\":\"ROOM\",\"sender\":\"a\",\"message\":\"refused\"}";
        List<List<String>> refused = new ArrayList<>();
        for (String to : List.of(
                "/receive-endpoint/ROOM",
                "/receive-endpoint/*",
                "/presence-endpoint/ROOM",
                "/notice-endpoint",
                "/rejected-endpoint",
                "/topic/ROOM",
                "/send-endpoint/ws/other",
                "/send-endpoint/ws/chat/",
                "x")) {
            refused.add(List.of(to, good));
        }
        for (String body : List.of(
                "",
                "hello",
                "[]",
                "{\"sender\":\"a\",\"message\":\"refused\"}",
                "{\"roomId\":\"\",\"sender\":\"a\",\"message\":\"refused\"}",
                "{\"roomId\":\"*\",\"sender\":\"a\",\"message\":\"refused\"}",
                "{\"roomId\":\"../ROOM\",\"sender\":\"a\",\"message\":\"refused\"}",
                "{\"roomId\":\"ROOM\",\"sender\":\"a\",\"message\":\"\"}",
                "{\"roomId\":\"ROOM\",\"message\":\"refused\"}",
                "{\"roomId\":\"ROOM\",\"sender\":\"a\",\"message\":7}",
                good + good)) {
            refused.add(List.of(SAY, body));
        }
        return refused;
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aForbiddenMessageIsRejectedVisiblyAndDeliveredToNobody(List<String> rejected) {
        StompClient listener = listener();
        StompClient speaker = NODE.connect("1.2");
        speaker.send(
                "SEND",
                rejected.get(1).replace("ROOM", room),
                "destination",
                rejected.get(0).replace("ROOM", room),
                "receipt",
                "r");

        Got error = speaker.frame("ERROR");
        assertThat(error.header("receipt-id")).isEqualTo("r");
        assertThat(error.body()).isNotBlank();
        assertThat(speaker.closed()).isEqualTo(1008);
        hearsNothingBut(listener);
    }

    @Test
    void aSubscriberOfRejectionsGetsThemThereAndStaysConnected() {
        StompClient listener = listener();
        StompClient speaker = NODE.connect("1.2").subscribe("rejected", "/rejected-endpoint");
        for (List<String> rejected : refused()) {
            String to = rejected.get(0).replace("ROOM", room);
            speaker.send("SEND", rejected.get(1).replace("ROOM", room), "destination", to, "receipt", "r");
            Got refusal = speaker.frame("MESSAGE");
            assertThat(refusal.header("subscription")).isEqualTo("rejected");
            assertThat(refusal.header("destination")).isEqualTo("/rejected-endpoint");
            assertThat(json(refusal).get("reason").getAsString()).isNotBlank();
            assertThat(json(refusal).get("destination").getAsString()).isEqualTo(to);
            assertThat(json(refusal).get("receipt").getAsString()).isEqualTo("r");
        }
        speaker.settle().say(room, "a", "allowed", "receipt", "r-2");
        assertThat(speaker.frame("RECEIPT").header("receipt-id")).isEqualTo("r-2");
        assertThat(messageIn(listener.frame())).isEqualTo("allowed");
    }

    @Test
    void whatIsNoStompEndsTheConnectionOfOneWhoSubscribedToRefusalsToo() {
        fails(NODE.connect("1.2").subscribe("r", "/rejected-endpoint").send("SEND", "{}"), 1002);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/receive-endpoint/*",
                "/receive-endpoint/**",
                "/receive-endpoint/a*",
                "/receive-endpoint/>",
                "/receive-endpoint/#",
                "/receive-endpoint/a/b",
                "/receive-endpoint/jobs/",
                "/receive-endpoint/jobs/a/b",
                "/receive-endpoint/",
                "/receive-endpoint",
                "/presence-endpoint/*",
                "/send-endpoint/ws/chat",
                "/topic/x",
                "*",
                "/"
            })
    void thereAreNoPatternsAndNoOtherDestinationsToSubscribeTo(String wrong) {
        StompClient client = NODE.connect("1.2")
                .subscribe("rejected", "/rejected-endpoint")
                .send("SUBSCRIBE", "", "id", "1", "destination", wrong, "receipt", "r");

        assertThat(client.frame("ERROR").header("receipt-id")).isEqualTo("r");
        assertThat(client.closed()).isEqualTo(1008);
    }

    @ParameterizedTest
    @CsvSource({"events, 1", "events/orders, '{\"a\":[1,\"\u00fc\"]}'", "jobs/4711-a, '\"text\"'"})
    void theServerAlonePublishesInItsOwnRooms(String own, String json) {
        StompClient listener = NODE.login("1.2").subscribe("1", "/receive-endpoint/" + own);
        StompClient intruder = NODE.connect("1.2").subscribe("r", "/rejected-endpoint");
        intruder.say(own, "intruder", "me too");
        assertThat(intruder.frame("MESSAGE").body()).contains("Only the server publishes in " + own);

        try (ProducerTemplate producer = NODE.camel().createProducerTemplate()) {
            producer.sendBodyAndHeader("direct:chat-notify", json, "room", own);
            producer.sendBodyAndHeader("direct:chat-notify", "no JSON", "room", own);
        } catch (IOException e) {
            throw new AssertionError(e);
        }

        Got got = listener.frame("MESSAGE");
        assertThat(got.header("destination")).isEqualTo("/receive-endpoint/" + own);
        assertThat(got.body()).isEqualTo(json);
        assertThat(listener.frame("MESSAGE").body()).isEqualTo("\"no JSON\"");
    }

    @Test
    void roomsOfTheServerHaveNoPresenceAndNoHistory() {
        StompClient watcher = NODE.login("1.2");
        watcher.send("SUBSCRIBE", "", "id", "1", "destination", "/presence-endpoint/events");
        assertThat(watcher.frame("MESSAGE").body()).contains("\"present\":[]");

        NODE.login("1.2").subscribe("1", "/receive-endpoint/events", "history", "5");

        assertThat(watcher.settle().waiting()).isZero();
    }

    @Test
    void theServerDoesNotPublishInARoomOfClients() {
        ProducerTemplate producer = NODE.camel().createProducerTemplate();
        assertThat(producer.send("direct:chat-notify", exchange -> {
                            exchange.getMessage().setHeader("room", room);
                            exchange.getMessage().setBody("{}");
                        })
                        .getException())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBodyThatIsNotUtf8IsRefused() throws IOException {
        StompClient listener = listener();
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(("SEND\ndestination:" + SAY + "\n\n{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"")
                .getBytes(StandardCharsets.UTF_8));
        frame.write(0xC3);
        frame.write(0x28);
        frame.write("\"}\0".getBytes(StandardCharsets.UTF_8));
        fails(NODE.connect("1.2").raw(frame.toByteArray()), 1002);
        hearsNothingBut(listener);
    }

    @Test
    void aBodyOfMoreThan64KibibytesIsRefusedInHoweverManyPieces() {
        StompClient listener = listener();
        StompClient client = NODE.connect("1.2").raw("SEND\ndestination:" + SAY + "\n\n");
        for (int i = 0; i < 65; i++) {
            client.raw("x".repeat(1024));
        }
        fails(client, 1002);
        fails(NODE.connect("1.2").raw("SEND\ndestination:" + SAY + "\ncontent-length:65537\n\n"), 1002);
        hearsNothingBut(listener);
    }

    @Test
    void aRoomMayHaveAnyNameOnTheWire() {
        String name = "a:b\uD83D\uDC2B " + room;
        StompClient client = NODE.connect("1.2").subscribe("1", "/receive-endpoint/" + name.replace(":", "\\c"));
        client.say(name, "a", "hello");

        assertThat(client.frame("MESSAGE").header("destination")).isEqualTo("/receive-endpoint/" + name);
    }

    // History

    @Test
    void whoAsksForItGetsTheLastMessagesFirst() {
        StompClient speaker = listener();
        for (int i = 1; i <= 8; i++) {
            speaker.say(room, "a", "" + i);
        }
        IntStream.rangeClosed(1, 8).forEach(i -> speaker.frame("MESSAGE"));
        StompClient three = NODE.connect("1.2")
                .send("SUBSCRIBE", "", "id", "1", "destination", destination, "history", "3", "receipt", "all");
        StompClient many =
                NODE.connect("1.1").send("SUBSCRIBE", "", "id", "1", "destination", destination, "history", "1000");
        StompClient none = listener();
        for (int i = 6; i <= 8; i++) {
            Got got = three.frame();
            assertThat(messageIn(got)).isEqualTo("" + i);
            assertThat(got.header("history")).isEqualTo("true");
        }
        assertThat(three.frame("RECEIPT").header("receipt-id")).isEqualTo("all");
        for (int i = 4; i <= 8; i++) {
            assertThat(messageIn(many.frame())).isEqualTo("" + i);
        }
        speaker.say(room, "a", "9");

        Got live = three.frame();
        assertThat(messageIn(live)).isEqualTo("9");
        assertThat(live.headers()).doesNotContainKey("history");
        assertThat(messageIn(many.frame())).isEqualTo("9");
        assertThat(messageIn(none.frame())).isEqualTo("9");
    }

    @Test
    void olderMessagesComeFromRedis() {
        StompClient speaker = listener();
        speaker.say(room, "a", "old");
        speaker.frame("MESSAGE");
        StringRedisTemplate redis = NODE.bean(StringRedisTemplate.class);
        await().until(() -> redis.opsForList().size(ChatHistory.key(room)) == 1);
        await().until(() -> redis.getExpire(ChatHistory.key(room)) > 0); // the step after the one that stores it
        ChatHistory elsewhere = new ChatHistory(Chats.settings(5), "elsewhere");
        assertThat(elsewhere
                        .replay(
                                new HistoryRequest(null, room, 5, null),
                                redis.opsForList().range(ChatHistory.key(room), 0, -1))
                        .history())
                .extracting(ChatMessage::message)
                .containsExactly("old");
    }

    @Test
    void aNewSubscriberOfABusyRoomMissesNothingAndGetsNothingTwice() {
        StompClient first = listener();
        StompClient speaker = NODE.connect("1.2");
        Thread speaking = new Thread(() -> IntStream.range(0, 400).forEach(i -> speaker.say(room, "a", "" + i)));
        speaking.start();
        List<StompClient> joined = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            assertThat(messageIn(first.frame())).isEqualTo("" + i);
            if (i % 40 == 20) {
                joined.add(NODE.connect("1.2")
                        .send("SUBSCRIBE", "", "id", "1", "destination", destination, "history", "5"));
            }
        }
        assertThat(joined).hasSize(10).allSatisfy(one -> {
            int next = Integer.parseInt(messageIn(one.frame()));
            while (next < 399) {
                int number = Integer.parseInt(messageIn(one.frame()));
                assertThat(number).isEqualTo(++next);
            }
            assertThat(one.settle().waiting()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"many", "-1", ""})
    void rejectsAHistoryThatIsNoNumber(String number) {
        fails(
                NODE.connect("1.2").send("SUBSCRIBE", "", "id", "1", "destination", destination, "history", number),
                1002);
    }

    // Who is there

    @Test
    void whoAsksLearnsWhoIsThereAndWhoComesAndGoes() {
        StompClient first = watcher();
        assertThat(first.frame("MESSAGE").body()).contains("\"present\":[]");
        StompClient ann = NODE.connect("1.2", "login", "ann").subscribe("1", destination);
        assertThat(first.frame("MESSAGE").body()).contains("\"joined\":\"ann\""); // nobody learns that later
        listener(); // nobody in particular
        StompClient watcher = watcher();
        Got present = watcher.frame("MESSAGE");
        assertThat(present.header("destination")).isEqualTo("/presence-endpoint/" + room);
        assertThat(present.body())
                .matches("\\{\"roomId\":\"" + room + "\",\"present\":\\[\"ann\"],\"ids\":\\[\"[\\w-]{16}\"]}");

        String[] secret = {"login", " bob ", "sender-secret", "known to both of them"};
        StompClient bob = NODE.connect("1.2", secret).subscribe("1", destination);
        String came = watcher.frame("MESSAGE").body();
        assertThat(came).startsWith("{\"roomId\":\"" + room + "\",\"joined\":\"bob\",\"id\":\"");
        // The same person once more; another one of that name; and two connections of one login.
        NODE.connect("1.2", secret).subscribe("1", destination).receipt("DISCONNECT", "");
        StompClient other = NODE.connect("1.2", "login", "bob").subscribe("1", destination);
        assertThat(watcher.frame("MESSAGE").body())
                .contains("\"joined\":\"bob\",")
                .isNotEqualTo(came);
        NODE.login("1.2").subscribe("1", destination);
        assertThat(watcher.frame("MESSAGE").body()).endsWith("\"joined\":\"guest\"}");
        NODE.login("1.2").subscribe("1", destination).receipt("DISCONNECT", "");
        ann.receipt("UNSUBSCRIBE", "", "id", "1");
        assertThat(watcher.frame("MESSAGE").body()).contains("\"left\":\"ann\"");
        bob.abort();
        assertThat(watcher.frame("MESSAGE").body()).isEqualTo(came.replace("joined", "left"));
        other.abort();
        assertThat(watcher.frame("MESSAGE").body()).contains("\"left\":\"bob\"");
    }

    @Test
    void aClientSilentForTwoHeartbeatsIsNotPresentAnyMore() {
        StompClient watcher = watcher();
        assertThat(watcher.frame("MESSAGE").body()).contains("\"present\":[]");

        NODE.connect("1.2", "login", "ann", "heart-beat", "1000,0").subscribe("1", destination);

        assertThat(watcher.frame("MESSAGE").body()).contains("\"joined\":\"ann\"");
        assertThat(watcher.frame("MESSAGE").body()).contains("\"left\":\"ann\"");
    }

    /** Who came before is announced before the list, after it or both, unless somebody else has seen it already. */
    private StompClient watcher() {
        return NODE.connect("1.2").send("SUBSCRIBE", "", "id", "1", "destination", "/presence-endpoint/" + room);
    }

    @Test
    void noticesOfTheServerComeToWhoAsksForThem() {
        StompClient client = NODE.connect("1.2").subscribe("n", "/notice-endpoint");
        NODE.bean(ProducerTemplate.class)
                .sendBody("batch:chat-deliver", new ServerMessage("/notice-endpoint", "{}".getBytes()));

        assertThat(client.frame("MESSAGE").header("subscription")).isEqualTo("n");
    }

    // Floods and the silent

    @Test
    void aFloodEndsTheConnectionItComesFromAndHoldsUpNobodyElse() {
        StompClient other = listener();
        StompClient flood = NODE.connect("1.2").subscribe("rejected", "/rejected-endpoint");
        String elsewhere = ChatNode.room();
        StringBuilder frames = new StringBuilder();
        for (int i = 0; i < 10 * ChatNode.RATE; i++) {
            frames.append(text(
                    "SEND",
                    "{\"roomId\":\"" + elsewhere + "\",\"sender\":\"a\",\"message\":\"" + i + "\"}",
                    "destination",
                    SAY));
            if (i % 100 == 99) {
                flood.raw(frames.toString());
                frames.setLength(0);
            }
        }
        fails(flood, 1008);
        other.say(room, "a", "hello");
        assertThat(messageIn(other.frame())).isEqualTo("hello");
    }

    @Test
    void aFloodOfSubscriptionsEndsTheConnectionToo() {
        StompClient flood = NODE.connect("1.2");
        for (int i = 0; i < 10 * ChatNode.RATE; i += 2) {
            flood.raw("SUBSCRIBE\nid:" + i + "\ndestination:/receive-endpoint/" + room + "\n\n\0UNSUBSCRIBE\nid:" + i
                    + "\n\n\0");
        }
        fails(flood, 1008);
    }

    @ParameterizedTest
    @CsvSource({"chat-deliver", "chat-cluster-send", "chat-history-write", "chat-history-replay"})
    void whatWaitsIsMeasured(String name) {
        MeterRegistry registry = NODE.bean(MeterRegistry.class);
        await().until(() ->
                registry.get("caravan.batch.waiting").tag("name", name).gauge().value() == 0);
    }

    @Test
    void connectionsAreCountedWhileTheyLast() {
        MeterRegistry registry = NODE.bean(MeterRegistry.class);
        StompClient client = listener();
        double before = registry.get("caravan.chat.sessions").gauge().value();
        StompClient more = listener();
        assertThat(registry.get("caravan.chat.sessions").gauge().value()).isGreaterThan(0);
        more.receipt("DISCONNECT", "");
        client.abort();
        await().until(() -> registry.get("caravan.chat.sessions").gauge().value() < before);
    }

    /** As a machine that is gone: nothing is answered, not even the close. */
    @Test
    void whoIsSilentIsGoneThoughItAnswersNoCloseEither() throws IOException {
        URI http = NODE.http();
        try (Socket socket = new Socket(http.getHost(), http.getPort())) {
            socket.setSoTimeout((int) Duration.ofSeconds(25).toMillis());
            socket.getOutputStream()
                    .write(("GET /ws/chat HTTP/1.1\r\n"
                                    + "Host: localhost\r\n"
                                    + "Upgrade: websocket\r\n"
                                    + "Connection: Upgrade\r\n"
                                    + "Sec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            while (socket.getInputStream().read() >= 0) {
                // until the server lets go
            }
        }
    }
}
