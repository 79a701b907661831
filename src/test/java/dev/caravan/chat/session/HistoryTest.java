package dev.caravan.chat.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatMessages;
import dev.caravan.chat.Chats;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.cluster.PresenceRegistry;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who asks for history gets it before all else, nothing twice, and then its receipt. */
class HistoryTest {
    private final PresenceRegistry presence = new PresenceRegistry("here");
    private final ChatMessages messages = new ChatMessages(Chats.SETTINGS, Chats.ACCESS, "here", Clock.systemUTC());
    private final SubscriptionRegistry topics = new SubscriptionRegistry(messages, presence);

    @Test
    void aReceiptComesAfterTheHistoryAndBeforeLaterMessages() {
        Subscription subscription = subscription();
        topics.subscribe(subscription);

        List<String> frames =
                encode(List.of(message("meanwhile")), List.of(replay(subscription, "r-1"), message("later")));

        assertThat(frames).hasSize(4);
        assertThat(frames.get(0)).startsWith("MESSAGE").contains("history:true", "before");
        assertThat(frames.get(1)).startsWith("MESSAGE").contains("meanwhile").doesNotContain("history:true");
        assertThat(frames.get(2)).startsWith("RECEIPT").contains("receipt-id:r-1");
        assertThat(frames.get(3)).startsWith("MESSAGE").contains("later").doesNotContain("history:true");
    }

    @Test
    void nobodyGetsTwiceWhatOthersGotInTheBatchOfTheHistory() {
        Subscription other = new Subscription(
                Chats.session("other", Version.V1_2),
                "0",
                true,
                Destinations.ROOM + "lobby",
                AckMode.AUTO,
                100,
                false,
                1000);
        Subscription subscription = subscription();
        topics.subscribe(other);
        topics.subscribe(subscription);

        Map<Object, List<Object>> frames =
                topics.encode(List.of(message("meanwhile"), replay(subscription, null), message("later")));

        assertThat(sentTo("other", frames)).hasSize(2);
        assertThat(sentTo("key", frames)).hasSize(3);
        assertThat(sentTo("key", topics.encode(List.of(message("next"))))).hasSize(1);
    }

    /** A connection is named by its key, or by a collection that its key is in when the frames are sent. */
    private static List<Object> sentTo(String key, Map<Object, List<Object>> frames) {
        return frames.entrySet().stream()
                .filter(entry -> entry.getKey() instanceof Collection<?> keys
                        ? keys.contains(key)
                        : entry.getKey().equals(key))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
    }

    @Test
    void noReceiptIsGivenToWhoDoesNotAskForIt() {
        Subscription subscription = subscription();
        topics.subscribe(subscription);

        assertThat(encode(List.of(replay(subscription, null)))).singleElement().satisfies(frame -> assertThat(frame)
                .startsWith("MESSAGE"));
    }

    private Subscription subscription() {
        return new Subscription(
                Chats.session("key", Version.V1_2),
                "0",
                true,
                Destinations.ROOM + "lobby",
                AckMode.AUTO,
                100,
                true,
                1000);
    }

    private SubscriptionItem.Replay replay(Subscription subscription, String receipt) {
        return new SubscriptionItem.Replay(subscription, List.of(message("before")), receipt);
    }

    private ChatMessage message(String text) {
        return messages.stamp(new ChatMessage("lobby", "Bob", null, text, List.of(), null, null, null, "here"));
    }

    @SafeVarargs
    private List<String> encode(List<?>... batches) {
        return List.of(batches).stream()
                .flatMap(batch -> topics.encode(batch).values().stream())
                .flatMap(Collection::stream)
                .map(frame -> Chats.text((ByteBuffer) frame))
                .toList();
    }
}
