package dev.caravan.chat.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import org.junit.jupiter.api.Test;

class TransactionsTest {
    private final Transactions transactions = new Transactions(100);

    private static Frame frame(int body) {
        return Frame.of(Command.SEND).body(new byte[body]).build();
    }

    @Test
    void givesWhatWaitedInItsOrderAndOnce() throws StompException {
        Frame first = frame(1);
        Frame second = frame(2);
        transactions.begin("a");
        transactions.begin("b");
        transactions.add("a", first);
        transactions.add("b", frame(3));
        transactions.add("a", second);

        assertThat(transactions.end("a")).containsExactly(first, second);
        assertThatThrownBy(() -> transactions.end("a")).isInstanceOf(StompException.class);
        assertThat(transactions.end("b")).hasSize(1);
    }

    @Test
    void rejectsWhatIsNotOpenOrOpenAlready() throws StompException {
        assertThatThrownBy(() -> transactions.add("a", frame(0))).hasMessageContaining("no transaction a");
        assertThatThrownBy(() -> transactions.end("a")).hasMessageContaining("no transaction a");
        transactions.begin("a");
        assertThatThrownBy(() -> transactions.begin("a")).hasMessageContaining("open already");
    }

    @Test
    void holdsTenOpenAtTheMost() throws StompException {
        for (int i = 0; i < 10; i++) {
            transactions.begin("" + i);
        }
        assertThatThrownBy(() -> transactions.begin("10")).hasMessageContaining("More than 10");
        transactions.end("3");
        transactions.begin("10");
    }

    @Test
    void holdsAThousandFramesAtTheMostInAllOfThem() throws StompException {
        transactions.begin("a");
        transactions.begin("b");
        for (int i = 0; i < 1000; i++) {
            transactions.add(i % 2 == 0 ? "a" : "b", frame(0));
        }
        assertThatThrownBy(() -> transactions.add("a", frame(0))).hasMessageContaining("More waits");
    }

    @Test
    void holdsSixteenOfTheLargestBodiesAtTheMost() throws StompException {
        transactions.begin("a");
        for (int i = 0; i < 16; i++) {
            transactions.add("a", frame(100));
        }
        assertThatThrownBy(() -> transactions.add("a", frame(1))).hasMessageContaining("More waits");
    }

    @Test
    void countsHeadersToo() throws StompException {
        transactions.begin("a");
        Frame frame = Frame.of(Command.ACK).header("id", "x".repeat(998)).build();
        transactions.add("a", frame);
        assertThatThrownBy(() -> transactions.add("a", frame)).hasMessageContaining("More waits");
    }

    @Test
    void whatHasEndedMakesRoom() throws StompException {
        for (int i = 0; i < 5; i++) {
            transactions.begin("a");
            for (int j = 0; j < 16; j++) {
                transactions.add("a", frame(100));
            }
            assertThat(transactions.end("a")).hasSize(16);
        }
    }
}
