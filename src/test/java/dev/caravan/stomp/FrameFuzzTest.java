package dev.caravan.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Seeded, so that what fails once fails again. */
class FrameFuzzTest {
    private static final String STREAM = "\nCONNECT\naccept-version:1.0,1.2\nhost:a\n\n\0\r\n"
            + "SUBSCRIBE\nid:sub-0\ndestination:/receive-endpoint/é\\c\\n\\\\\n\n\0"
            + "SEND\r\ndestination:/a\r\ncontent-length:4\r\nreceipt:1\r\n\r\na\0b\n\0\n"
            + "SEND\ndestination:/a\n\n\uD83D\uDC2B\0DISCONNECT\nreceipt:9\n\n\0";

    @ParameterizedTest
    @EnumSource
    void readsTheSameHoweverTheBytesAreCut(Version version) {
        byte[] bytes = Bytes.of(STREAM);
        List<String> whole = Bytes.outcome(version, bytes);
        assertThat(whole).hasSize(5);

        for (int i = 0; i <= bytes.length; i++) {
            for (int j = i; j <= bytes.length; j++) {
                assertThat(Bytes.outcome(version, bytes, i, j)).isEqualTo(whole);
            }
        }
        assertThat(oneByOne(version, bytes)).isEqualTo(whole);
    }

    @ParameterizedTest
    @EnumSource
    void neverFailsOtherwiseThanWithAStompException(Version version) {
        Random random = new Random(4711 + version.ordinal());
        String alphabet = "\n\n\r\0\0:\\cnrt SEND0123456789\u00e9";
        int refused = 0;
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(bytes.length);
                bytes[at] = random.nextInt(8) == 0
                        ? (byte) random.nextInt(256)
                        : (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            int cut = random.nextInt(bytes.length);
            List<String> outcome = Bytes.outcome(version, bytes);
            assertThat(Bytes.outcome(version, bytes, cut)).as("round %s", round).isEqualTo(outcome);
            assertThat(oneByOne(version, bytes)).as("round %s", round).isEqualTo(outcome);
            if (outcome.stream().allMatch(line -> line.contains(" ["))) {
                read++;
            } else {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThat(read).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrote(Version version) throws StompException {
        Random random = new Random(42 + version.ordinal());
        for (int round = 0; round < 20_000; round++) {
            Frame frame = any(random, version);
            List<Frame> frames = new ArrayList<>();
            FrameReader reader = new FrameReader(Limits.DEFAULT);
            reader.version(version);
            Bytes.readAll(reader, FrameWriter.write(frame, version), frames::add);
            assertThat(frames).hasSize(1);
            assertThat(frames.get(0).headers().stream()
                            .filter(header -> !header.name().equals("content-length")))
                    .isEqualTo(frame.headers());
            assertThat(frames.get(0).body()).isEqualTo(frame.body());
        }
    }

    @Test
    void holdsNoMoreThanWhatCame() throws StompException {
        // 20 000 readers that were promised 64 KB each would need 1.3 GB if they believed it.
        List<FrameReader> readers = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            FrameReader reader = new FrameReader(Limits.DEFAULT);
            Bytes.readAll(reader, ByteBuffer.wrap(Bytes.of("SEND\ncontent-length:65536\n\n")), frame -> {});
            readers.add(reader);
        }
        assertThat(readers).hasSize(20_000);
    }

    private static Frame any(Random random, Version version) {
        Frame.Builder frame = Frame.of(random.nextBoolean() ? Command.SEND : Command.MESSAGE);
        for (int i = random.nextInt(6); i > 0; i--) {
            frame.header("h" + any(random, version, true), any(random, version, false));
        }
        byte[] body = new byte[random.nextInt(300)];
        random.nextBytes(body);
        return frame.body(body).build();
    }

    /** Only what the version can say. */
    private static String any(Random random, Version version, boolean name) {
        String alphabet =
                switch (version) {
                    case V1_0 -> name ? "ab\\é" : "ab\\é:\uD83D\uDC2B";
                    case V1_1 -> "ab \\é:\n";
                    case V1_2 -> "ab \\é:\n\r\u20ac";
                };
        int[] points = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }

    private static List<String> oneByOne(Version version, byte[] bytes) {
        int[] cuts = new int[bytes.length];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i + 1;
        }
        return Bytes.outcome(version, bytes, cuts);
    }
}
