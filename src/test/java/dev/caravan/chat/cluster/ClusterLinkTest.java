package dev.caravan.chat.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.Chats;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.ServerMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Two nodes, and the test is the broker between them. */
class ClusterLinkTest {
    private final AtomicLong clock = new AtomicLong(1);
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final PresenceRegistry presence = new PresenceRegistry("me");
    private final PresenceRegistry otherPresence = new PresenceRegistry("b");
    private final ClusterLink link = new ClusterLink(Chats.settings(0), "me", presence, registry, clock::get);
    private final ClusterLink other =
            new ClusterLink(Chats.settings(0), "b", otherPresence, new SimpleMeterRegistry(), clock::get);

    private static List<Object> batch(Object... items) {
        return new ArrayList<>(List.of(items));
    }

    private static ChatMessage message(String id, String origin) {
        return Chats.message("r", "hello", id, origin);
    }

    private static ClusterMessage read(String text) throws MessageRejected {
        return ClusterMessage.of(text, null);
    }

    private static String text(long number, Object... items) {
        return new ClusterMessage("b", number, false, List.of(items), null).text();
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private List<ChatItem> gone() {
        List<ChatItem> items = link.heartbeat();
        assertThat(items.remove(items.size() - 1)).isEqualTo(new ChatItem.Heartbeat());
        return items;
    }

    private double missed() {
        return registry.get("caravan.chat.cluster.missed").counter().count();
    }

    private static String notices(List<?> notices) {
        StringBuilder all = new StringBuilder();
        notices.forEach(notice -> all.append(new String(((ServerMessage) notice).body())));
        return all.toString();
    }

    // Writing

    @Test
    void numbersItsMessagesFromOneAndKeepsTheNumberOfOneSentAgain() throws Exception {
        List<Object> first = batch(message("1", "me"));
        assertThat(read(link.write(first)).number()).isEqualTo(1);
        link.confirmed();
        List<Object> second = batch(message("1", "me"));
        assertThat(read(link.write(second)).number())
                .as("an equal one, but another")
                .isEqualTo(2);
        link.failed(new IOException());
        link.receive(new ClusterMessage("me", 0, false, List.of(), null).text());
        pass(Duration.ofSeconds(6));
        assertThat(read(link.write(second)).number()).isEqualTo(2);
        link.confirmed();
        assertThat(read(link.write(batch())).number()).isEqualTo(3);
    }

    @Test
    void sendsStampedMessagesOfThisNodeAlone() {
        ChatMessage mine = message("1", "me");
        PresenceChange came = new PresenceChange("r", "ann", true, "me", true);

        assertThat(link.outgoing(batch(
                        mine,
                        message("2", "b"),
                        came,
                        new PresenceChange("r", "bob", true, "b", true),
                        Chats.message("r", "m", null, "me"),
                        new ServerMessage("/notice-endpoint", new byte[0]))))
                .containsExactly(mine, came);
    }

    // Reading

    @Test
    void receivesMessagesOfOthersInOrderAndOnce() throws Exception {
        assertThat(link.receive(text(1, message("1", "b"), message("2", "b"))))
                .containsExactly(message("1", "b"), message("2", "b"));
        assertThat(link.receive(text(2, message("3", "b")))).containsExactly(message("3", "b"));
        assertThat(link.receive(text(2, message("3", "b")))).isEmpty();
        assertThat(link.receive(text(1, message("1", "b")))).isEmpty();
        assertThat(registry.get("caravan.chat.cluster.received").counter().count())
                .isEqualTo(3);
        assertThat(missed()).isZero();
    }

    @Test
    void takesNothingOfItsOwn() throws Exception {
        assertThat(link.receive(link.write(batch(message("1", "me"))))).isEmpty();
    }

    @Test
    void countsMissedMessagesAndAsksWhoIsPresent() throws Exception {
        settle();
        link.receive(text(7));
        assertThat(missed())
                .as("messages before the first one received are not missed")
                .isZero();
        settle();
        link.receive(text(11));

        assertThat(missed()).isEqualTo(3);
        assertThat(read(link.write(batch())).asks()).isTrue();
    }

    @Test
    void tellsTheClientsOfThisNodeThatMessagesAreMissing() throws Exception {
        assertThat(link.receive(text(7, message("1", "b")))).hasSize(1);

        List<ChatItem> items = link.receive(text(9, message("3", "b")));

        assertThat(items).hasSize(2);
        assertThat(notices(items.subList(0, 1))).contains("\"cluster-missed\"", "may be missing");
        assertThat(items.get(1)).isEqualTo(message("3", "b"));
        assertThat(link.receive(text(10))).isEmpty();
        assertThat(link.outgoing(new ArrayList<>(items)))
                .as("other nodes miss nothing")
                .isEmpty();
    }

    @Test
    void anEmptyMessageOfAnUnknownNodeIsNoGap() throws Exception {
        link.receive(text(0));
        assertThat(link.receive(text(57, message("1", "b")))).hasSize(1);
        assertThat(missed()).isZero();
    }

    @Test
    void rejectsWhatIsNoClusterMessage() {
        assertThatThrownBy(() -> link.receive("{}")).isInstanceOf(MessageRejected.class);
    }

    // Who is there

    private void settle() throws Exception {
        link.write(batch());
        link.confirmed();
    }

    @Test
    void asksAtTheBeginningAndNotAgain() throws Exception {
        ClusterMessage first = read(link.write(batch()));
        assertThat(first.asks()).isTrue();
        assertThat(first.present()).isEmpty();
        link.confirmed();
        ClusterMessage second = read(link.write(batch()));
        assertThat(second.asks()).isFalse();
        assertThat(second.present()).isNull();
    }

    @Test
    void twoNodesLearnWhoIsOnTheOther() throws Exception {
        presence.change("r", "ann", true);
        otherPresence.change("r", "bob", true);
        settle(); // before the other was there
        for (int i = 0; i < 2; i++) {
            String theirs = other.write(batch());
            other.confirmed();
            link.receive(theirs);
            String mine = link.write(batch());
            link.confirmed();
            other.receive(mine);
        }
        assertThat(presence.people("r")).containsExactly("ann", "bob");
        assertThat(otherPresence.people("r")).containsExactly("ann", "bob");
        assertThat(read(link.write(batch())).present()).isNull();
    }

    @Test
    void announcesWithTheNextMessageIfAskedWhileOneIsOnItsWay() throws Exception {
        link.receive(text(1));
        settle();
        link.write(batch());
        link.receive(new ClusterMessage("b", 2, true, List.of(), null).text());
        link.confirmed();

        assertThat(read(link.write(batch())).present()).isNotNull();
        link.confirmed();
        assertThat(read(link.write(batch())).present()).isNull();
    }

    @Test
    void anUnconfirmedAnnouncementIsSentAgain() throws Exception {
        settle();
        link.receive(new ClusterMessage("b", 1, true, List.of(), null).text());
        List<Object> batch = batch();
        assertThat(read(link.write(batch)).present()).isNotNull();
        link.failed(new IOException());
        link.receive(new ClusterMessage("me", 0, false, List.of(), null).text());
        pass(Duration.ofSeconds(6));
        ClusterMessage again = read(link.write(batch));
        assertThat(again.present()).isNotNull();
        assertThat(again.asks()).as("b was unknown").isTrue();
    }

    @Test
    void receivesPresenceFromARepeatedMessageToo() throws Exception {
        link.receive(text(1, message("1", "b")));

        List<ChatItem> received = link.receive(
                new ClusterMessage("b", 1, false, List.of(message("1", "b")), Map.of("r", Set.of("bob"))).text());
        assertThat(received).containsExactly(new PresenceChange("r", "bob", true, "b", true));
    }

    @Test
    void receivesPresenceChangesOfOthers() throws Exception {
        assertThat(link.receive(text(1, new PresenceChange("r", "bob", true, "b", false))))
                .containsExactly(new PresenceChange("r", "bob", true, "b", true));
        assertThat(presence.people("r")).containsExactly("bob");
    }

    @Test
    void participantsOfASilentNodeHaveLeft() throws Exception {
        link.receive(text(1, new PresenceChange("r", "bob", true, "b", false)));
        pass(Duration.ofSeconds(6));
        assertThat(gone()).isEmpty();
        pass(Duration.ofSeconds(2));
        assertThat(gone()).containsExactly(new PresenceChange("r", "bob", false, "b", true));
        assertThat(gone()).isEmpty();
        assertThat(presence.people("r")).isEmpty();
    }

    @Test
    void aNodeThatReturnsIsAskedAndDeliversNothingTwice() throws Exception {
        link.receive(text(5, message("1", "b")));
        settle();
        pass(Duration.ofSeconds(8));
        gone();

        assertThat(link.receive(text(0))).isEmpty();
        assertThat(link.receive(text(5, message("1", "b"))))
                .as("its confirm was lost")
                .isEmpty();
        assertThat(read(link.write(batch())).asks()).isTrue();
        assertThat(link.receive(text(6, message("2", "b")))).hasSize(1);
        assertThat(missed()).isZero();
    }

    @Test
    void aNodeThatStaysAwayIsForgotten() throws Exception {
        link.receive(text(5));
        pass(Duration.ofHours(2));
        gone();
        assertThat(link.receive(text(3, message("1", "b")))).hasSize(1);
    }

    // A message that the broker takes

    @Test
    void announcesManyParticipantsInSeveralMessages() throws Exception {
        for (int i = 0; i < 15_000; i++) {
            presence.change("r", "%0100d".formatted(i), true);
        }

        String first = link.write(batch());
        assertThat(first.length()).isLessThan(1_500_000);
        other.receive(first);
        assertThat(otherPresence.people("r").size()).isBetween(5_000, 14_999);
        assertThat(read(link.write(batch())).after()).as("not confirmed yet").isNull();
        link.confirmed();
        ClusterMessage second = read(link.write(batch()));
        assertThat(second.after()).isNotNull();
        assertThat(second.upTo()).isNull();
        other.receive(second.text());
        link.confirmed();

        assertThat(otherPresence.people("r")).hasSize(15_000);
        assertThat(read(link.write(batch())).present()).isNull();
    }

    @Test
    void aBatchThatIsTooLargeBecomesSeveralMessages() throws Exception {
        settle();
        List<Object> batch = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            batch.add(Chats.message("r", "x".repeat(6000), "" + i, "me"));
        }
        List<Object> received = new ArrayList<>();

        String first = link.write(batch);
        assertThat(first.length()).isLessThan(2 << 20);
        assertThat(link.write(batch)).as("again, since it was not confirmed").isEqualTo(first);
        received.addAll(other.receive(first));
        assertThatThrownBy(link::confirmed).as("so that the batch comes again").isInstanceOf(MessageRejected.class);
        assertThat(link.failed(rejection())).isEmpty();
        received.addAll(other.receive(link.write(batch)));
        link.confirmed();

        assertThat(received).isEqualTo(batch);
        assertThat(read(link.write(batch())).items()).isEmpty();
    }

