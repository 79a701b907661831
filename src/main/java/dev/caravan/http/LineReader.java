package dev.caravan.http;

import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts a body that arrives into lines, which end with {@code \n}. Skips those of spaces, tabs and {@code \r} alone, and counts
 * them. Of a line that is too long it keeps nothing.
 *
 * <p>Not thread-safe.
 */
final class LineReader {
    private static final int CHUNK = 16 * 1024;
    /** A part of a line that is no longer than this takes nothing from the memory of all bodies that arrive. */
    private static final int SMALL = 8 * 1024;

    private static final byte[] NOTHING = new byte[0];

    private final int longest;
    private final BufferedBytes arriving;
    private final byte[] chunk = new byte[CHUNK];
    private int position;
    private int end;
    /** The line that has not arrived whole. */
    private byte[] part = NOTHING;

    private int length;
    private int taken;
    private Fault fault;
    private boolean begun;
    private long begunNanos;
    private long lines;

    /** Why a line could not be kept. */
    enum Fault {
        TOO_LONG,
        /** Too much arrives on this node. */
        NO_ROOM
    }

    /**
     * One line.
     *
     * @param number from 1 on
     * @param bytes without the end of the line; empty if there is a fault
     * @param fault null if there is none
     */
    record Line(long number, byte[] bytes, Fault fault) {}

    /**
     * @param longest the most bytes of a line
     * @param arriving the memory of all bodies that arrive
     */
    LineReader(int longest, BufferedBytes arriving) {
        this.longest = longest;
        this.arriving = arriving;
    }

    /** The next line; null if it has not arrived whole and the source is not ready. */
    Line next(ArrivingBody.Source source) throws IOException {
        while (true) {
            while (position < end) {
                int newline = newline();
                if (newline < 0) {
                    keep(position, end);
                    position = end;
                } else {
                    int from = position;
                    position = newline + 1;
                    Line line = line(from, newline);
                    if (line != null) {
                        return line;
                    }
                }
            }
            if (!source.isReady()) {
                return null;
            }
            position = 0;
            end = Math.max(0, source.read(chunk, 0, chunk.length));
        }
    }

    /** The last line, which may lack its end, once all has arrived; null if there is none. */
    Line last() {
        return begun ? line(end, end) : null;
    }

    /** How many lines have arrived whole, blank ones included. */
    long lines() {
        return lines;
    }

    /** For how many nanoseconds a line has been arriving; 0 if none is. */
    long arrivingNanos() {
        return begun ? System.nanoTime() - begunNanos : 0;
    }

    /** Nothing was read for a while, and that was not the client's doing. */
    void resume() {
        begunNanos = System.nanoTime();
    }

    /** Gives back what was taken from the memory of all. */
    void close() {
        part = NOTHING;
        arriving.giveBack(taken);
        taken = 0;
    }

    private int newline() {
        for (int i = position; i < end; i++) {
            if (chunk[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private Line line(int from, int to) {
        lines++;
        byte[] bytes;
        if (begun) {
            keep(from, to);
            bytes = Arrays.copyOf(part, length);
        } else if (to - from > longest) {
            return new Line(lines, NOTHING, Fault.TOO_LONG);
        } else {
            bytes = Arrays.copyOfRange(chunk, from, to);
        }
        Fault why = fault;
        begun = false;
        fault = null;
        length = 0;
        close();
        if (why != null) {
            return new Line(lines, NOTHING, why);
        }
        return isBlank(bytes) ? null : new Line(lines, bytes, null);
    }

    private void keep(int from, int to) {
        if (!begun) {
            begun = true;
            begunNanos = System.nanoTime();
        }
        int needed = length + to - from;
        if (fault == null && needed > longest) {
            reject(Fault.TOO_LONG);
        }
        if (fault == null && needed > part.length) {
            int larger = Math.max(needed, Math.min(2 * part.length, longest));
            int more = larger > SMALL ? larger - taken : 0;
            if (more > 0 && !arriving.take(more)) {
                reject(Fault.NO_ROOM);
            } else {
                taken += more;
                part = Arrays.copyOf(part, larger);
            }
        }
        if (fault == null) {
            System.arraycopy(chunk, from, part, length, to - from);
            length = needed;
        }
    }

    private void reject(Fault why) {
        fault = why;
        length = 0;
        close();
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte one : bytes) {
            if (one != ' ' && one != '\t' && one != '\r') {
                return false;
            }
        }
        return true;
    }
}
