package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Destinations that routes make, for clients of STOMP. */
@Timeout(120)
class RouteDestinationsTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    private final String topic = "/topic/t" + NUMBER.incrementAndGet();
    private final String queue = "/queue/q" + NUMBER.incrementAndGet();

    @BeforeAll
    static void routes() {
        NODE.save("stomp/topics", route("stomp-topic", "stomp:/topic/{name}", "", ""));
        NODE.save("stomp/queues", route("stomp-queue", "stomp:/queue/{name}", "", ""));
        NODE.save("stomp/open", route("stomp-open", "stomp:/topic/open/{name}", "subscribeRoles: anyone", ""));
        NODE.save("stomp/closed", route("stomp-closed", "stomp:/topic/closed/{name}", "sendRoles: operator", ""));
        NODE.save("stomp/small", route("stomp-small", "stomp:/queue/small/{name}", "maxMessages: 3", ""));
        for (String id : new String[] {"topic", "queue", "open", "closed", "small"}) {
            awaitStarted(NODE.camel(), "stomp-" + id);
        }
    }

    private static void awaitStarted(CamelContext camel, String id) {
        await().atMost(SOON).until(() -> camel.getRouteController().getRouteStatus(id) == ServiceStatus.Started);
    }

    private static String route(String id, String uri, String option, String step) {
        return """
                - route:
                    id: %s
                    description: A destination of tests
                    routeConfigurationId: propagate
                    from:
                      uri: "%s"
                      parameters: { %s }
                      steps:
                        - choice:
                            when:
                              - simple: "${body} == 'drop'"
                                steps:
                                  - stop: {}
                              - simple: "${body} == 'refuse'"
                                steps:
                                  - throwException:
                                      exceptionType: java.lang.IllegalArgumentException
                                      message: nobody wants that
                %s"""
                .formatted(id, uri, option, step);
    }

    private static StompClient user(String version) {
        return NODE.login(version);
    }

    private static byte[] frame(String head, byte[] body) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes((head + "content-length:" + body.length + "\n\n").getBytes(StandardCharsets.UTF_8));
        frame.writeBytes(body);
        frame.write(0);
        return frame.toByteArray();
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    // Topics

    @ParameterizedTest
    @CsvSource({"1.0", "1.1", "1.2"})
    void allSubscribersOfATopicGetAMessageWithItsHeaders(String version) {
        StompClient one = user(version).subscribe("1", topic);
        StompClient two = user(version).subscribe("2", topic);

        one.send(
                "SEND",
                "hello",
                "destination",
                topic,
                "content-type",
                "text/x-own",
                "reply-to",
                "me",
                "message-id",
                "x");

        for (StompClient client : new StompClient[] {one, two}) {
            Got message = client.frame("MESSAGE");
            assertThat(message.body()).isEqualTo("hello");
            assertThat(message.header("destination")).isEqualTo(topic);
            assertThat(message.header("content-type")).isEqualTo("text/x-own");
            assertThat(message.header("reply-to")).isEqualTo("me");
            assertThat(message.header("message-id")).isNotEqualTo("x");
        }
        assertThat(one.settle().waiting()).isZero();
    }

    @Test
    void bodiesMayBeAnyBytes() {
        StompClient client = user("1.2").subscribe("1", topic);
        byte[] all = new byte[512];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        client.raw(frame("SEND\ndestination:" + topic + "\n", all));
        Got message = client.frame("MESSAGE");
        assertThat(message.body()).isEqualTo(latin(all));
        assertThat(message.headers()).doesNotContainKey("content-type");

        client.send("SEND", "t\u00e9xt \uD83D\uDC2B", "destination", topic);
        assertThat(client.frame("MESSAGE").body()).isEqualTo("t\u00e9xt \uD83D\uDC2B");
    }

    @Test
    void aReceiptSaysThatTheBrokerHasTheMessage() {
        user("1.2")
                .receipt("SEND", "hello", "destination", topic)
                .receipt("SEND", "drop", "destination", topic)
                .receipt("SEND", "hello", "destination", queue);
    }

    @Test
    void aRouteMayDropAMessageOrRejectIt() {
        StompClient listener = user("1.2").subscribe("1", topic);
        StompClient sender = user("1.2").subscribe("r", "/rejected-endpoint");
        sender.receipt("SEND", "drop", "destination", topic);
        sender.send("SEND", "refuse", "destination", topic);
        assertThat(sender.frame("MESSAGE").body()).contains("nobody wants that");
        sender.receipt("SEND", "go", "destination", topic);
        assertThat(listener.frame("MESSAGE").body()).isEqualTo("go");

        StompClient other = user("1.2");
        other.send("SEND", "refuse", "destination", topic, "receipt", "7");
        Got error = other.frame("ERROR");
        assertThat(error.header("message")).isEqualTo("nobody wants that");
        assertThat(error.header("receipt-id")).isEqualTo("7");
        assertThat(other.closed()).isEqualTo(1008);
    }

    @ParameterizedTest
    @CsvSource({
        "SUBSCRIBE, /topic/a, You may not subscribe to /topic/a: it needs the role user",
        "SEND, /topic/a, You may not send to /topic/a: it needs the role user",
        "SUBSCRIBE, /queue/a, You may not subscribe to /queue/a: it needs the role user",
        "SEND, /queue/a, You may not send to /queue/a: it needs the role user",
        "SEND, /topic/open/a, You may not send to /topic/open/a: it needs the role user",
        "SEND, /topic/closed/a, You may not send to /topic/closed/a: it needs the role operator",
        "SUBSCRIBE, /nowhere/a, There is no destination /nowhere/a",
        "SEND, /topic/a/b/c, There is no destination /topic/a/b/c",
        "SEND, /topic/*, There is no destination /topic/*",
    })
    void aStrangerGetsAnErrorThatSaysWhy(String command, String destination, String why) {
        StompClient stranger = NODE.connect("1.2");
        stranger.send(command, "", "id", "1", "destination", destination);
        assertThat(stranger.frame("ERROR").header("message")).startsWith(why);
        assertThat(stranger.closed()).isEqualTo(1008);
    }

    @Test
    void anyoneMaySubscribeWhereTheRouteSaysSo() {
        StompClient stranger = NODE.connect("1.2").subscribe("1", "/topic/open/news");
        user("1.2").send("SEND", "hello", "destination", "/topic/open/news");
        assertThat(stranger.frame("MESSAGE").body()).isEqualTo("hello");
    }

    @Test
    void aTransactionIsSentWhole() {
        StompClient listener = user("1.2").subscribe("1", topic);
        StompClient sender = user("1.2");
        sender.receipt("BEGIN", "", "transaction", "a").receipt("BEGIN", "", "transaction", "b");
        sender.send("SEND", "a1", "destination", topic, "transaction", "a");
        sender.send("SEND", "b1", "destination", topic, "transaction", "b");
        sender.receipt("SEND", "now", "destination", topic);
        assertThat(listener.frame("MESSAGE").body()).isEqualTo("now");
        sender.receipt("ABORT", "", "transaction", "b").receipt("COMMIT", "", "transaction", "a");
        assertThat(listener.frame("MESSAGE").body()).isEqualTo("a1");
        assertThat(listener.settle().waiting()).isZero();
    }

    @Test
    void topicsReachTheSubscribersOfOtherNodes() throws Exception {
        try (AutoCloseable second = NODE.join()) {
            NODE.saveToSecond("stomp/topics", route("stomp-topic", "stomp:/topic/{name}", "", ""));
            awaitStarted(NODE.secondCamel(), "stomp-topic");
            StompClient here = user("1.2").subscribe("1", topic);
            StompClient there = NODE.connectToSecond("1.2", StompClient.GUEST).subscribe("1", topic);
            awaitQueueOfSecond(here);
            here.send("SEND", "from here", "destination", topic, "reply-to", "me");
            assertThat(here.frame("MESSAGE").body()).isEqualTo("from here");
            assertThat(there.frame("MESSAGE").header("reply-to")).isEqualTo("me");
            byte[] bytes = {(byte) 0xff, 0, 1};
            there.raw(frame("SEND\ndestination:" + topic + "\n", bytes));
            assertThat(here.frame("MESSAGE").body()).isEqualTo(latin(bytes));
            assertThat(there.frame("MESSAGE").body()).isEqualTo(latin(bytes));
            assertThat(here.settle().waiting()).isZero();
        }
    }

    /** A node that has just started may not have its queue yet. */
    private void awaitQueueOfSecond(StompClient sender) {
        StompClient probe = NODE.connectToSecond("1.2", StompClient.GUEST).subscribe("1", topic + "-probe");
        await().atMost(SOON).until(() -> {
            sender.send("SEND", "", "destination", topic + "-probe");
            return probe.waiting() > 0;
        });
    }

    @Test
    void nobodyNoticesThatARouteIsEdited() throws InterruptedException {
        NODE.save("stomp/edited", route("stomp-edited", "stomp:/topic/edited/{name}", "", ""));
        awaitStarted(NODE.camel(), "stomp-edited");
        StompClient listener = user("1.2").subscribe("1", "/topic/edited/a");
        // Many, so that none is too fast.
        List<StompClient> senders = Stream.generate(() -> user("1.2")).limit(10).toList();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger count = new AtomicInteger();
        Thread sending = new Thread(() -> {
            while (!over.get()) {
                int number = count.get();
                senders.get(number % senders.size()).receipt("SEND", "" + number, "destination", "/topic/edited/a");
                count.incrementAndGet();
            }
        });
        sending.start();
        int next = 0;
        for (int i = 0; i < 3; i++) {
            String step = "        - setHeader: { name: edit, constant: e" + i + " }\n";
            NODE.save("stomp/edited", route("stomp-edited", "stomp:/topic/edited/{name}", "", step));
            String edit = null;
            while (!("e" + i).equals(edit)) {
                Got message = listener.frame("MESSAGE");
                assertThat(message.body()).isEqualTo("" + next++);
                edit = message.header("edit");
            }
        }
        over.set(true);
        sending.join();
        while (next < count.get()) {
            assertThat(listener.frame("MESSAGE").body()).isEqualTo("" + next++);
        }
        assertThat(senders).allSatisfy(sender -> assertThat(sender.isOpen()).isTrue());
    }

    @Test
    void whoHasSubscribedToARouteThatIsRemovedIsTold() {
        NODE.save("stomp/gone", route("stomp-gone", "stomp:/topic/gone/{name}", "", ""));
        awaitStarted(NODE.camel(), "stomp-gone");
        StompClient listener = user("1.2").subscribe("1", "/topic/gone/a");
        StompClient other = user("1.2").subscribe("1", topic);

        NODE.delete("stomp/gone");

        assertThat(listener.frame("ERROR").header("message"))
                .isEqualTo("There is no destination /topic/gone/a any more");
        assertThat(listener.closed()).isEqualTo(1008);
        other.settle();
    }

    @Test
    void whoMayNoLongerSubscribeIsTold() {
        NODE.save("stomp/stricter", route("stomp-stricter", "stomp:/topic/stricter", "subscribeRoles: anyone", ""));
        awaitStarted(NODE.camel(), "stomp-stricter");
        StompClient stranger = NODE.connect("1.2").subscribe("1", "/topic/stricter");
        StompClient user = user("1.2").subscribe("1", "/topic/stricter");

        NODE.save("stomp/stricter", route("stomp-stricter", "stomp:/topic/stricter", "subscribeRoles: user", ""));

        assertThat(stranger.frame("ERROR").header("message"))
                .isEqualTo("You may not subscribe to /topic/stricter any more");
        user.settle();
    }

    // Queues

    @ParameterizedTest
    @CsvSource({"auto", "client", "client-individual"})
    void oneSubscriberOfAQueueGetsAMessage(String ack) {
        StompClient sender = user("1.2");
        for (int i = 0; i < 10; i++) {
            sender.receipt("SEND", "" + i, "destination", queue);
        }
        StompClient one = user("1.2");
        one.send("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", ack);
        for (int i = 0; i < 10; i++) {
            Got message = one.frame("MESSAGE");
            assertThat(message.body()).isEqualTo("" + i);
            if (!ack.equals("auto")) {
                one.send("ACK", "", "id", message.header("ack"));
            }
        }
        StompClient two = user("1.2");
        two.send("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", ack);
        sender.receipt("SEND", "last", "destination", queue);
        await().atMost(SOON).until(() -> one.waiting() + two.waiting() > 0);
        assertThat((one.waiting() > 0 ? one : two).frame("MESSAGE").body()).isEqualTo("last");
        assertThat(one.settle().waiting() + two.settle().waiting()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1.0", "1.1", "1.2"})
    void aMessageThatIsNackedComesAgain(String version) {
        StompClient client = user(version);
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client-individual");
        client.send("SEND", "again", "destination", queue, "own", "x");
        Got first = client.frame("MESSAGE");
        assertThat(first.headers()).doesNotContainKey("redelivered");
        if (version.equals("1.0")) { // has no NACK
            client.close();
            client = user(version);
            client.send("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");
        } else {
            nack(client, first);
        }
        Got second = client.frame("MESSAGE");
        assertThat(second.header("redelivered")).isEqualTo("true");
        assertThat(second.header("message-id")).isEqualTo(first.header("message-id"));
        assertThat(second.header("own")).isEqualTo("x");
    }

    private static void nack(StompClient client, Got message, String... headers) {
        String[] all = {
            "id",
            message.headers().getOrDefault("ack", "1"),
            "message-id",
            message.header("message-id"),
            "subscription",
            "1"
        };
        client.send("NACK", "", Stream.of(all, headers).flatMap(Arrays::stream).toArray(String[]::new));
    }

    @Test
    void aNackMaySayThatAMessageIsNotToComeAgain() {
        StompClient client = user("1.2");
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client-individual");
        client.send("SEND", "never again", "destination", queue);
        nack(client, client.frame("MESSAGE"), "requeue", "false");
        client.send("SEND", "next", "destination", queue);
        assertThat(client.frame("MESSAGE").body()).isEqualTo("next");
    }

    @Test
    void whatIsNotAcknowledgedGoesToAnotherWhenItsSubscriberDies() {
        StompClient dies = user("1.2");
        dies.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");
        dies.send("SEND", "1", "destination", queue).send("SEND", "2", "destination", queue);
        Got first = dies.frame("MESSAGE");
        assertThat(dies.frame("MESSAGE").body()).isEqualTo("2");
        dies.receipt("ACK", "", "id", first.header("ack"));
        StompClient lives = user("1.2");
        lives.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");

        dies.abort();

        Got again = lives.frame("MESSAGE");
        assertThat(again.body()).isEqualTo("2");
        assertThat(again.header("redelivered")).isEqualTo("true");
    }

    @Test
    void unsubscribingReturnsWhatIsNotAcknowledged() {
        StompClient client = user("1.2");
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");
        client.send("SEND", "1", "destination", queue);
        client.frame("MESSAGE");
        client.receipt("UNSUBSCRIBE", "", "id", "1");
        client.receipt("SUBSCRIBE", "", "id", "2", "destination", queue, "ack", "client");
        assertThat(client.frame("MESSAGE").header("subscription")).isEqualTo("2");
    }

    @Test
    void aSubscriberGetsNoMoreThanItsWindowAndAnAckIsForAllBefore() {
        StompClient client = user("1.2");
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client", "prefetch-count", "3");
        for (int i = 0; i < 6; i++) {
            client.send("SEND", "" + i, "destination", queue);
        }
        Got last = null;
        for (int i = 0; i < 3; i++) {
            last = client.frame("MESSAGE");
        }
        assertThat(client.settle().waiting()).isZero();
        client.send("ACK", "", "id", last.header("ack"));
        for (int i = 3; i < 6; i++) {
            assertThat(client.frame("MESSAGE").body()).isEqualTo("" + i);
        }
    }

    @Test
    void anAckOfATransactionCountsWhenItIsCommitted() {
        StompClient client = user("1.2");
        client.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client", "prefetch-count", "1");
        client.send("SEND", "1", "destination", queue).send("SEND", "2", "destination", queue);
        String ack = client.frame("MESSAGE").header("ack");
        client.receipt("BEGIN", "", "transaction", "t").receipt("ACK", "", "id", ack, "transaction", "t");
        client.receipt("ABORT", "", "transaction", "t");
        client.receipt("BEGIN", "", "transaction", "t").receipt("ACK", "", "id", ack, "transaction", "t");
        assertThat(client.settle().waiting()).isZero();
        client.send("COMMIT", "", "transaction", "t");
        assertThat(client.frame("MESSAGE").body()).isEqualTo("2");
    }

    @Test
    void aFullQueueTakesNoMore() {
        String small = "/queue/small/s" + NUMBER.incrementAndGet();
        StompClient client = user("1.2").subscribe("r", "/rejected-endpoint");
        for (int i = 0; i < 3; i++) {
            client.receipt("SEND", "" + i, "destination", small);
        }
        client.send("SEND", "4", "destination", small);
        assertThat(client.frame("MESSAGE").body()).contains("As many messages wait in " + small + " as may: 3");
    }

    @Test
    void queuesHoldAnyBytes() {
        byte[] bytes = {0, (byte) 0xfe, 10, 13};
        StompClient client = user("1.2");
        client.raw(frame("SEND\ndestination:" + queue + "\ncontent-type:application/x-own\n", bytes));
        client.send("SUBSCRIBE", "", "id", "1", "destination", queue);
        Got message = client.frame("MESSAGE");
        assertThat(message.body()).isEqualTo(latin(bytes));
        assertThat(message.header("content-type")).isEqualTo("application/x-own");
    }
}