    // The broker is away

    @Test
    void notifiesOnceThatTheBrokerIsAwayAndThatItIsBack() throws Exception {
        List<Object> batch = batch(message("1", "me"));
        link.write(batch);
        assertThat(notices(link.failed(new IOException()))).contains("cluster-down");
        link.write(batch);
        assertThat(link.failed(new IOException())).isEmpty();

        link.receive(link.write(batch));
        pass(Duration.ofSeconds(6));
        assertThat(read(link.write(batch)).items()).hasSize(1);
        assertThat(notices(link.confirmed())).contains("cluster-up");
        assertThat(link.confirmed()).isEmpty();
    }

    @Test
    void sendsEmptyMessagesUntilOthersHadTheTimeToReturn() throws Exception {
        List<Object> batch = batch(message("1", "me"));
        link.write(batch);
        link.failed(new IOException());
        pass(Duration.ofMinutes(1));

        ClusterMessage empty = read(link.write(batch));
        assertThat(empty.number()).isZero();
        assertThat(empty.items()).isEmpty();
        assertThatThrownBy(link::confirmed).as("so that the batch comes again").isInstanceOf(MessageRejected.class);
        assertThat(link.failed(rejection())).as("no other notice").isEmpty();
        assertThat(read(link.write(batch)).number())
                .as("the own one has not come back")
                .isZero();

        link.receive(empty.text());
        pass(Duration.ofMillis(4900));
        assertThat(read(link.write(batch)).number()).isZero();
        pass(Duration.ofMillis(200));
        assertThat(read(link.write(batch)).number()).isEqualTo(1);
        link.confirmed();
    }

