package dev.caravan.chat;

import static dev.caravan.chat.Chats.messageIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One chat on two nodes, joined by a broker: a second one comes, and goes. */
@Timeout(120)
class TwoNodesTest {
    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    @Test
    void deliversMessagesAndPresenceOfBothOnceAndInOrder() throws Exception {
        String room = ChatNode.room();
        String destination = "/receive-endpoint/" + room;
        StompClient ann = NODE.connect("1.2", "login", "ann").subscribe("1", destination);
        StompClient watcher = NODE.connect("1.2");
        watcher.send("SUBSCRIBE", "", "id", "1", "destination", "/presence-endpoint/" + room);
        assertThat(list(watcher)).contains("\"present\":[\"ann\"]");
        double missed = missed();

        AutoCloseable second = NODE.join();
        try (second) {
            StompClient bob = NODE.connectToSecond("1.1", "login", "bob").subscribe("1", destination);
            assertThat(watcher.frame("MESSAGE").body()).contains("\"joined\":\"bob\"");
            AtomicInteger asked = new AtomicInteger();
            Awaitility.await().until(() -> {
                String id = "" + asked.incrementAndGet();
                StompClient other = NODE.connectToSecond("1.2");
                other.send("SUBSCRIBE", "", "id", id, "destination", "/presence-endpoint/" + room);
                return other.frame("MESSAGE").body().contains("\"present\":[\"ann\",\"bob\"]");
            });

            for (int i = 0; i < 100; i++) {
                ann.say(room, "ann", "a" + i);
                bob.say(room, "bob", "b" + i);
            }
            for (StompClient client : new StompClient[] {ann, bob}) {
                int[] next = new int[2];
                for (int i = 0; i < 200; i++) {
                    String text = messageIn(client.frame());
                    assertThat(text.substring(1)).isEqualTo("" + next[text.charAt(0) - 'a']++);
                }
            }
            ann.say(room, "ann", "with headers", "reply-to", "a\\cb\\nc", "sender-id", "forged");
            Got here = ann.frame("MESSAGE");
            Got there = bob.frame("MESSAGE");
            assertThat(there.header("reply-to")).isEqualTo("a:b\nc").isEqualTo(here.header("reply-to"));
            for (String header : new String[] {"message-id", "sent-at", "sender-id"}) {
                assertThat(there.header(header)).isNotEmpty().isEqualTo(here.header(header));
            }
            StompClient late = NODE.connectToSecond("1.2");
            late.send("SUBSCRIBE", "", "id", "1", "destination", destination, "history", "2");
            late.frame("MESSAGE");
            Got past = late.frame("MESSAGE");
            assertThat(past.header("history")).isEqualTo("true");
            for (String header : new String[] {"reply-to", "sent-at", "sender-id"}) {
                assertThat(past.header(header)).isEqualTo(here.header(header));
            }
            assertThat(late.settle().waiting()).isZero();
            assertThat(bob.settle().waiting()).isZero();
            assertThat(ann.settle().waiting()).isZero();
        }
        assertThat(watcher.frame("MESSAGE").body()).contains("\"left\":\"bob\"");
        ann.say(room, "ann", "alone again");
        assertThat(messageIn(ann.frame())).isEqualTo("alone again");
        assertThat(missed()).isEqualTo(missed);
    }

    @Test
    void aSubscriberOfANodeThatJoinsALoneOneMissesNothing() throws Exception {
        String room = ChatNode.room();
        StompClient ann = NODE.connect("1.2", "login", "ann");
        Awaitility.await().until(() -> alone() == 1);
        try (AutoCloseable second = NODE.join();
                CountsAloud numbers = new CountsAloud(ann, room)) {
            StompClient bob = NODE.connectToSecond("1.2").subscribe("1", "/receive-endpoint/" + room);
            numbers.isHeardWhole(bob);
            assertThat(alone()).isZero();
        }
    }

    /** The list of those present; the update of a participant who has just joined may come before it. */
    private static String list(StompClient watcher) {
        String body = watcher.frame("MESSAGE").body();
        return body.contains("\"present\"") ? body : watcher.frame("MESSAGE").body();
    }

    private static double missed() {
        return NODE.bean(MeterRegistry.class)
                .get("caravan.chat.cluster.missed")
                .counter()
                .count();
    }

    private static double alone() {
        return NODE.bean(MeterRegistry.class)
                .get("caravan.chat.isolated")
                .gauge()
                .value();
    }
}
