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
    private final ClusterLink relay = new ClusterLink(Chats.settings(0), "me", presence, registry, clock::get);
    private final ClusterLink other =
            new ClusterLink(Chats.settings(0), "b", otherPresence, new SimpleMeterRegistry(), clock::get);

    private static List<Object> batch(Object... items) {
        return new ArrayList<>(List.of(items));
    }

    private static ChatMessage said(String id, String origin) {
        return Chats.message("r", "hello", id, origin);
    }

    private static ClusterMessage letter(String text) throws MessageRejected {
        return ClusterMessage.of(text, null);
    }

    private static String text(long number, Object... items) {
        return new ClusterMessage("b", number, false, List.of(items), null).text();
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private List<ChatItem> gone() {
        List<ChatItem> items = relay.heartbeat();
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
    void numbersItsLettersFromOneAndKeepsTheNumberOfOneThatComesAgain() throws Exception {
        List<Object> first = batch(said("1", "me"));
        assertThat(letter(relay.write(first)).number()).isEqualTo(1);
        relay.confirmed();
        List<Object> second = batch(said("1", "me"));
        assertThat(letter(relay.write(second)).number())
                .as("an equal one, but another")
                .isEqualTo(2);
        relay.failed(new IOException());
        relay.receive(new ClusterMessage("me", 0, false, List.of(), null).text());
        pass(Duration.ofSeconds(6));
        assertThat(letter(relay.write(second)).number()).isEqualTo(2);
        relay.confirmed();
        assertThat(letter(relay.write(batch())).number()).isEqualTo(3);
    }

    @Test
    void passesOnWhatWasSaidHereAloneAndOnlyIfItHasBeenStamped() {
        ChatMessage mine = said("1", "me");
        PresenceChange came = new PresenceChange("r", "ann", true, "me", true);

        assertThat(relay.outgoing(batch(
                        mine,
                        said("2", "b"),
                        came,
                        new PresenceChange("r", "bob", true, "b", true),
                        Chats.message("r", "m", null, "me"),
                        new ServerMessage("/notice-endpoint", new byte[0]))))
                .containsExactly(mine, came);
    }

    // Reading

    @Test
    void takesWhatOthersSaidInOrderAndOnce() throws Exception {
        assertThat(relay.receive(text(1, said("1", "b"), said("2", "b"))))
                .containsExactly(said("1", "b"), said("2", "b"));
        assertThat(relay.receive(text(2, said("3", "b")))).containsExactly(said("3", "b"));
        assertThat(relay.receive(text(2, said("3", "b")))).isEmpty();
        assertThat(relay.receive(text(1, said("1", "b")))).isEmpty();
        assertThat(registry.get("caravan.chat.cluster.received").counter().count())
                .isEqualTo(3);
        assertThat(missed()).isZero();
    }

    @Test
    void takesNothingOfItsOwn() throws Exception {
        assertThat(relay.receive(relay.write(batch(said("1", "me"))))).isEmpty();
    }

    @Test
    void countsLettersThatNeverCameAndAsksWhoIsThere() throws Exception {
        settle();
        relay.receive(text(7));
        assertThat(missed())
                .as("what was before this node heard of the other is nobody's loss")
                .isZero();
        settle();
        relay.receive(text(11));

        assertThat(missed()).isEqualTo(3);
        assertThat(letter(relay.write(batch())).asks()).isTrue();
    }

    @Test
    void anEmptyLetterOfANodeThatWasNotKnownIsNoGap() throws Exception {
        relay.receive(text(0));
        assertThat(relay.receive(text(57, said("1", "b")))).hasSize(1);
        assertThat(missed()).isZero();
    }

    @Test
    void refusesWhatIsNoLetter() {
        assertThatThrownBy(() -> relay.receive("{}")).isInstanceOf(MessageRejected.class);
    }

    // Who is there

    private void settle() throws Exception {
        relay.write(batch());
        relay.confirmed();
    }

    @Test
    void asksAtTheBeginningAndNotAgain() throws Exception {
        ClusterMessage first = letter(relay.write(batch()));
        assertThat(first.asks()).isTrue();
        assertThat(first.present()).isEmpty();
        relay.confirmed();
        ClusterMessage second = letter(relay.write(batch()));
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
            relay.receive(theirs);
            String mine = relay.write(batch());
            relay.confirmed();
            other.receive(mine);
        }
        assertThat(presence.people("r")).containsExactly("ann", "bob");
        assertThat(otherPresence.people("r")).containsExactly("ann", "bob");
        assertThat(letter(relay.write(batch())).present()).isNull();
    }

    @Test
    void whoAsksWhileALetterIsOnItsWayIsAnsweredWithTheNext() throws Exception {
        relay.receive(text(1));
        settle();
        relay.write(batch());
        relay.receive(new ClusterMessage("b", 2, true, List.of(), null).text());
        relay.confirmed();

        assertThat(letter(relay.write(batch())).present()).isNotNull();
        relay.confirmed();
        assertThat(letter(relay.write(batch())).present()).isNull();
    }

    @Test
    void anAnswerThatDidNotGetThroughIsGivenAgain() throws Exception {
        settle();
        relay.receive(new ClusterMessage("b", 1, true, List.of(), null).text());
        List<Object> batch = batch();
        assertThat(letter(relay.write(batch)).present()).isNotNull();
        relay.failed(new IOException());
        relay.receive(new ClusterMessage("me", 0, false, List.of(), null).text());
        pass(Duration.ofSeconds(6));
        ClusterMessage again = letter(relay.write(batch));
        assertThat(again.present()).isNotNull();
        assertThat(again.asks()).as("b was news").isTrue();
    }

    @Test
    void whoIsThereIsHeardFromALetterThatComesAgainToo() throws Exception {
        relay.receive(text(1, said("1", "b")));

        List<ChatItem> heard = relay.receive(
                new ClusterMessage("b", 1, false, List.of(said("1", "b")), Map.of("r", Set.of("bob"))).text());
        assertThat(heard).containsExactly(new PresenceChange("r", "bob", true, "b", true));
    }

    @Test
    void comingsAndGoingsOfOthersAreTaken() throws Exception {
        assertThat(relay.receive(text(1, new PresenceChange("r", "bob", true, "b", false))))
                .containsExactly(new PresenceChange("r", "bob", true, "b", true));
        assertThat(presence.people("r")).containsExactly("bob");
    }

    @Test
    void whoWasOnANodeThatFallsSilentHasLeft() throws Exception {
        relay.receive(text(1, new PresenceChange("r", "bob", true, "b", false)));
        pass(Duration.ofSeconds(6));
        assertThat(gone()).isEmpty();
        pass(Duration.ofSeconds(2));
        assertThat(gone()).containsExactly(new PresenceChange("r", "bob", false, "b", true));
        assertThat(gone()).isEmpty();
        assertThat(presence.people("r")).isEmpty();
    }

    @Test
    void aNodeThatComesBackIsAskedAndSaysNothingTwice() throws Exception {
        relay.receive(text(5, said("1", "b")));
        settle();
        pass(Duration.ofSeconds(8));
        gone();

        assertThat(relay.receive(text(0))).isEmpty();
        assertThat(relay.receive(text(5, said("1", "b"))))
                .as("its confirm was lost")
                .isEmpty();
        assertThat(letter(relay.write(batch())).asks()).isTrue();
        assertThat(relay.receive(text(6, said("2", "b")))).hasSize(1);
        assertThat(missed()).isZero();
    }

    @Test
    void aNodeThatStaysAwayIsForgotten() throws Exception {
        relay.receive(text(5));
        pass(Duration.ofHours(2));
        gone();
        assertThat(relay.receive(text(3, said("1", "b")))).hasSize(1);
    }

    // The broker is away

    @Test
    void saysThatTheBrokerIsAwayOnceAndThatItIsBack() throws Exception {
        List<Object> batch = batch(said("1", "me"));
        relay.write(batch);
        assertThat(notices(relay.failed(new IOException()))).contains("relay-down");
        relay.write(batch);
        assertThat(relay.failed(new IOException())).isEmpty();

        relay.receive(relay.write(batch));
        pass(Duration.ofSeconds(6));
        assertThat(letter(relay.write(batch)).items()).hasSize(1);
        assertThat(notices(relay.confirmed())).contains("relay-up");
        assertThat(relay.confirmed()).isEmpty();
    }

    @Test
    void sendsEmptyLettersUntilOthersHaveHadTheTimeToComeBack() throws Exception {
        List<Object> batch = batch(said("1", "me"));
        relay.write(batch);
        relay.failed(new IOException());
        pass(Duration.ofMinutes(1));

        ClusterMessage empty = letter(relay.write(batch));
        assertThat(empty.number()).isZero();
        assertThat(empty.items()).isEmpty();
        assertThatThrownBy(relay::confirmed).as("so that the batch comes again").isInstanceOf(MessageRejected.class);
        assertThat(relay.failed(refusal())).as("no news").isEmpty();
        assertThat(letter(relay.write(batch)).number())
                .as("the own one has not come back")
                .isZero();

        relay.receive(empty.text());
        pass(Duration.ofMillis(4900));
        assertThat(letter(relay.write(batch)).number()).isZero();
        pass(Duration.ofMillis(200));
        assertThat(letter(relay.write(batch)).number()).isEqualTo(1);
        relay.confirmed();
    }

    private static MessageRejected refusal() {
        return new MessageRejected("The broker is back");
    }

    @Test
    void beginsToWaitAnewIfTheBrokerGoesAwayAgain() throws Exception {
        List<Object> batch = batch(said("1", "me"));
        relay.write(batch);
        relay.failed(new IOException());
        relay.receive(relay.write(batch));
        pass(Duration.ofSeconds(4));
        relay.write(batch);
        relay.failed(new IOException());
        pass(Duration.ofSeconds(4));

        assertThat(letter(relay.write(batch)).number()).isZero();
        relay.receive(relay.write(batch));
        pass(Duration.ofSeconds(6));
        assertThat(letter(relay.write(batch)).number()).isEqualTo(1);
    }

    @Test
    void letsTheBatchComeAgainWithWhatWasWrong() {
        IOException failure = new IOException();
        assertThatThrownBy(() -> relay.retry(failure)).isSameAs(failure);
    }

    // Alone

    /** Its beats go out and come back for as long. */
    private void beats(Duration time) throws Exception {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusSeconds(2)) {
            pass(Duration.ofSeconds(2));
            relay.receive(relay.write(relay.outgoing(relay.heartbeat())));
            relay.confirmed();
        }
    }

    private double alone() {
        return registry.get("caravan.chat.isolated").gauge().value();
    }

    @Test
    void aNodeThatHasHeardOfNoOtherForHalfAMinuteTellsNothing() throws Exception {
        beats(Duration.ofSeconds(30));
        assertThat(relay.outgoing(batch(said("1", "me")))).hasSize(1);
        assertThat(alone()).isZero();

        beats(Duration.ofSeconds(2));
        assertThat(alone()).isEqualTo(1);
        assertThat(relay.outgoing(batch(said("2", "me"), new PresenceChange("r", "ann", true, "me", true))))
                .isEmpty();
        assertThat(relay.outgoing(relay.heartbeat()))
                .as("but that it is there")
                .containsExactly(new ChatItem.Heartbeat());
    }

    @Test
    void aNodeThatComesIsToldWhatWasSaidInTheLastSecondsOnceAndInOrder() throws Exception {
        beats(Duration.ofSeconds(32));
        relay.outgoing(batch(said("1", "me")));
        beats(Duration.ofSeconds(8));
        relay.outgoing(batch(said("2", "me"), said("x", "b")));
        relay.outgoing(batch(said("3", "me")));
        pass(Duration.ofSeconds(1));

        relay.receive(text(0));

        assertThat(alone()).isZero();
        assertThat(relay.outgoing(batch(said("4", "me"))))
                .containsExactly(said("2", "me"), said("3", "me"), said("4", "me"));
        assertThat(relay.outgoing(batch(said("5", "me")))).containsExactly(said("5", "me"));
    }

    @Test
    void aNodeThatComesIsToldWithTheNextBeatIfNothingElseIsSaid() throws Exception {
        beats(Duration.ofSeconds(32));
        relay.outgoing(batch(said("1", "me")));
        relay.receive(text(0));
        assertThat(relay.outgoing(relay.heartbeat())).containsExactly(said("1", "me"), new ChatItem.Heartbeat());
    }

    @Test
    void aNodeThatWasHeardIsWaitedForWhenItFallsSilent() throws Exception {
        beats(Duration.ofSeconds(20));
        relay.receive(text(1));
        beats(Duration.ofSeconds(30));
        assertThat(relay.outgoing(batch(said("1", "me")))).hasSize(1);
        beats(Duration.ofSeconds(2));
        assertThat(relay.outgoing(batch(said("1", "me")))).isEmpty();
    }

    @Test
    void whoDoesNotHearItselfIsNotAlone() throws Exception {
        beats(Duration.ofSeconds(32));
        pass(Duration.ofSeconds(2));
        relay.outgoing(batch(said("1", "me")));
        pass(Duration.ofSeconds(3));

        assertThat(relay.outgoing(batch(said("2", "me")))).containsExactly(said("1", "me"), said("2", "me"));
    }

    @Test
    void nobodyIsAloneWhileTheBrokerIsAwayNorForHalfAMinuteAfter() throws Exception {
        beats(Duration.ofSeconds(32));
        relay.outgoing(batch(said("1", "me")));
        List<ChatItem> beat = relay.heartbeat();
        relay.write(beat);
        List<?> notices = relay.failed(new IOException());
        assertThat(relay.outgoing(notices)).as("delivered here at once").containsExactly(said("1", "me"));

        pass(Duration.ofMinutes(1));
        relay.receive(relay.write(beat));
        pass(Duration.ofSeconds(6));
        relay.receive(relay.write(beat));
        assertThat(relay.outgoing(batch(said("2", "me")))).hasSize(1);
        relay.confirmed();
        beats(Duration.ofSeconds(30));
        assertThat(relay.outgoing(batch(said("3", "me")))).hasSize(1);
        beats(Duration.ofSeconds(2));
        assertThat(relay.outgoing(batch(said("4", "me")))).isEmpty();
    }

    @Test
    void keepsTheLastTenThousandMessagesForOneThatComes() throws Exception {
        beats(Duration.ofSeconds(32));
        for (int i = 0; i < RecentMessages.MOST + 5; i++) {
            relay.outgoing(batch(said("" + i, "me")));
        }
        relay.receive(text(0));
        List<ChatItem> told = relay.outgoing(batch());
        assertThat(told).hasSize(RecentMessages.MOST).startsWith(said("5", "me"));
    }

    // Lag

    @Test
    void theLagIsHowLongAnOwnLetterTakesToComeBack() throws Exception {
        String first = relay.write(batch(said("1", "me")));
        String second = relay.write(batch(said("2", "me")));
        pass(Duration.ofMillis(30));
        relay.receive(first);
        pass(Duration.ofMillis(500));
        relay.receive(second); // not measured: one at a time
        String third = relay.write(batch(said("3", "me")));
        pass(Duration.ofMillis(10));
        relay.receive(third);

        var lag = registry.get("caravan.chat.cluster.lag").timer();
        assertThat(lag.count()).isEqualTo(2);
        assertThat(lag.max(java.util.concurrent.TimeUnit.MILLISECONDS)).isEqualTo(30);
    }
}
