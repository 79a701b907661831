package dev.caravan.chat;

import static dev.caravan.chat.Chats.messageIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.StompClient;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The chat of two nodes on a real RabbitMQ: it goes away, one of the nodes dies, and clients do not read. */
@RequiresRealBrokers
@Timeout(300)
@TestMethodOrder(OrderAnnotation.class)
class ChatIT {
    /** Beats every two seconds, seven of silence, and what a busy machine needs. */
    private static final Duration GONE = Duration.ofSeconds(60);

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static CaravanProcess one;
    /** Each test goes on with the one that the last has left. */
    private static CaravanProcess two;

    private final List<AutoCloseable> open = new ArrayList<>();
    private String room;

    @BeforeAll
    static void start() {
        rabbit = Brokers.emptyRabbit();
        redis = RealRedis.start();
        one = node();
    }

    @AfterAll
    static void stop() {
        oneIsAlone();
        one.close();
        redis.close();
    }

    @BeforeEach
    void aRoom() {
        room = ChatNode.room();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private static CaravanProcess node() {
        return CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--caravan.roles=chat",
                "--caravan.chat.rate=0",
                "--caravan.chat.isolated-after=5s");
    }

    private static CaravanProcess two() {
        if (two == null || !two.alive()) {
            two = node();
        }
        return two;
    }

    private static void oneIsAlone() {
        if (two != null) {
            two.close();
        }
    }

    private StompClient in(CaravanProcess node, String name) {
        StompClient client = StompClient.connect(node.http(), "1.2", "login", name);
        open.add(client);
        return client.subscribe("room", "/receive-endpoint/" + room);
    }

    private StompClient watching(CaravanProcess node, String destination) {
        StompClient client = StompClient.connect(node.http(), "1.2");
        open.add(client);
        return client.send("SUBSCRIBE", "", "id", "watch", "destination", destination);
    }

    private static List<String> heard(StompClient client, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> messageIn(client.frame("MESSAGE")))
                .toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @Test
    @Order(2)
    void messagesSentWhileTheBrokerIsAwayAreDeliveredOnceAndInOrderWhenItIsBack() {
        CaravanProcess two = two();
        StompClient ann = in(one, "ann");
        StompClient bob = in(two, "bob");
        StompClient notices = watching(one, "/notice-endpoint");
        IntStream.range(0, 50).forEach(i -> ann.say(room, "ann", "" + i));
        assertThat(heard(ann, 50)).isEqualTo(numbers(0, 50));
        assertThat(heard(bob, 50)).isEqualTo(numbers(0, 50));

        rabbit.stopApp();
        IntStream.range(50, 100).forEach(i -> ann.say(room, "ann", "" + i));
        assertThat(heard(ann, 50)).isEqualTo(numbers(50, 100));
        assertThat(notices.frame("MESSAGE").body()).contains("cluster-down");
        assertThat(bob.waiting()).isZero();

        rabbit.startApp();
        IntStream.range(100, 150).forEach(i -> ann.say(room, "ann", "" + i));
        assertThat(heard(ann, 50)).isEqualTo(numbers(100, 150));
        await().atMost(GONE).until(() -> bob.waiting() >= 100);
        assertThat(heard(bob, 100)).isEqualTo(numbers(50, 150));
        assertThat(notices.frame("MESSAGE").body()).contains("cluster-up");
        bob.say(room, "bob", "end");
        assertThat(messageIn(bob.frame("MESSAGE"))).isEqualTo("end");
        assertThat(messageIn(ann.frame("MESSAGE"))).isEqualTo("end");
    }

    @Test
    @Order(3)
    void whoWasOnANodeThatDiesHasLeftAndTheOthersGoOn() {
        CaravanProcess two = two();
        StompClient ann = in(one, "ann");
        in(two, "bob");
        StompClient watch = watching(one, "/presence-endpoint/" + room);
        Awaitility.await()
                .atMost(GONE)
                .until(() -> watch.frame("MESSAGE").body().contains("bob"));

        two.kill9();

        ann.say(room, "ann", "still here");
        assertThat(messageIn(ann.frame("MESSAGE"))).isEqualTo("still here");
        await().atMost(GONE).until(() -> watch.frame("MESSAGE").body().contains("\"left\":\"bob\""));
    }

    @Test
    @Order(1)
    void aSubscriberOfANodeThatJoinsALoneOneMissesNothing() {
        oneIsAlone();
        StompClient ann = in(one, "ann");
        await().atMost(GONE).until(() -> alone() == 1);
        try (CountsAloud numbers = new CountsAloud(ann, room)) {
            numbers.isHeardWhole(in(two(), "bob"));
            assertThat(alone()).isZero();
        }
    }

    @Test
    void eightWhoStopReadingAreCutAndTheOtherTwentyLoseNothing() throws Exception {
        List<StompClient> readers =
                IntStream.range(0, 20).mapToObj(i -> in(one, "reader" + i)).toList();
        List<Socket> stuck = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            stuck.add(neverReads(one.http()));
        }
        StompClient speaker = StompClient.connect(one.http(), "1.2");
        open.add(speaker);
        String text = "x".repeat(3900);
        int count = 0;
        double cutBefore = cut();
        while (cut() < cutBefore + 8) {
            for (int i = 0; i < 200; i++) {
                speaker.say(room, "s", count + " " + text);
                count++;
            }
            speaker.settle();
            int expected = count;
            await().atMost(GONE).until(() -> readers.stream().allMatch(reader -> reader.waiting() == expected));
        }
        for (StompClient reader : readers) {
            List<String> numbers = heard(reader, count).stream()
                    .map(message -> message.substring(0, message.indexOf(' ')))
                    .toList();
            assertThat(numbers).isEqualTo(numbers(0, count));
        }
    }

    private static double alone() {
        return one.api().metric("caravan.chat.isolated").orElseThrow();
    }

    private static double cut() {
        return one.api().metric("caravan.websocket.aborted").orElse(0);
    }

    /** Subscribes by hand and reads nothing but the answer to the handshake. */
    private Socket neverReads(URI http) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new java.net.InetSocketAddress(http.getHost(), http.getPort()));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.write(("GET /ws/chat HTTP/1.1\r\nHost: " + http.getAuthority()
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 101");
        byte[] frames = (StompClient.text("CONNECT", "", "accept-version", "1.2")
                        + StompClient.text("SUBSCRIBE", "", "id", "0", "destination", "/receive-endpoint/" + room))
                .getBytes(StandardCharsets.US_ASCII);
        out.writeByte(0x81); // text, whole
        out.writeByte(0x80 | 126); // masked, and its length in two bytes
        out.writeShort(frames.length);
        out.writeInt(0); // a mask that changes nothing
        out.write(frames);
        return socket;
    }
}
