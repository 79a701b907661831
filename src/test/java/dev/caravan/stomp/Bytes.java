package dev.caravan.stomp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reads text as STOMP in the tests, in any chunks. */
final class Bytes {
    private Bytes() {}

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<Frame> read(Version version, String text) throws StompException {
        return read(version, Limits.DEFAULT, of(text), Integer.MAX_VALUE);
    }

    static List<Frame> read(Version version, Limits limits, byte[] bytes, int chunk) throws StompException {
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(limits);
        reader.version(version);
        for (int i = 0; i < bytes.length; i += Math.min(chunk, bytes.length - i)) {
            readAll(reader, ByteBuffer.wrap(bytes, i, Math.min(chunk, bytes.length - i)), frames::add);
        }
        return frames;
    }

    /** Reads all bytes, and hands out each frame as soon as it is whole. */
    static void readAll(FrameReader reader, ByteBuffer bytes, Consumer<Frame> frames) throws StompException {
        for (Frame frame = reader.next(bytes); frame != null; frame = reader.next(bytes)) {
            frames.accept(frame);
        }
    }

    /** What comes of bytes, as text that can be compared: the frames, and the error if there is one. */
    static List<String> outcome(Version version, byte[] bytes, int... cuts) {
        List<String> outcome = new ArrayList<>();
        FrameReader reader = new FrameReader(new Limits(8, 64, 512, 128));
        reader.version(version);
        try {
            int from = 0;
            for (int to : cuts) {
                readAll(reader, ByteBuffer.wrap(bytes, from, to - from), frame -> outcome.add(describe(frame)));
                from = to;
            }
            readAll(reader, ByteBuffer.wrap(bytes, from, bytes.length - from), frame -> outcome.add(describe(frame)));
        } catch (StompException e) {
            outcome.add(e.getMessage() + " " + e.receipt());
        }
        return outcome;
    }

    static String describe(Frame frame) {
        return frame.command() + " " + frame.headers() + " " + new String(frame.body(), StandardCharsets.ISO_8859_1);
    }

    static String write(Frame frame, Version version) {
        return StandardCharsets.UTF_8.decode(FrameWriter.write(frame, version)).toString();
    }
}
