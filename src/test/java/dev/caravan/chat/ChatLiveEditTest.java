package dev.caravan.chat;

import static dev.caravan.chat.Chats.messageIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.StompClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The routes of the chat are edited while people talk: it takes effect, nobody is disconnected and nothing is lost. */
@Timeout(120)
class ChatLiveEditTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String CHECK =
            """
                    - bean:
                        ref: chatMessages
                        method: check
            """;
    private static final String FILTER =
            """
                    - setBody:
                        expression:
                          jq:
                            expression: '.message |= gsub("darn"; "****") | tojson'
                            resultType: java.lang.String
            """;

    @RegisterExtension
    static final ChatNode NODE = new ChatNode();

    private final String room = ChatNode.room();
    private final String destination = "/receive-endpoint/" + room;

    /** The routes that the test has edited, by their files. */
    private final Map<String, String> edited = new HashMap<>();

    @AfterEach
    void restore() {
        Map.copyOf(edited).forEach((file, route) -> edit(file, InProcessNode.shipped(file), route));
    }

    /** Saves a file, and waits until its route is another one and runs. */
    private void edit(String file, String text, String route) {
        Route before = NODE.camel().getRoute(route);
        NODE.save(file, text);
        await().atMost(SOON).until(() -> NODE.camel().getRoute(route) != before);
        await().atMost(SOON)
                .until(() -> NODE.camel().getRouteController().getRouteStatus(route) == ServiceStatus.Started);
        if (text.equals(InProcessNode.shipped(file))) {
            edited.remove(file);
        } else {
            edited.put(file, route);
        }
    }

    @Test
    void aWordFilterTakesEffectWhileClientsPublish() {
        StompClient ann = NODE.connect("1.2").subscribe("1", destination);
        StompClient bob = NODE.connect("1.1").subscribe("1", destination).subscribe("r", "/rejected-endpoint");
        ann.say(room, "ann", "darn it");
        assertThat(messageIn(bob.frame())).isEqualTo("darn it");
        assertThat(messageIn(ann.frame())).isEqualTo("darn it");

        String shipped = InProcessNode.shipped("chat/publish");
        assertThat(shipped).contains(CHECK);
        edit("chat/publish", shipped.replace(CHECK, FILTER + CHECK), "chat-publish");

        ann.say(room, "ann", "darn it, darn é \\\"quoted\\\"");
        assertThat(messageIn(bob.frame())).isEqualTo("**** it, **** é \"quoted\"");
        assertThat(messageIn(ann.frame())).isEqualTo("**** it, **** é \"quoted\"");

        // What the filter cannot read is refused as ever.
        bob.send("SEND", "no json", "destination", "/send-endpoint/ws/chat");
        assertThat(bob.frame("MESSAGE").header("subscription")).isEqualTo("r");
        bob.say(room, "bob", "still here");
        assertThat(messageIn(ann.frame())).isEqualTo("still here");
    }

    @ParameterizedTest
    @CsvSource({
        "engine/chat, chat-receive",
        "engine/chat, chat-deliver",
    })
    void losesNothingWhileARouteIsReplaced(String file, String route) throws InterruptedException {
        StompClient listener = NODE.connect("1.2").subscribe("1", destination);
        // Many, so that none is too fast; whoever has its receipt has been heard before the next one speaks.
        List<StompClient> speakers =
                Stream.generate(() -> NODE.connect("1.2")).limit(10).toList();
        AtomicBoolean allEdited = new AtomicBoolean();
        AtomicInteger count = new AtomicInteger();
        Thread speaking = new Thread(() -> {
            while (!allEdited.get() || count.get() < 50) {
                int number = count.getAndIncrement();
                StompClient speaker = speakers.get(number % speakers.size());
                speaker.say(room, "a", "" + number, "receipt", "r").frame("RECEIPT");
            }
        });
        speaking.start();
        await().atMost(SOON).until(() -> count.get() > 20);
        for (int i = 1; i <= 3; i++) {
            int number = i;
            String text = InProcessNode.shipped(file)
                    .replaceFirst("(id: " + route + "\n    description: .*)", "$1, again " + number);
            assertThat(text).contains("again " + number);
            edit(file, text, route);
        }
        allEdited.set(true);
        speaking.join();

        for (int i = 0; i < count.get(); i++) {
            assertThat(messageIn(listener.frame())).isEqualTo("" + i);
        }
        assertThat(listener.settle().isOpen()).isTrue();
        assertThat(speakers)
                .allSatisfy(speaker -> assertThat(speaker.settle().isOpen()).isTrue());
    }

    @Test
    void aRouteThatForgetsToStampHarmsNobodyElse() {
        StompClient ann = NODE.connect("1.2").subscribe("1", destination);
        String shipped = InProcessNode.shipped("chat/publish");
        String stamp = CHECK.replace("method: check", "method: stamp");
        assertThat(shipped).contains(stamp);
        edit("chat/publish", shipped.replace(stamp, ""), "chat-publish");
        ann.say(room, "ann", "lost").settle();
        edit("chat/publish", shipped, "chat-publish");
        ann.say(room, "ann", "hello");
        assertThat(messageIn(ann.frame())).isEqualTo("hello");
    }
}
