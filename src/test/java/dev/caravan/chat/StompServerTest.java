package dev.caravan.chat;

import static dev.caravan.fixture.StompClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By the clauses of the STOMP specifications that concern a server, over a real connection. */
@Timeout(120)
class StompServerTest {
    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    private final String room = ChatNode.room();
    private final String destination = "/receive-endpoint/" + room;

    private static Got fails(StompClient client, int code) {
        Got error = client.frame("ERROR");
        assertThat(error.header("message")).isNotBlank();
        assertThat(error.body()).isNotBlank();
        assertThat(client.closed()).isEqualTo(code);
        return error;
    }

    // Connecting

    @ParameterizedTest
    @CsvSource({"1.0, 1.0", "'1.0,1.1', 1.1", "'1.0,1.1,1.2', 1.2", "1.2, 1.2", "'1.1,2.0', 1.1", "' 1.2 , 1.1', 1.2"})
    @DisplayName("1.1 and 1.2, protocol negotiation: the highest version that both have")
    void agreesOnTheHighestVersion(String accepted, String version) {
        Got connected = NODE.open()
                .send("CONNECT", "", "accept-version", accepted, "host", "a")
                .frame("CONNECTED");

        assertThat(connected.header("version")).isEqualTo(version);
        assertThat(connected.headers()).containsKeys("server", "heart-beat").doesNotContainKey("session");
        assertThat(connected.body()).isEmpty();
    }

    @Test
    @DisplayName("1.1 and 1.2, protocol negotiation: without accept-version it is 1.0")
    void takesAClientThatNamesNoVersionFor10() {
        assertThat(NODE.open().send("CONNECT", "").frame("CONNECTED").header("version"))
                .isEqualTo("1.0");
    }

    @Test
    @DisplayName("1.1 and 1.2, CONNECT: the STOMP frame is handled in the same manner")
    void takesTheFrameStompForConnect() {
        assertThat(NODE.open()
                        .send("STOMP", "", "accept-version", "1.2", "host", "a")
                        .frame("CONNECTED")
                        .header("version"))
                .isEqualTo("1.2");
    }

