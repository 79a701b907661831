package dev.caravan.chat.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.Chats;
import dev.caravan.stomp.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubscriptionTest {
    private final Session session = Chats.session("key", Version.V1_2);

    private Subscription subscription(AckMode ack, int window, boolean held, int bound) {
        return new Subscription(session, "id", true, "/receive-endpoint/r", ack, window, held, bound);
    }

    private static Delivery message(Object id) {
        return Delivery.ofServer("/receive-endpoint/r", String.valueOf(id), new byte[0]);
    }

    private static List<String> offer(Subscription to, int first, int last) {
        List<String> out = new ArrayList<>();
        IntStream.rangeClosed(first, last).forEach(i -> out.addAll(ids(to.offer(message(i)))));
        return out;
    }

    private static List<String> ids(List<Delivery> messages) {
        return messages.stream().map(Delivery::id).toList();
    }

    @Test
    void whatNeedsNoAcknowledgementIsSentAtOnce() {
        Subscription auto = subscription(AckMode.AUTO, 1, false, 1);

        assertThat(auto.isPlain()).isTrue();
        assertThat(offer(auto, 1, 3)).containsExactly("1", "2", "3");
    }

    @Test
    void noMoreIsSentThanTheWindowBeforeAnAcknowledgement() {
        Subscription client = subscription(AckMode.CLIENT, 2, false, 10);

        assertThat(client.isPlain()).isFalse();
        assertThat(offer(client, 1, 5)).containsExactly("1", "2");
        assertThat(client.acknowledge("1")).isTrue();
        assertThat(ids(client.release())).containsExactly("3");
        assertThat(ids(client.release())).isEmpty();
    }

    @Test
    void anAcknowledgementInTheModeClientCountsForAllBefore() {
        Subscription client = subscription(AckMode.CLIENT, 3, false, 10);
        offer(client, 1, 5);

        assertThat(client.acknowledge("2")).isTrue();
        assertThat(client.acknowledge("1")).as("it is acknowledged").isFalse();
        assertThat(ids(client.release())).containsExactly("4", "5");
        assertThat(client.acknowledge("nonsense")).isFalse();
        assertThat(client.acknowledge("5")).isTrue();
        assertThat(client.acknowledge("3")).isFalse();
    }

    @Test
    void anAcknowledgementInTheModeClientIndividualCountsForOne() {
        Subscription individual = subscription(AckMode.CLIENT_INDIVIDUAL, 3, false, 10);
        offer(individual, 1, 5);

        assertThat(individual.acknowledge("3")).isTrue();
        assertThat(individual.acknowledge("3")).isFalse();
        assertThat(ids(individual.release())).containsExactly("4");
        assertThat(individual.acknowledge("1")).isTrue();
        assertThat(ids(individual.release())).containsExactly("5");
    }

    @Test
    void historyComesFirstAndThenWhatCameMeanwhileOnce() {
        Subscription held = subscription(AckMode.AUTO, 1, true, 10);

        assertThat(held.isPlain()).isFalse();
        assertThat(offer(held, 3, 5)).isEmpty();
        assertThat(ids(held.replay(List.of(message(1), message(2), message(3), message(4)))))
                .containsExactly("1", "2", "3", "4", "5");
        assertThat(held.isPlain()).isTrue();
        assertThat(offer(held, 6, 6)).containsExactly("6");
    }

    @Test
    void whatCameMeanwhileIsInOrderThoughTheHistoryHasOnlyTheLastOfIt() {
        Subscription held = subscription(AckMode.AUTO, 1, true, 10);
        offer(held, 1, 2);

        assertThat(ids(held.replay(List.of(message(2))))).containsExactly("1", "2");
    }

    @Test
    void historyTooWaitsForAcknowledgements() {
        Subscription held = subscription(AckMode.CLIENT, 2, true, 10);
        offer(held, 4, 4);

        assertThat(ids(held.replay(List.of(message(1), message(2), message(3)))))
                .containsExactly("1", "2");
        held.acknowledge("2");
        assertThat(ids(held.release())).containsExactly("3", "4");
    }

    @Test
    void anOverflowIsReportedToTheSessionAndNothingMoreIsSent() {
        Subscription client = subscription(AckMode.CLIENT, 1, false, 2);
        offer(client, 1, 3);
        assertThat(session.isOverdue(System.nanoTime())).isFalse();

        assertThat(offer(client, 4, 4)).isEmpty();
        assertThat(session.isOverdue(System.nanoTime())).isTrue();
        client.acknowledge("1");
        assertThat(ids(client.release())).isEmpty();
        assertThat(offer(client, 5, 5)).isEmpty();
    }

    @Test
    void nothingIsSentAfterItsEnd() {
        Subscription held = subscription(AckMode.AUTO, 1, true, 10);
        offer(held, 1, 1);
        held.end();

        assertThat(ids(held.replay(List.of(message(0))))).isEmpty();
        assertThat(offer(held, 2, 2)).isEmpty();
    }
}
