package dev.caravan.bench.stomp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Takes the STOMP frames out of what comes on a connection: the head of an HTTP upgrade, then messages of a WebSocket. */
public final class FrameReader {
    /** Gets what was read. */
    public interface Listener {
        /** The upgrade, or the response to it, without the empty line. */
        void upgrade(String head) throws IOException;

        /** The bytes of one frame, without the NUL at its end. They change after this call. */
        void frame(byte[] bytes, int from, int to) throws IOException;

        void ping(byte[] payload) throws IOException;
    }

    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(ISO_8859_1);
    private static final int KEY = 4;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private final Listener listener;
    private byte[] bytes = new byte[2048];
    private int end;
    private boolean upgraded;
    /** The beginning of a STOMP frame whose end has not come. */
    private byte[] part = {};

    public FrameReader(Listener listener) {
        this.listener = listener;
    }

    /** @throws IOException if the other side closes the WebSocket, or the listener throws one */
    public void read(ByteBuffer in) throws IOException {
        if (bytes.length < end + in.remaining()) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, end + in.remaining()));
        }
        int size = in.remaining();
        in.get(bytes, end, size);
        end += size;
        int at = upgraded ? 0 : head();
        while (upgraded) {
            int next = message(at);
            if (next < 0) {
                break;
            }
            at = next;
        }
        System.arraycopy(bytes, at, bytes, 0, end - at);
        end -= at;
    }

    private int head() throws IOException {
        for (int i = 0; i + END_OF_HEAD.length <= end; i++) {
            if (Arrays.equals(bytes, i, i + END_OF_HEAD.length, END_OF_HEAD, 0, END_OF_HEAD.length)) {
                upgraded = true;
                listener.upgrade(new String(bytes, 0, i, ISO_8859_1));
                return i + END_OF_HEAD.length;
            }
        }
        return 0;
    }

    /** Returns where the next message begins; -1 if this one is not complete. */
    private int message(int at) throws IOException {
        int start = at + 2;
        if (start > end) {
            return -1;
        }
        int size = bytes[at + 1] & 0x7f;
        int more = size == 126 ? 2 : size == 127 ? 8 : 0;
        boolean masked = bytes[at + 1] < 0;
        int from = start + more + (masked ? KEY : 0);
        if (from > end) {
            return -1;
        }
        for (int i = 0; i < more; i++) {
            size = (i == 0 ? 0 : size << 8) | bytes[start + i] & 0xff;
        }
        int to = from + size;
        if (to > end) {
            return -1;
        }
        for (int i = from; masked && i < to; i++) {
            bytes[i] ^= bytes[from - KEY + (i - from) % KEY];
        }
        switch (bytes[at] & 0xf) {
            case CLOSE -> throw new IOException("closed: " + new String(bytes, from, size, ISO_8859_1));
            case PING -> listener.ping(Arrays.copyOfRange(bytes, from, to));
            default -> frames(from, to);
        }
        return to;
    }

    private void frames(int from, int to) throws IOException {
        byte[] all = bytes;
        int at = from;
        int last = to;
        if (part.length > 0) {
            all = Arrays.copyOf(part, part.length + to - from);
            System.arraycopy(bytes, from, all, part.length, to - from);
            at = 0;
            last = all.length;
        }
        for (int i = at; i < last; i++) {
            if (all[i] == 0) {
                listener.frame(all, at, i);
                at = i + 1;
            } else if (i == at && (all[i] == '\n' || all[i] == '\r')) {
                at++; // a heartbeat
            }
        }
        part = at == last ? new byte[0] : Arrays.copyOfRange(all, at, last);
    }
}
