package dev.caravan.stomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By the clauses of the STOMP specifications 1.0, 1.1 and 1.2. */
class FrameReaderTest {
    private static Frame one(Version version, String text) throws StompException {
        List<Frame> frames = Bytes.read(version, text);
        assertThat(frames).hasSize(1);
        return frames.get(0);
    }

    private static void refuses(Version version, String text, String why) {
        assertThatThrownBy(() -> Bytes.read(version, text))
                .isInstanceOf(StompException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("all, frames: a command, headers, an empty line, a body, NUL")
    void readsAFrame(Version version) throws StompException {
        Frame frame = one(version, "SEND\ndestination:/queue/a\nreceipt:r-1\n\nhello queue a\0");

        assertThat(frame.command()).isEqualTo(Command.SEND);
        assertThat(frame.headers())
                .containsExactly(new Frame.Header("destination", "/queue/a"), new Frame.Header("receipt", "r-1"));
        assertThat(frame.text()).isEqualTo("hello queue a");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("1.2, augmented BNF: a line ends with LF or CR LF (in 1.0 and 1.1 the CR is skipped too)")
    void readsCarriageReturns(Version version) throws StompException {
        Frame frame = one(version, "SEND\r\ndestination:/queue/a\r\n\r\nhello\r\n\0\r\n");

        assertThat(frame.header("destination")).isEqualTo("/queue/a");
        assertThat(frame.text()).as("bodies are left alone").isEqualTo("hello\r\n");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("all, heart-beats and line ends between frames are no frames")
    void skipsLineEndsBetweenFrames(Version version) throws StompException {
        assertThat(Bytes.read(version, "\n\n\r\nBEGIN\ntransaction:a\n\n\0\n\r\nCOMMIT\ntransaction:a\n\n\0\n"))
                .extracting(Frame::command)
                .containsExactly(Command.BEGIN, Command.COMMIT);
        assertThat(Bytes.read(version, "\n\r\n\n")).isEmpty();
    }

    @Test
    @DisplayName("1.2: between frames there are line ends, not carriage returns alone")
    void rejectsALoneCarriageReturnBetweenFrames() {
        refuses(Version.V1_2, "\rSEND\n\n\0", "carriage return");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("all, body: content-length counts bytes, and NUL may be among them")
    void readsACountedBody(Version version) throws StompException {
        Frame frame = one(version, "SEND\ncontent-length:5\n\na\0é\0\0");

        assertThat(frame.body()).isEqualTo(Bytes.of("a\0é\0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\n", "\n\r\n", "\n\n\n\r\n", "content-length:0\n\n\r\n"})
    @DisplayName("1.1 and 1.2, body: CONNECT has none; line ends before its NUL are passed over")
    void readsPastLineEndsWhereNoBodyMayBe(String end) throws StompException {
        byte[] frames = Bytes.of("CONNECT\naccept-version:1.2\n" + end + "\0BEGIN\nid:a\n\n\0");
        for (int chunk : new int[] {1, 2, 1000}) {
            List<Frame> read = Bytes.read(Version.V1_2, new Limits(16, 100, 200, 0), frames, chunk);
            assertThat(read).extracting(Frame::command).containsExactly(Command.CONNECT, Command.BEGIN);
            assertThat(read.get(0).body()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\nx", "\r", "\r\r\n", "\n\rx"})
    void rejectsAllElseWhereNoBodyMayBe(String body) {
        refuses(Version.V1_2, "CONNECT\n\n" + body + "\0", "must not have a body");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("all, body: one without content-length ends with the first NUL")
    void endsAnUncountedBodyWithNul(Version version) throws StompException {
        assertThat(Bytes.read(version, "SEND\n\na\0SEND\n\nb\0"))
                .extracting(Bytes::describe)
                .containsExactly("SEND [] a", "SEND [] b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "", "1e1", "0x1", "+1", "1 2"})
    void rejectsAContentLengthThatIsNoNumber(String length) {
        refuses(Version.V1_2, "SEND\ncontent-length:" + length + "\n\nab\0", "content-length");
    }

    @ParameterizedTest
    @ValueSource(strings = {"65537", "2147483648", "99999999999999999", "99999999999999999999999999"})
    void rejectsALongContentLengthBeforeTheBodyComes(String length) {
        refuses(Version.V1_2, "SEND\ncontent-length:" + length + "\n\n", "larger than 65536");
    }

    @Test
    void rejectsABodyThatIsLongerThanItsContentLength() {
        refuses(Version.V1_2, "SEND\ncontent-length:1\n\nab\0", "longer than its content-length");
    }

    @Test
    void rejectsALongBodyWithoutContentLength() {
        refuses(Version.V1_2, "SEND\n\n" + "x".repeat(65537), "larger than 65536");
    }

    @ParameterizedTest
    @CsvSource({"V1_1, SUBSCRIBE", "V1_2, SUBSCRIBE", "V1_2, CONNECT", "V1_2, DISCONNECT", "V1_1, ACK", "V1_2, RECEIPT"
    })
    @DisplayName("1.1 and 1.2, body: only SEND, MESSAGE and ERROR may have one")
    void rejectsABodyWhereThereMustBeNone(Version version, String command) {
        refuses(version, command + "\nid:1\n\nbody\0", "must not have a body");
        refuses(version, command + "\nid:1\ncontent-length:4\n\nbody\0", "must not have a body");
    }

    @Test
    @DisplayName("1.0 says nothing of frames without bodies")
    void readsBodiesOfAnyFrameOf10() throws StompException {
        assertThat(one(Version.V1_0, "SUBSCRIBE\nid:1\n\nbody\0").text()).isEqualTo("body");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\n", "send\n\n\0", " SEND\n\n\0", "SENDX\n\n\0", "SEND \n\n\0", "é\n\n\0"})
    @DisplayName("all: commands are case sensitive, and no others are known")
    void rejectsUnknownCommands(String text) {
        refuses(Version.V1_2, text, "command is unknown");
    }

    @Test
    void rejectsALongCommandBeforeItEnds() {
        refuses(Version.V1_2, "A".repeat(18), "command is unknown");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("1.2, repeated header entries: the first one counts")
    void takesTheFirstOfRepeatedHeaders(Version version) throws StompException {
        Frame frame = one(version, "SEND\nfoo:World\nfoo:Hello\n\n\0");

        assertThat(frame.header("foo")).isEqualTo("World");
        assertThat(frame.headers()).hasSize(2);
        assertThat(one(version, "SEND\ncontent-length:1\ncontent-length:3\n\nb\0")
                        .text())
                .isEqualTo("b");
    }

    @Test
    @DisplayName("1.0, value encoding: there is none")
    void takesBackslashesOf10AsTheyAre() throws StompException {
        assertThat(one(Version.V1_0, "SEND\npath:C:\\t\\n\n\n\0").header("path"))
                .isEqualTo("C:\\t\\n");
    }

    @Test
    @DisplayName("1.1, value encoding: \\n, \\c and \\\\ in names and values")
    void readsEscapesOf11() throws StompException {
        assertThat(one(Version.V1_1, "SEND\na\\cb:\\\\n\\n\\c\n\n\0").headers())
                .containsExactly(new Frame.Header("a:b", "\\n\n:"));
    }

    @Test
    @DisplayName("1.2, value encoding: \\r as well")
    void readsEscapesOf12() throws StompException {
        assertThat(one(Version.V1_2, "SEND\na:\\r\\n\\c\\\\r\n\n\0").header("a"))
                .isEqualTo("\r\n:\\r");
    }

    @ParameterizedTest
    @CsvSource({"V1_1, \\t", "V1_1, \\r", "V1_2, \\t", "V1_2, \\C", "V1_2, a\\", "V1_1, a\\"})
    @DisplayName("1.1 and 1.2: an escape that is not defined is an error")
    void rejectsOtherEscapes(Version version, String value) {
        refuses(version, "SEND\na:" + value + "\n\n\0", "escape");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT", "STOMP", "CONNECTED"})
    @DisplayName("1.2: CONNECT and CONNECTED are not escaped, for the sake of 1.0")
    void takesBackslashesOfOpeningFramesAsTheyAre(String command) throws StompException {
        assertThat(one(Version.V1_2, command + "\npasscode:a\\tb\\n:c\n\n\0").header("passcode"))
                .isEqualTo("a\\tb\\n:c");
    }

    @Test
    @DisplayName("1.2: a carriage return in a header is escaped")
    void rejectsACarriageReturnInAHeaderOf12() throws StompException {
        refuses(Version.V1_2, "SEND\na:b\rc\n\n\0", "carriage return");
        assertThat(one(Version.V1_1, "SEND\na:b\rc\n\n\0").header("a")).isEqualTo("b\rc");
    }

    @Test
    @DisplayName("1.1 and 1.2: headers are not trimmed; 1.0 has examples with spaces")
    void trimsHeadersOf10Alone() throws StompException {
        String text = "SEND\nto : /queue/a \n\n\0";

        assertThat(one(Version.V1_0, text).header("to")).isEqualTo("/queue/a");
        assertThat(one(Version.V1_1, text).header("to ")).isEqualTo(" /queue/a ");
        assertThat(one(Version.V1_2, text).header("to ")).isEqualTo(" /queue/a ");
    }

    @Test
    @DisplayName("1.2: a value may be empty")
    void readsEmptyValues() throws StompException {
        assertThat(one(Version.V1_2, "SEND\na:\n\n\0").header("a")).isEmpty();
    }

    @Test
    void rejectsHeadersWithoutColonOrName() {
        refuses(Version.V1_2, "SEND\nabc\n\n\0", "no colon");
        refuses(Version.V1_2, "SEND\n:abc\n\n\0", "no name");
    }

    @Test
    void rejectsAFrameThatBreaksOffInItsHeaders() {
        refuses(Version.V1_2, "SEND\nabc:d\0", "ends before its headers");
        refuses(Version.V1_2, "SEND\0", "ends before its headers");
    }

    @Test
    @DisplayName("1.1 and 1.2: headers are UTF-8")
    void readsUtf8() throws StompException {
        assertThat(one(Version.V1_2, "SEND\nné:\uD83D\uDC2B \\c ü\n\nß\0").headers())
                .containsExactly(new Frame.Header("né", "\uD83D\uDC2B : ü"));
    }

    @Test
    void rejectsWhatIsNotUtf8() {
        byte[] bytes = "SEND\na:\u00ff\n\n\0".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Bytes.read(Version.V1_2, Limits.DEFAULT, bytes, 1))
                .hasMessage("A header is not UTF-8");
        Frame frame = Frame.of(Command.SEND)
                .header("receipt", "7")
                .body(new byte[] {(byte) 0xff})
                .build();
        assertThatThrownBy(frame::text).isInstanceOfSatisfying(StompException.class, e -> assertThat(e.receipt())
                .isEqualTo("7"));
    }

    @Test
    void holdsTheLimitsToTheByte() throws StompException {
        Limits limits = new Limits(2, 10, 13, 4);
        String fits = "SEND\na:12345678\r\nb:2\n\n1234\0";

        assertThat(Bytes.read(Version.V1_2, limits, Bytes.of(fits), 1)).hasSize(1);
        for (String[] over : new String[][] {
            {fits.replace("5678", "56789"), "longer than 10"},
            {fits.replace("\nb:2", "\nb:2\nc:3"), "more than 2 headers"},
            {fits.replace("\nb:2", "\nb:22"), "headers are longer than 13"},
            {fits.replace("1234\0", "12345\0"), "larger than 4"}
        }) {
            assertThatThrownBy(() -> Bytes.read(Version.V1_2, limits, Bytes.of(over[0]), 1))
                    .as(over[0])
                    .hasMessageContaining(over[1]);
        }
    }

    @Test
    void handsOutTheFramesBeforeAnErrorAndNoneAfterIt() {
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(Limits.DEFAULT);
        ByteBuffer bytes = ByteBuffer.wrap(Bytes.of("SEND\n\na\0SEND\nreceipt:9\nx\n\n\0SEND\n\nb\0"));

        assertThatThrownBy(() -> Bytes.readAll(reader, bytes, frames::add))
                .isInstanceOfSatisfying(
                        StompException.class, e -> assertThat(e.receipt()).isEqualTo("9"));
        assertThatThrownBy(() -> Bytes.readAll(reader, ByteBuffer.wrap(Bytes.of("SEND\n\nb\0")), frames::add))
                .isInstanceOf(StompException.class);
        assertThat(frames).hasSize(1);
    }

    @Test
    void readsByTheVersionThatIsSetWhileTheFirstFrameIsHandedOut() throws StompException {
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(Limits.DEFAULT);

        Bytes.readAll(reader, ByteBuffer.wrap(Bytes.of("CONNECT\n\n\0SEND\npath:C:\\t\n\n\0")), frame -> {
            reader.version(Version.V1_0);
            frames.add(frame);
        });

        assertThat(frames.get(1).header("path")).isEqualTo("C:\\t");
    }

    @Test
    void showsNoSecretsInLogs() throws StompException {
        assertThat(one(Version.V1_2, "CONNECT\npasscode:secret\n\n\0").toString())
                .doesNotContain("secret");
    }
}
