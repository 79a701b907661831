package dev.caravan.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a fuzzer finds that sees which branches its bytes take. Every build replays what it found, in
 * {@code FrameCoverageFuzzTestInputs}; with {@code JAZZER_FUZZ=1} in the environment it looks for more.
 */
class FrameCoverageFuzzTest {
    /** The first byte says by which version the others are read, and where they are cut. */
    @DictionaryEntries({
        "CONNECT\\x0A",
        "STOMP\\x0A",
        "CONNECTED\\x0A",
        "SEND\\x0A",
        "SUBSCRIBE\\x0A",
        "MESSAGE\\x0A",
        "ERROR\\x0D\\x0A",
        "content-length:",
        "content-length:4\\x0A\\x0A",
        "receipt:",
        "destination:/a\\x0A",
        "\\\\c",
        "\\\\n",
        "\\\\r",
        "\\\\\\\\",
        "\\x0D\\x0A",
        "\\x0A\\x0A",
        "\\xC3\\xA9"
    })
    @FuzzTest(maxDuration = "30s")
    void readsTheSameHoweverTheBytesAreCutAndWhatItWrote(byte[] input) {
        if (input.length == 0) {
            return;
        }
        Version version = Version.values()[(input[0] & 0xFF) % 3];
        byte[] bytes = new byte[input.length - 1];
        System.arraycopy(input, 1, bytes, 0, bytes.length);

        List<String> whole = Bytes.outcome(version, bytes);
        int cut = (input[0] & 0xFF) % (bytes.length + 1);
        assertThat(Bytes.outcome(version, bytes, cut)).isEqualTo(whole);
        int[] each = new int[bytes.length];
        for (int i = 0; i < each.length; i++) {
            each[i] = i + 1;
        }
        assertThat(Bytes.outcome(version, bytes, each)).isEqualTo(whole);
        writesWhatCanBeRead(version, bytes);
    }

    private static void writesWhatCanBeRead(Version version, byte[] bytes) {
        List<Frame> frames = new ArrayList<>();
        try {
            Bytes.readAll(reader(version), ByteBuffer.wrap(bytes), frames::add);
        } catch (StompException e) {
            // those before it are whole
        }
        for (Frame frame : frames) {
            if (frame.body().length > 0 && !frame.command().mayHaveBody()) {
                continue; // 1.0 does not forbid it, but nobody here writes it
            }
            List<Frame> again = new ArrayList<>();
            try {
                Bytes.readAll(reader(version), FrameWriter.write(frame, version), again::add);
            } catch (StompException e) {
                throw new AssertionError(frame.toString(), e);
            }
            assertThat(again).hasSize(1);
            assertThat(Bytes.describe(again.get(0))).isEqualTo(Bytes.describe(asWritten(frame, version)));
        }
    }

    /** What cannot be written in a frame that opens a connection, or in 1.0, becomes a space, which 1.0 strips. */
    private static Frame asWritten(Frame frame, Version version) {
        Frame.Builder written = Frame.of(frame.command());
        for (Frame.Header header : frame.headers()) {
            if (!header.name().equals("content-length")) {
                written.header(sayable(header.name(), frame, version), sayable(header.value(), frame, version));
            }
        }
        if (frame.command().mayHaveBody()) {
            written.header("content-length", "" + frame.body().length);
        }
        return written.body(frame.body()).build();
    }

    private static String sayable(String text, Frame frame, Version version) {
        Version escapes = frame.command().opens() ? Version.V1_0 : version;
        String written =
                switch (escapes) {
                    case V1_0, V1_1 -> text.replace('\r', ' ');
                    case V1_2 -> text;
                };
        return version == Version.V1_0 ? written.strip() : written;
    }

    private static FrameReader reader(Version version) {
        FrameReader reader = new FrameReader(new Limits(64, 65_536, 64 * 65_536, 65_536));
        reader.version(version);
        return reader;
    }
}
