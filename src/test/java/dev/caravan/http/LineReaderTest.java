package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.http.LineReader.Fault;
import dev.caravan.http.LineReader.Line;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    private static final int LONGEST = 20_000;

    private final BufferedBytes arriving = new BufferedBytes(100_000);
    private final LineReader reader = new LineReader(LONGEST, arriving);
    private final Pieces pieces = new Pieces();

    /** Whatever piece a body is cut into, its lines are the same. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 100})
    void linesAreTheSameWhereverTheBodyIsCut(int size) throws IOException {
        byte[] body = "{\"a\":\"grüße 🚋\"}\n\r\n  \t\n\u20ac\r\nlast".getBytes(UTF_8);
        List<Line> lines = new ArrayList<>();
        for (int from = 0; from < body.length; from += size) {
            pieces.add(Arrays.copyOfRange(body, from, Math.min(body.length, from + size)));
            for (Line line = reader.next(pieces); line != null; line = reader.next(pieces)) {
                lines.add(line);
            }
        }
        lines.add(reader.last());
        assertThat(lines).extracting(Line::number).containsExactly(1L, 4L, 5L);
        assertThat(lines)
                .extracting(line -> new String(line.bytes(), UTF_8))
                .containsExactly("{\"a\":\"grüße 🚋\"}", "\u20ac\r", "last");
        assertThat(reader.last()).isNull();
    }

    @Test
    void aBodyOfNothingOrOfBlankLinesHasNoLine() throws IOException {
        assertThat(reader.next(pieces)).isNull();
        assertThat(reader.last()).isNull();
        pieces.add("\n\n \r\n\t".getBytes(UTF_8));
        assertThat(reader.next(pieces)).isNull();
        assertThat(reader.last()).isNull();
        assertThat(reader.lines()).isEqualTo(4);
    }

    @Test
    void aLineMayBeAsLongAsItMayBe() throws IOException {
        pieces.add(("a".repeat(LONGEST) + "\n" + "b".repeat(LONGEST) + "\n").getBytes(UTF_8));
        assertThat(reader.next(pieces).bytes()).hasSize(LONGEST).containsOnly('a');
        assertThat(reader.next(pieces).bytes()).hasSize(LONGEST).containsOnly('b');
        assertThat(arriving.take(100_000)).isTrue();
    }

    @Test
    void aLongerLineIsDiscardedAndTheNextOneComesThrough() throws IOException {
        for (int i = 0; i < 100; i++) {
            pieces.add("a".repeat(10_000).getBytes(UTF_8));
        }
        pieces.add("\nb\n".getBytes(UTF_8));
        Line line = reader.next(pieces);
        assertThat(line.fault()).isEqualTo(Fault.TOO_LONG);
        assertThat(line.number()).isEqualTo(1);
        assertThat(line.bytes()).isEmpty();
        assertThat(reader.next(pieces)).isEqualToComparingFieldByField(new Line(2, "b".getBytes(UTF_8), null));
        assertThat(arriving.take(100_000)).isTrue();
    }

    @Test
    void aLineInOnePieceIsTooLongToo() throws IOException {
        LineReader small = new LineReader(3, arriving);
        pieces.add("aaa\nbbbb\nc\ndddd".getBytes(UTF_8));
        assertThat(small.next(pieces).fault()).isNull();
        assertThat(small.next(pieces).fault()).isEqualTo(Fault.TOO_LONG);
        assertThat(small.next(pieces).fault()).isNull();
        assertThat(small.next(pieces)).isNull();
        assertThat(small.last().fault()).isEqualTo(Fault.TOO_LONG);
    }

    @Test
    void aLineForWhichThereIsNoMemoryIsDiscarded() throws IOException {
        arriving.take(100_000);
        pieces.add(("small\n" + "a".repeat(15_000)).getBytes(UTF_8));
        assertThat(reader.next(pieces).fault()).isNull();
        assertThat(reader.next(pieces)).isNull();
        pieces.add("\nb\n".getBytes(UTF_8));
        assertThat(reader.next(pieces).fault()).isEqualTo(Fault.NO_ROOM);
        assertThat(reader.next(pieces).fault()).isNull();
        arriving.giveBack(100_000);
        assertThat(arriving.take(100_000)).isTrue();
    }

    @Test
    void whatWasTakenIsGivenBackAtTheEnd() throws IOException {
        pieces.add("a".repeat(15_000).getBytes(UTF_8));
        assertThat(reader.next(pieces)).isNull();
        assertThat(reader.arrivingNanos()).isPositive();
        assertThat(arriving.take(100_000)).isFalse();
        reader.close();
        assertThat(arriving.take(100_000)).isTrue();
    }

    /** What has arrived, piece by piece. */
    private static final class Pieces implements ArrivingBody.Source {
        private final Deque<byte[]> pieces = new ArrayDeque<>();

        void add(byte[] piece) {
            pieces.add(piece);
        }

        @Override
        public boolean isReady() {
            return !pieces.isEmpty();
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            byte[] piece = pieces.poll();
            int count = Math.min(length, piece.length);
            System.arraycopy(piece, 0, buffer, from, count);
            if (count < piece.length) {
                byte[] rest = Arrays.copyOfRange(piece, count, piece.length);
                pieces.addFirst(rest);
            }
            return count;
        }
    }
}
