package dev.caravan.chat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.cluster.PresenceRegistry.Part;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PresenceRegistryTest {
    private final PresenceRegistry book = new PresenceRegistry("me");

    private static PresenceChange presence(String name, boolean joined, String origin, boolean news) {
        return new PresenceChange("r", name, joined, origin, news);
    }

    private PresenceChange heard(String name, boolean joined, String origin) {
        return book.apply(presence(name, joined, origin, false));
    }

    @Test
    void aNameCountsOnceHoweverManyConnectionsHaveIt() {
        assertThat(book.change("r", "ann", true)).isEqualTo(presence("ann", true, "me", true));
        assertThat(book.change("r", "ann", true)).isNull();
        assertThat(book.change("r", "ann", false)).isNull();
        assertThat(book.people("r")).containsExactly("ann");
        assertThat(book.change("r", "ann", false)).isEqualTo(presence("ann", false, "me", true));
        assertThat(book.people("r")).isEmpty();
        assertThat(book.local(null, 1000).rooms()).isEmpty();
    }

    @Test
    void aNameThatIsOnAnotherNodeTooIsNoNews() {
        assertThat(heard("ann", true, "b").visible()).isTrue();
        assertThat(book.change("r", "ann", true)).isEqualTo(presence("ann", true, "me", false));
        assertThat(heard("ann", true, "c").visible()).isFalse();
        assertThat(heard("ann", false, "b").visible()).isFalse();
        assertThat(book.change("r", "ann", false)).isEqualTo(presence("ann", false, "me", false));
        assertThat(book.people("r")).containsExactly("ann");
        assertThat(heard("ann", false, "c").visible()).isTrue();
        assertThat(book.people("r")).isEmpty();
    }

    @Test
    void aRepeatedChangeIsVisibleOnce() {
        assertThat(heard("ann", true, "b").visible()).isTrue();
        assertThat(heard("ann", true, "b").visible()).isFalse();
        assertThat(heard("ann", false, "b").visible()).isTrue();
        assertThat(heard("ann", false, "b").visible()).isFalse();
        assertThat(heard("nobody", false, "c").visible()).isFalse();
    }

    @Test
    void anAnnouncementReplacesTheOneBefore() {
        heard("ann", true, "b");
        heard("bob", true, "b");
        book.change("r", "bob", true);

        List<PresenceChange> changes = book.replaceAll("b", Map.of("r", Set.of("ann", "cid"), "s", Set.of("dan")));

        assertThat(changes)
                .containsExactlyInAnyOrder(
                        presence("cid", true, "b", true), new PresenceChange("s", "dan", true, "b", true));
        assertThat(book.people("r")).containsExactly("ann", "bob", "cid");
        assertThat(book.people("s")).containsExactly("dan");
    }

    @Test
    void participantsOfALostNodeHaveLeft() {
        heard("ann", true, "b");
        heard("bob", true, "b");
        heard("bob", true, "c");

        assertThat(book.replaceAll("b", Map.of())).containsExactly(presence("ann", false, "b", true));
        assertThat(book.people("r")).containsExactly("bob");
        assertThat(book.replaceAll("b", Map.of())).isEmpty();
    }

    @Test
    void announcesTheParticipantsOfThisNodeAlone() {
        book.change("r", "ann", true);
        book.change("s", "ann", true);
        heard("bob", true, "b");

        assertThat(book.local(null, 1000).rooms()).isEqualTo(Map.of("r", Set.of("ann"), "s", Set.of("ann")));
    }

    @Test
    void announcesManyParticipantsInParts() {
        PresenceRegistry other = new PresenceRegistry("other");
        for (String gone : List.of("aa", "c", "zz")) {
            other.apply(new PresenceChange("r", gone, true, "me", false));
            other.apply(new PresenceChange("t", gone, true, "me", false));
        }
        for (int i = 0; i < 100; i++) {
            book.change(i % 3 == 0 ? "r" : "r 2", "participant " + i, true);
        }

        int parts = 0;
        String after = null;
        do {
            Part part = book.local(after, 200);
            other.replace("me", part);
            after = part.upTo();
            parts++;
            if (parts == 3) {
                book.change("a", "new", true); // before what is told already: the others get it as a change
                other.apply(new PresenceChange("a", "new", true, "me", false));
            }
        } while (after != null);

        assertThat(parts).isBetween(5, 20);
        for (String room : List.of("a", "r", "r 2", "t")) {
            assertThat(other.people(room)).as(room).isEqualTo(book.people(room));
        }
    }
}