    @Test
    @DisplayName(
            "1.1 and 1.2, protocol negotiation: nothing in common is an ERROR that lists the versions, and a close")
    void rejectsVersionsThatItDoesNotSpeak() {
        StompClient client = NODE.open().send("CONNECT", "", "accept-version", "2.0", "host", "a");

        Got error = fails(client, 1002);
        assertThat(error.header("version")).isEqualTo("1.0,1.1,1.2");
        assertThat(error.header("content-type")).isEqualTo("text/plain");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SUBSCRIBE", "DISCONNECT", "BEGIN"})
    @DisplayName("all, connecting: the first frame is CONNECT")
    void wantsConnectFirst(String command) {
        fails(NODE.open().send(command, "", "id", "1", "destination", destination, "transaction", "1"), 1002);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT", "STOMP"})
    @DisplayName("all, connecting: once")
    void rejectsASecondConnect(String command) {
        fails(NODE.connect("1.2").send(command, "", "accept-version", "1.2", "host", "a"), 1002);
    }

    @Test
    @DisplayName("1.1 and 1.2, body: CONNECT has none; line ends before its NUL are passed over")
    void takesAConnectThatHasLineEndsBeforeItsNul() {
        StompClient client = NODE.open().raw("CONNECT\naccept-version:1.2\nhost:a\n\n\n\n\0");

        assertThat(client.frame("CONNECTED").header("version")).isEqualTo("1.2");
    }

    @Test
    @DisplayName("1.2, value encoding: CONNECT is not escaped")
    void readsConnectWithoutEscapes() {
        NODE.open()
                .send("CONNECT", "", "accept-version", "1.2", "host", "a", "login", "back\\slash")
                .frame("CONNECTED");
    }

    @Test
    void agreesOnASubprotocol() {
        StompClient client = NODE.open("v10.stomp", "v12.stomp");
        assertThat(client.send("CONNECT", "", "accept-version", "1.2", "host", "a")
                        .frame("CONNECTED")
                        .header("version"))
                .isEqualTo("1.2");
    }

    @Test
    void readsNoLargeFrameBeforeConnect() {
        fails(NODE.open().raw("CONNECT\nlogin:" + "x".repeat(9000)), 1002);
        fails(NODE.open().raw("CONNECT\ncontent-length:1\n\nx\0"), 1002);
        StringBuilder many = new StringBuilder("CONNECT\n");
        for (int i = 0; i < 17; i++) {
            many.append("a").append(i).append(":b\n");
        }
        fails(NODE.open().raw(many.append("\n\0").toString()), 1002);
    }

    @Test
    void closesWhoDoesNotConnectInTime() {
        StompClient client = NODE.open();
        StompClient other = NODE.connect("1.2");

        assertThat(client.closed()).isEqualTo(1008);
        other.settle();
    }

    // Heart-beating

    @Test
    @DisplayName("1.1 and 1.2, heart-beating: the server sends line ends as often as was agreed")
    void sendsHeartbeatsThatAreWanted() {
        StompClient client =
                NODE.open().send("CONNECT", "", "accept-version", "1.2", "host", "a", "heart-beat", "0,500");
        assertThat(client.frame("CONNECTED").header("heart-beat"))
                .as("what it can do and wants")
                .isEqualTo("1000,1000");
        await().atMost(Duration.ofSeconds(30)).until(() -> client.beats() >= 3);
        assertThat(client.isOpen()).isTrue();
        assertThat(client.waiting()).isZero();
    }

    @Test
    @DisplayName("1.1 and 1.2, heart-beating: who promised to send something and does not is gone; without the header"
            + " nothing is promised")
    void closesWhoIsSilentThoughItPromisedNotToBe() {
        StompClient quiet = NODE.connect("1.2");
        StompClient silent = NODE.connect("1.1", "heart-beat", "1000,0");
        StompClient other = NODE.connect("1.1", "heart-beat", "1000,0");
        other.subscribe("1", destination);

        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    other.raw("\n");
                    return !silent.isOpen();
                });

        assertThat(silent.closed()).isEqualTo(1008);
        assertThat(silent.beats()).as("none were wanted").isZero();
        other.settle();
        quiet.settle();
        assertThat(quiet.beats()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000", "a,b", "-1,0", "1000,", ""})
    @DisplayName("1.1 and 1.2, heart-beating: two numbers that are not negative")
    void rejectsAHeartbeatThatIsNoTwoNumbers(String heartBeat) {
        fails(NODE.open().send("CONNECT", "", "accept-version", "1.2", "host", "a", "heart-beat", heartBeat), 1002);
    }

    // Frames

    @Test
    @DisplayName("all: several frames may come at once, and the first may be CONNECT")
    void worksSeveralFramesOfOneMessage() {
        StompClient client = NODE.open()
                .raw(text("CONNECT", "", "accept-version", "1.2", "host", "a")
                        + text("SUBSCRIBE", "", "id", "1", "destination", destination, "receipt", "subscribed")
                        + text(
                                "SEND",
                                "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"first\"}",
                                "destination",
                                "/send-endpoint/ws/chat")
                        + "\r\n\n"
                        + text(
                                "SEND",
                                "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"second\"}",
                                "destination",
                                "/send-endpoint/ws/chat"));

        client.frame("CONNECTED");
        assertThat(client.frame("RECEIPT").header("receipt-id")).isEqualTo("subscribed");
        assertThat(client.frame("MESSAGE").body()).contains("first");
        assertThat(client.frame("MESSAGE").body()).contains("second");
    }

    @Test
    @DisplayName(
            "1.1, protocol negotiation: what comes in one message with CONNECT is read by the version it agrees on")
    void readsWhatComesWithConnectByItsVersion() {
        StompClient client = NODE.open()
                .raw(text("CONNECT", "")
                        + text("SUBSCRIBE", "", "destination", " " + destination + " ", "receipt", "C:\\x"));

        client.frame("CONNECTED");
        assertThat(client.frame("RECEIPT").header("receipt-id"))
                .as("1.0 has no escapes")
                .isEqualTo("C:\\x");
    }

    @Test
    void processesNothingAfterAnError() {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        StompClient client = NODE.connect("1.2");
        client.raw(text("BEGIN", "")
                + text(
                        "SEND",
                        "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"after the error\"}",
                        "destination",
                        "/send-endpoint/ws/chat"));
        fails(client, 1002);
        assertThat(client.waiting()).isZero();

        NODE.connect("1.2").say(room, "b", "hello");
        assertThat(listener.frame("MESSAGE").body()).contains("hello");
    }

    @Test
    void processesNothingAfterDisconnect() {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        StompClient client = NODE.connect("1.2");
        client.raw(text("DISCONNECT", "", "receipt", "bye")
                + text(
                        "SEND",
                        "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"from the grave\"}",
                        "destination",
                        "/send-endpoint/ws/chat"));
        client.frame("RECEIPT");
        assertThat(client.closed()).isEqualTo(1000);

        NODE.connect("1.2").say(room, "b", "hello");
        assertThat(listener.frame("MESSAGE").body()).contains("hello");
    }

    @Test
    @DisplayName("all: a frame may come in several messages, cut within a character and within its line ends")
    void worksAFrameOfSeveralMessages() {
        StompClient client = NODE.connect("1.2").subscribe("1", destination);
        byte[] bytes = text(
                        "SEND",
                        "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"\uD83D\uDC2B\"}",
                        "destination",
                        "/send-endpoint/ws/chat")
                .getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            client.raw(new byte[] {b});
        }

        assertThat(client.frame("MESSAGE").body()).contains("\uD83D\uDC2B");
    }

    @Test
    @DisplayName("1.2, augmented BNF: line ends may be CR LF, and there may be some between frames")
    void readsCarriageReturnsAndLineEndsBetweenFrames() {
        StompClient client = NODE.connect("1.2");
        client.raw("\n");
        client.raw("\r\n");
        client.raw("SUBSCRIBE\r\nid:1\r\ndestination:" + destination + "\r\nreceipt:r\r\n\r\n\0\r\n");

        assertThat(client.frame("RECEIPT").header("receipt-id")).isEqualTo("r");
    }

    @Test
    @DisplayName("all, body: content-length counts bytes")
    void readsABodyByItsLength() {
        StompClient client = NODE.connect("1.2").subscribe("1", destination);
        String body = "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"é\"}";
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        client.send("SEND", body, "destination", "/send-endpoint/ws/chat", "content-length", "" + length);
        assertThat(client.frame("MESSAGE").body()).contains("é");

        client.send("SEND", body, "destination", "/send-endpoint/ws/chat", "content-length", "" + (length - 1));
        fails(client, 1002);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FOO", "send", "GET / HTTP/1.1"})
    void rejectsUnknownCommands(String command) {
        fails(NODE.connect("1.2").send(command, ""), 1002);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MESSAGE", "CONNECTED", "RECEIPT", "ERROR"})
    @DisplayName("all: these frames are the server's")
    void rejectsWhatOnlyServersSend(String command) {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        fails(
                NODE.connect("1.2")
                        .send(command, "", "destination", destination, "message-id", "1", "subscription", "1"),
                1002);
        assertThat(listener.settle().waiting()).isZero();
    }

    @Test
    @DisplayName("1.2, value encoding: colons, line ends, backslashes in header values survive")
    void escapesBothWays() {
        StompClient client = NODE.connect("1.2");
        client.send("SUBSCRIBE", "", "id", "a\\cb\\n\\\\c\\r", "destination", destination, "receipt", "x\\c\\n\\\\y");

        assertThat(client.frame("RECEIPT").header("receipt-id")).isEqualTo("x:\n\\y");
        client.say(room, "a", "hello");
        assertThat(client.frame("MESSAGE").header("subscription")).isEqualTo("a:b\n\\c\r");
    }

    @ParameterizedTest
    @CsvSource({"1.2, \\t", "1.1, \\r", "1.1, \\t"})
    @DisplayName("1.1 and 1.2, value encoding: undefined escape sequences are fatal")
    void rejectsOtherEscapes(String version, String escape) {
        fails(NODE.connect(version).send("BEGIN", "", "transaction", "a" + escape), 1002);
    }

    @Test
    @DisplayName("1.2, repeated header entries: the first one counts")
    void takesTheFirstOfRepeatedHeaders() {
        StompClient client = NODE.connect("1.2");
        client.send("BEGIN", "", "transaction", "a", "transaction", "b").receipt("ABORT", "", "transaction", "a");
    }

    @ParameterizedTest
    @CsvSource({"1.1, SUBSCRIBE", "1.2, BEGIN", "1.2, DISCONNECT"})
    @DisplayName("1.1 and 1.2, body: other frames than SEND, MESSAGE and ERROR must not have one")
    void rejectsBodiesWhereThereAreNone(String version, String command) {
        fails(NODE.connect(version).send(command, "body", "id", "1", "destination", destination), 1002);
    }

    // Receipts

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1", "1.2"})
    @DisplayName("all, receipt: any frame but CONNECT may ask for one, and gets one")
    void givesReceipts(String version) {
        StompClient client = NODE.connect(version);
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", destination)
                .receipt("BEGIN", "", "transaction", "t")
                .receipt("ACK", "", "id", "x/1", "message-id", "x", "subscription", "1")
                .receipt("ABORT", "", "transaction", "t")
                .receipt("BEGIN", "", "transaction", "t")
                .receipt("COMMIT", "", "transaction", "t")
                .receipt("UNSUBSCRIBE", "", "id", "1")
                .receipt(
                        "SEND",
                        "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"m\"}",
                        "destination",
                        "/send-endpoint/ws/chat")
                .receipt("DISCONNECT", "");
        if (!version.equals("1.0")) {
            NODE.connect(version).receipt("NACK", "", "id", "x/1", "message-id", "x", "subscription", "1");
        }
    }

    @Test
    @DisplayName("1.1 and 1.2, CONNECT: no receipt is given for it")
    void givesNoReceiptForConnect() {
        StompClient client = NODE.connect("1.2", "receipt", "r");
        client.settle();
    }

    @Test
    @DisplayName("all, ERROR: it names the receipt of the frame that is wrong, and the connection is closed")
    void namesTheReceiptInAnError() {
        assertThat(fails(NODE.connect("1.2").send("BEGIN", "", "receipt", "r-1"), 1002)
                        .header("receipt-id"))
                .isEqualTo("r-1");
        assertThat(fails(NODE.connect("1.2").raw("BEGIN\nreceipt:r-2\nnocolon\n\n\0"), 1002)
                        .header("receipt-id"))
                .as("also of one that cannot be read")
                .isEqualTo("r-2");
        assertThat(fails(NODE.connect("1.2").send("BEGIN", ""), 1002).headers()).doesNotContainKey("receipt-id");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1", "1.2"})
    @DisplayName("all, DISCONNECT: the receipt, then the close")
    void disconnectsAfterTheReceipt(String version) {
        StompClient client = NODE.connect(version).receipt("DISCONNECT", "");
        assertThat(client.closed()).isEqualTo(1000);
        assertThat(NODE.connect(version).send("DISCONNECT", "").closed()).isEqualTo(1000);
    }

    // Subscriptions

    @Test
    @DisplayName("1.1 and 1.2, SUBSCRIBE: destination and id are required")
    void wantsTheHeadersOfSubscribe() {
        fails(NODE.connect("1.2").send("SUBSCRIBE", "", "id", "1"), 1002);
        fails(NODE.connect("1.2").send("SUBSCRIBE", "", "destination", destination), 1002);
        fails(NODE.connect("1.1").send("SUBSCRIBE", "", "destination", destination), 1002);
        fails(NODE.connect("1.1").send("UNSUBSCRIBE", "", "destination", destination), 1002);
    }

    @Test
    @DisplayName("1.2, SUBSCRIBE: ids are unique within a connection")
    void rejectsTheSameIdTwice() {
        fails(
                NODE.connect("1.2")
                        .subscribe("1", destination)
                        .send("SUBSCRIBE", "", "id", "1", "destination", destination + "2"),
                1002);
    }

    @Test
    void rejectsMoreSubscriptionsThanMayBe() {
        StompClient client = NODE.connect("1.2");
        for (int i = 0; i < 10; i++) {
            client.subscribe("" + i, destination);
        }
        fails(client.send("SUBSCRIBE", "", "id", "10", "destination", destination), 1008);
    }

    @Test
    @DisplayName("1.2, SUBSCRIBE: several subscriptions to one destination each get the message")
    void deliversToEachSubscription() {
        StompClient client = NODE.connect("1.2").subscribe("1", destination).subscribe("2", destination);
        client.say(room, "a", "hello");
        assertThat(List.of(
                        client.frame("MESSAGE").header("subscription"),
                        client.frame("MESSAGE").header("subscription")))
                .containsExactlyInAnyOrder("1", "2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1", "1.2"})
    @DisplayName("all, UNSUBSCRIBE: no messages any more")
    void unsubscribes(String version) {
        StompClient client = NODE.connect(version).subscribe("1", destination).subscribe("2", destination);
        client.receipt("UNSUBSCRIBE", "", "id", "1");
        client.say(room, "a", "hello");
        assertThat(client.frame("MESSAGE").header("subscription")).isEqualTo("2");
        client.say(room, "a", "again");
        assertThat(client.frame("MESSAGE").header("subscription")).isEqualTo("2");
    }

    @Test
    @DisplayName("1.1 and 1.2, SEND: user defined headers MUST be passed through in the MESSAGE frame")
    void passesOnTheHeadersThatASenderMadeUp() {
        StompClient client = NODE.connect("1.2").subscribe("1", destination);
        client.say(room, "a", "hello", "reply-to", "a\\cb", "sent-at", "never", "sender-id", "me", "message-id", "x");

        Got message = client.frame("MESSAGE");
        assertThat(message.header("reply-to")).isEqualTo("a:b");
        assertThat(message.header("sent-at")).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
        assertThat(message.header("sender-id")).hasSize(16);
        assertThat(message.header("message-id")).isNotEqualTo("x");
    }

    @Test
    void anAnonymousClientIsKnownAgainByItsSecretAlone() {
        String[] ids = new String[3];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = NODE.open()
                    .sayConnect(
                            "1.2",
                            "login",
                            "ann",
                            "sender-secret",
                            i < 2 ? "nobody can guess this" : "nor can they guess this")
                    .header("sender-id");
        }
        assertThat(ids[0]).hasSize(16).isEqualTo(ids[1]).isNotEqualTo(ids[2]);
        assertThat(NODE.open().sayConnect("1.2", "login", "ann").header("sender-id"))
                .hasSize(16)
                .isNotEqualTo(NODE.open().sayConnect("1.2", "login", "ann").header("sender-id"));
        assertThat(NODE.open().sayConnect("1.2", StompClient.GUEST).headers())
                .as("of somebody who has logged in")
                .doesNotContainKey("sender-id");
        fails(NODE.open().send("CONNECT", "", "accept-version", "1.2", "host", "a", "sender-secret", "short"), 1002);
    }

    @Test
    @DisplayName("1.0, SUBSCRIBE: without an id; the messages then have no header subscription")
    void takesSubscriptionsWithoutIdsOf10() {
        StompClient client = NODE.connect("1.0").receipt("SUBSCRIBE", "", "destination", destination);
        client.say(room, "a", "hello");
        assertThat(client.frame("MESSAGE").headers())
                .containsOnlyKeys(
                        "destination", "content-type", "message-id", "sent-at", "sender-id", "content-length");
        client.receipt("UNSUBSCRIBE", "", "destination", destination);
        // Delivered when another one has it: a subscription may bring messages of a moment before.
        StompClient other = NODE.connect("1.2").subscribe("1", destination);
        client.say(room, "a", "not heard", "receipt", "r");
        client.frame("RECEIPT");
        assertThat(other.frame("MESSAGE").body()).contains("not heard");
        client.receipt("SUBSCRIBE", "", "destination", destination, "id", "with")
                .say(room, "a", "heard");
        Got heard = client.frame("MESSAGE");
        assertThat(heard.header("subscription")).isEqualTo("with");
        assertThat(heard.body()).contains("\"heard\"");
    }

    @Test
    @DisplayName("1.0, UNSUBSCRIBE: either by the destination or by the id")
    void unsubscribesByDestinationIn10() {
        StompClient client = NODE.connect("1.0").receipt("SUBSCRIBE", "", "id", "1", "destination", destination);
        client.receipt("UNSUBSCRIBE", "", "destination", destination);
        // Delivered when another one has it: a subscription may bring messages of a moment before.
        StompClient other = NODE.connect("1.2").subscribe("1", destination);
        client.say(room, "a", "not heard", "receipt", "r");
        client.frame("RECEIPT");
        assertThat(other.frame("MESSAGE").body()).contains("not heard");
        assertThat(client.receipt("SUBSCRIBE", "", "destination", destination)
                        .say(room, "a", "heard")
                        .frame("MESSAGE")
                        .body())
                .contains("\"heard\"");
    }

    @Test
    void rejectsAnUnknownWayToAcknowledge() {
        fails(NODE.connect("1.2").send("SUBSCRIBE", "", "id", "1", "destination", destination, "ack", "x"), 1002);
        fails(
                NODE.connect("1.2")
                        .send("SUBSCRIBE", "", "id", "1", "destination", destination, "prefetch-count", "many"),
                1002);
    }

    // Acknowledging

    private StompClient window(String version, String ack, int window) {
        StompClient client =
                NODE.connect(version).subscribe("1", destination, "ack", ack, "prefetch-count", "" + window);
        StompClient speaker = NODE.connect("1.2");
        for (int i = 1; i <= 6; i++) {
            speaker.say(room, "a", "message " + i);
        }
        return client;
    }

    private static void ack(StompClient client, String version, String command, Got message) {
        if (version.equals("1.2")) {
            client.send(command, "", "id", message.header("ack"));
        } else {
            client.send(
                    command,
                    "",
                    "subscription",
                    message.header("subscription"),
                    "message-id",
                    message.header("message-id"));
        }
    }

    private static Got message(StompClient client, int number) {
        Got message = client.frame("MESSAGE");
        assertThat(message.body()).contains("\"message " + number + "\"");
        return message;
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1", "1.2"})
    @DisplayName("all, ACK in the mode client: it acknowledges all messages before it, too")
    void acknowledgesAllBeforeInTheModeClient(String version) {
        StompClient client = window(version, "client", 3);
        message(client, 1);
        Got second = message(client, 2);
        message(client, 3);
        assertThat(client.settle().waiting()).as("the window is full").isZero();

        ack(client, version, "ACK", second);
        message(client, 4);
        message(client, 5);
        assertThat(client.settle().waiting()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1.1, ACK", "1.2, ACK", "1.1, NACK", "1.2, NACK"})
    @DisplayName("1.1 and 1.2, ACK and NACK in the mode client-individual: that message alone")
    void acknowledgesOneInTheModeClientIndividual(String version, String command) {
        StompClient client = window(version, "client-individual", 3);
        message(client, 1);
        message(client, 2);
        Got third = message(client, 3);
        assertThat(client.settle().waiting()).isZero();

        ack(client, version, command, third);
        message(client, 4);
        assertThat(client.settle().waiting()).isZero();
        ack(client, version, command, third);
        assertThat(client.settle().waiting()).as("once is enough").isZero();
    }

    @ParameterizedTest
    @CsvSource({"1.0, auto", "1.2, auto"})
    @DisplayName("all, SUBSCRIBE: the mode auto needs no acknowledgement, and has no header ack")
    void sendsAtOnceInTheModeAuto(String version, String ack) {
        StompClient client = window(version, ack, 1);
        for (int i = 1; i <= 6; i++) {
            assertThat(message(client, i).headers()).doesNotContainKey("ack");
        }
    }

    @Test
    @DisplayName("1.2, MESSAGE: the header ack where one is expected, and in 1.1 none")
    void namesWhatIsToBeAcknowledged() {
        assertThat(message(window("1.2", "client", 1), 1).headers())
                .containsOnlyKeys(
                        "destination",
                        "content-type",
                        "subscription",
                        "message-id",
                        "ack",
                        "sent-at",
                        "sender-id",
                        "content-length");
        assertThat(NODE.connect("1.1")
                        .subscribe("1", destination, "ack", "client")
                        .say(room, "a", "hello")
                        .frame("MESSAGE")
                        .headers())
                .doesNotContainKey("ack");
    }

    @Test
    @DisplayName("all, ACK: the headers it must have")
    void wantsTheHeadersOfAck() {
        fails(NODE.connect("1.2").send("ACK", "", "message-id", "1", "subscription", "1"), 1002);
        fails(NODE.connect("1.1").send("ACK", "", "id", "1", "subscription", "1"), 1002);
        fails(NODE.connect("1.1").send("NACK", "", "message-id", "1"), 1002);
    }

    @Test
    void closesWhoNeverAcknowledges() {
        StompClient lazy = NODE.connect("1.2").subscribe("1", destination, "ack", "client", "prefetch-count", "1");
        StompClient other = NODE.connect("1.2").subscribe("1", destination);
        for (int i = 0; i < ChatNode.BACKLOG + 5; i++) {
            other.say(room, "a", "" + i);
        }
        for (int i = 0; i < ChatNode.BACKLOG + 5; i++) {
            assertThat(other.frame("MESSAGE").body()).contains("\"" + i + "\"");
        }
        lazy.frame("MESSAGE");
        assertThat(lazy.closed()).isEqualTo(1008);
        assertThat(lazy.waiting()).isZero();
        other.settle();
    }

    // Transactions

    @Test
    @DisplayName(
            "all, BEGIN and COMMIT: what was sent in a transaction is published when it is committed, in its order")
    void publishesWhatWasCommitted() {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        StompClient client = NODE.connect("1.2").receipt("BEGIN", "", "transaction", "t");
        client.say(room, "a", "in 1", "transaction", "t");
        client.say(room, "a", "out");
        client.say(room, "a", "in 2", "transaction", "t");
        assertThat(listener.frame("MESSAGE").body()).contains("out");
        client.settle();
        assertThat(listener.settle().waiting()).isZero();

        client.receipt("COMMIT", "", "transaction", "t");
        assertThat(listener.frame("MESSAGE").body()).contains("in 1");
        assertThat(listener.frame("MESSAGE").body()).contains("in 2");
        client.send("COMMIT", "", "transaction", "t");
        fails(client, 1002);
    }

    @Test
    @DisplayName("all, receipt: one for a frame in a transaction, when it came, and none at its end")
    void givesOneReceiptForAFrameInATransaction() {
        StompClient client = NODE.connect("1.2").receipt("BEGIN", "", "transaction", "t");
        client.receipt(
                "SEND",
                "{\"roomId\":\"" + room + "\",\"sender\":\"a\",\"message\":\"m\"}",
                "destination",
                "/send-endpoint/ws/chat",
                "transaction",
                "t");
        client.receipt("ACK", "", "id", "x/1", "transaction", "t");
        client.settle();
        client.receipt("COMMIT", "", "transaction", "t");
        client.settle();
    }

    @Test
    @DisplayName("all, ABORT: what was sent in the transaction is never published")
    void publishesNothingThatWasAborted() {
        StompClient client = NODE.connect("1.2").subscribe("1", destination);
        client.receipt("BEGIN", "", "transaction", "t").say(room, "a", "in", "transaction", "t");
        client.receipt("ABORT", "", "transaction", "t").say(room, "a", "out");
        assertThat(client.frame("MESSAGE").body()).contains("out");
        client.receipt("BEGIN", "", "transaction", "t").receipt("COMMIT", "", "transaction", "t");
        client.settle();
    }

    @Test
    @DisplayName("all, ACK in a transaction: it counts when that is committed")
    void acknowledgesInATransaction() {
        StompClient client = window("1.2", "client", 1);
        Got first = message(client, 1);
        client.receipt("BEGIN", "", "transaction", "t");
        client.receipt("ACK", "", "id", first.header("ack"), "transaction", "t");
        assertThat(client.settle().waiting()).isZero();
        client.send("COMMIT", "", "transaction", "t");
        message(client, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMMIT", "ABORT", "SEND", "ACK"})
    @DisplayName("all, transactions: one that was not begun is an error")
    void rejectsUnknownTransactions(String command) {
        fails(
                NODE.connect("1.2")
                        .send(command, "", "transaction", "t", "id", "1", "destination", "/send-endpoint/ws/chat"),
                1002);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEGIN", "COMMIT", "ABORT"})
    @DisplayName("all, transactions: the header transaction is required")
    void wantsTheNameOfATransaction(String command) {
        fails(NODE.connect("1.2").send(command, ""), 1002);
    }

    @Test
    void rejectsToBeginATransactionTwice() {
        fails(NODE.connect("1.2").send("BEGIN", "", "transaction", "t").send("BEGIN", "", "transaction", "t"), 1002);
    }

    @Test
    @DisplayName("all, BEGIN: transactions end with the connection, unsaid")
    void publishesNothingOfOpenTransactions() {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        StompClient client = NODE.connect("1.2").receipt("BEGIN", "", "transaction", "t");
        client.say(room, "a", "in", "transaction", "t").receipt("DISCONNECT", "");
        client.closed();
        NODE.connect("1.2").say(room, "b", "hello");
        assertThat(listener.frame("MESSAGE").body()).contains("hello");
    }
}