    private static MessageRejected rejection() {
        return new MessageRejected("The broker is back");
    }

    @Test
    void beginsToWaitAnewIfTheBrokerGoesAwayAgain() throws Exception {
        List<Object> batch = batch(message("1", "me"));
        link.write(batch);
        link.failed(new IOException());
        link.receive(link.write(batch));
        pass(Duration.ofSeconds(4));
        link.write(batch);
        link.failed(new IOException());
        pass(Duration.ofSeconds(4));

        assertThat(read(link.write(batch)).number()).isZero();
        link.receive(link.write(batch));
        pass(Duration.ofSeconds(6));
        assertThat(read(link.write(batch)).number()).isEqualTo(1);
    }

    @Test
    void failsSoThatTheBatchIsSentAgain() {
        IOException failure = new IOException();
        assertThatThrownBy(() -> link.retry(failure)).isSameAs(failure);
    }

    // Alone

    /** Its heartbeats go out and come back for as long. */
    private void heartbeats(Duration time) throws Exception {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusSeconds(2)) {
            pass(Duration.ofSeconds(2));
            link.receive(link.write(link.outgoing(link.heartbeat())));
            link.confirmed();
        }
    }

    private double alone() {
        return registry.get("caravan.chat.isolated").gauge().value();
    }

    @Test
    void aNodeThatReceivesNothingForHalfAMinuteSendsNothing() throws Exception {
        heartbeats(Duration.ofSeconds(30));
        assertThat(link.outgoing(batch(message("1", "me")))).hasSize(1);
        assertThat(alone()).isZero();

        heartbeats(Duration.ofSeconds(2));
        assertThat(alone()).isEqualTo(1);
        assertThat(link.outgoing(batch(message("2", "me"), new PresenceChange("r", "ann", true, "me", true))))
                .isEmpty();
        assertThat(link.outgoing(link.heartbeat()))
                .as("but that it is there")
                .containsExactly(new ChatItem.Heartbeat());
    }

    @Test
    void aNewNodeGetsTheMessagesOfTheLastSecondsOnceAndInOrder() throws Exception {
        heartbeats(Duration.ofSeconds(32));
        link.outgoing(batch(message("1", "me")));
        heartbeats(Duration.ofSeconds(8));
        link.outgoing(batch(message("2", "me"), message("x", "b")));
        link.outgoing(batch(message("3", "me")));
        pass(Duration.ofSeconds(1));

        link.receive(text(0));

        assertThat(alone()).isZero();
        assertThat(link.outgoing(batch(message("4", "me"))))
                .containsExactly(message("2", "me"), message("3", "me"), message("4", "me"));
        assertThat(link.outgoing(batch(message("5", "me")))).containsExactly(message("5", "me"));
    }

    @Test
    void aNewNodeGetsThemWithTheNextHeartbeatIfNothingElseIsSent() throws Exception {
        heartbeats(Duration.ofSeconds(32));
        link.outgoing(batch(message("1", "me")));
        link.receive(text(0));
        assertThat(link.outgoing(link.heartbeat())).containsExactly(message("1", "me"), new ChatItem.Heartbeat());
    }

    @Test
    void waitsForAKnownNodeThatFallsSilent() throws Exception {
        heartbeats(Duration.ofSeconds(20));
        link.receive(text(1));
        heartbeats(Duration.ofSeconds(30));
        assertThat(link.outgoing(batch(message("1", "me")))).hasSize(1);
        heartbeats(Duration.ofSeconds(2));
        assertThat(link.outgoing(batch(message("1", "me")))).isEmpty();
    }

    @Test
    void aNodeThatDoesNotReceiveItselfIsNotAlone() throws Exception {
        heartbeats(Duration.ofSeconds(32));
        pass(Duration.ofSeconds(2));
        link.outgoing(batch(message("1", "me")));
        pass(Duration.ofSeconds(3));

        assertThat(link.outgoing(batch(message("2", "me")))).containsExactly(message("1", "me"), message("2", "me"));
    }

    @Test
    void nobodyIsAloneWhileTheBrokerIsAwayNorForHalfAMinuteAfter() throws Exception {
        heartbeats(Duration.ofSeconds(32));
        link.outgoing(batch(message("1", "me")));
        List<ChatItem> heartbeat = link.heartbeat();
        link.write(heartbeat);
        List<?> notices = link.failed(new IOException());
        assertThat(link.outgoing(notices)).as("delivered here at once").containsExactly(message("1", "me"));

        pass(Duration.ofMinutes(1));
        link.receive(link.write(heartbeat));
        pass(Duration.ofSeconds(6));
        link.receive(link.write(heartbeat));
        assertThat(link.outgoing(batch(message("2", "me")))).hasSize(1);
        link.confirmed();
        heartbeats(Duration.ofSeconds(30));
        assertThat(link.outgoing(batch(message("3", "me")))).hasSize(1);
        heartbeats(Duration.ofSeconds(2));
        assertThat(link.outgoing(batch(message("4", "me")))).isEmpty();
    }

    @Test
    void keepsTheLastTenThousandMessagesForANewNode() throws Exception {
        heartbeats(Duration.ofSeconds(32));
        for (int i = 0; i < RecentMessages.MOST + 5; i++) {
            link.outgoing(batch(message("" + i, "me")));
        }
        link.receive(text(0));
        List<ChatItem> sent = link.outgoing(batch());
        assertThat(sent).hasSize(RecentMessages.MOST).startsWith(message("5", "me"));
    }

    // Lag

    @Test
    void theLagIsHowLongAnOwnMessageTakesToComeBack() throws Exception {
        String first = link.write(batch(message("1", "me")));
        String second = link.write(batch(message("2", "me")));
        pass(Duration.ofMillis(30));
        link.receive(first);
        pass(Duration.ofMillis(500));
        link.receive(second); // not measured: one at a time
        String third = link.write(batch(message("3", "me")));
        pass(Duration.ofMillis(10));
        link.receive(third);

        var lag = registry.get("caravan.chat.cluster.lag").timer();
        assertThat(lag.count()).isEqualTo(2);
        assertThat(lag.max(java.util.concurrent.TimeUnit.MILLISECONDS)).isEqualTo(30);
    }
}
