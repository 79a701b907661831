package dev.caravan.chat.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.Chats;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.cluster.ClusterMessage;
import dev.caravan.chat.session.AckMode;
import dev.caravan.chat.session.HistoryRequest;
import dev.caravan.chat.session.Subscription;
import dev.caravan.chat.session.SubscriptionItem;
import dev.caravan.stomp.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class ChatHistoryTest {
    private final AtomicLong clock = new AtomicLong();
    private final ChatHistory history = new ChatHistory(Chats.settings(3), "me", clock::get);

    private static ChatMessage message(String room, int id, String origin) {
        return Chats.message(room, "message " + id, "" + id, origin);
    }

    private List<String> replay(String room, int most, Object stored) {
        Subscription subscription = new Subscription(
                Chats.session("key", Version.V1_2), "1", true, Destinations.ROOM + room, AckMode.AUTO, 1, true, 10);
        SubscriptionItem.Replay replay = history.replay(new HistoryRequest(subscription, room, most, null), stored);
        assertThat(replay.subscription()).isSameAs(subscription);
        return replay.history().stream().map(ChatMessage::id).toList();
    }

    private List<String> chunk(ChatMessage... messages) {
        return history.chunks(List.of(messages)).stream()
                .map(ChatHistory.Chunk::text)
                .toList();
    }

    @Test
    void storesTheMessagesOfThisNodeAlone() {
        ChatMessage mine = message("r", 1, "me");

        assertThat(history.keep(List.of(
                        mine,
                        message("r", 2, "b"),
                        new PresenceChange("r", "ann", true, "me", true),
                        Chats.message("r", "never stamped", null, "me"))))
                .containsExactly(mine);
        assertThat(replay("r", 3, List.of())).containsExactly("1", "2");
    }

    @Test
    void storesOneElementForEachRoomWithItsLastMessages() throws MessageRejected {
        List<ChatHistory.Chunk> chunks = history.chunks(List.of(
                message("r", 1, "me"),
                message("s", 2, "me"),
                message("r", 3, "me"),
                message("r", 4, "me"),
                message("r", 5, "me")));

        assertThat(chunks).extracting(ChatHistory.Chunk::key).containsExactly("Chat:history:r", "Chat:history:s");
        assertThat(ClusterMessage.of(chunks.get(0).text(), null).items())
                .isEqualTo(List.of(message("r", 3, "me"), message("r", 4, "me"), message("r", 5, "me")));
    }

    @Test
    void setsWhatRedisKeeps() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(camel);
            exchange.getMessage().setBody(new ChatHistory.Chunk("Chat:history:r", "{}"));
            history.push(exchange);
            assertThat(exchange.getMessage().getHeaders())
                    .containsEntry("CamelRedis.Key", "Chat:history:r")
                    .containsEntry("CamelRedis.Value", "{}")
                    .containsEntry("CamelRedis.Start", -3L)
                    .containsEntry("CamelRedis.End", -1L)
                    .containsEntry("CamelRedis.Timeout", Duration.ofDays(7).toSeconds());
        }
    }

    @Test
    void givesWhatIsStoredAndThenWhatIsNotYetEachOnce() {
        List<String> stored = new ArrayList<>(chunk(message("r", 1, "me"), message("r", 2, "me")));
        history.keep(List.of(message("r", 2, "me"), message("s", 9, "me"), message("r", 3, "b")));

        assertThat(replay("r", 3, stored)).containsExactly("1", "2", "3");
        assertThat(replay("r", 2, stored)).containsExactly("2", "3");
        assertThat(replay("other", 3, List.of())).isEmpty();
    }

    @Test
    void keepsTheOrderThoughNotAllOfABusyMomentIsStored() {
        ChatMessage[] messages =
                IntStream.range(0, 20).mapToObj(i -> message("r", i, "me")).toArray(ChatMessage[]::new);
        history.keep(List.of(messages));

        assertThat(replay("r", 3, chunk(messages))).containsExactly("17", "18", "19");
    }

    @Test
    void replaysFromMemoryIfRedisIsAway() {
        history.keep(List.of(message("r", 1, "me")));

        assertThat(replay("r", 3, "the body before")).containsExactly("1");
        assertThat(replay("r", 3, null)).containsExactly("1");
    }

    @Test
    void passesOverWhatIsNotItsOwnInRedis() {
        List<String> stored = new ArrayList<>(List.of("nonsense", "{}"));
        stored.addAll(chunk(message("r", 1, "b")));

        assertThat(replay("r", 3, stored)).containsExactly("1");
    }

    @Test
    void forgetsAfterSomeSeconds() {
        history.keep(List.of(message("r", 1, "me")));
        clock.addAndGet(Duration.ofSeconds(6).toNanos());
        history.keep(List.of(message("r", 2, "me")));

        assertThat(replay("r", 3, List.of())).containsExactly("2");
    }

    @Test
    void keepsNoMoreThanItMay() {
        ChatHistory long_ = new ChatHistory(Chats.settings(20_000), "me", clock::get);
        IntStream.range(0, 12)
                .forEach(i -> long_.keep(IntStream.range(0, 1000)
                        .mapToObj(j -> message("r", i * 1000 + j, "me"))
                        .toList()));
        SubscriptionItem.Replay replay = long_.replay(new HistoryRequest(null, "r", 20_000, null), List.of());

        assertThat(replay.history()).hasSize(10_000);
        assertThat(replay.history().get(9999).id()).isEqualTo("11999");
    }

    @Test
    void keepsNothingIfItIsSwitchedOff() {
        ChatHistory off = new ChatHistory(Chats.settings(0), "me", clock::get);

        assertThat(off.keep(List.of(message("r", 1, "me")))).isEmpty();
        assertThat(off.replay(new HistoryRequest(null, "r", 5, null), List.of()).history())
                .isEmpty();
    }
}
