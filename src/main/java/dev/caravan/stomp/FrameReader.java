package dev.caravan.stomp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes frames of bytes, however they are cut: half a character, many frames at once. Holds one frame at most, and never
 * more memory than has come in. For one connection, and not thread-safe.
 *
 * <p>Where it is more lenient than the specifications: a carriage return before a line's end is skipped in 1.0 and 1.1
 * too, a colon in a value need not be escaped, and line ends may stand before the NUL of a frame that must not have a
 * body ("Only the SEND, MESSAGE, and ERROR frames MAY have a body", STOMP 1.1 and 1.2): some clients end every frame
 * so. Where it is stricter: NUL in a header is an error, because it is a frame
 * that broke off.
 */
public final class FrameReader {
    private static final int LONGEST_COMMAND = 16;
    private static final int FIRST_BODY = 1024;

    private enum State {
        BETWEEN,
        COMMAND,
        HEADER,
        BODY,
        COUNTED_BODY,
        END
    }

    private Limits limits;
    private Version version = Version.V1_2;
    private State state = State.BETWEEN;
    /** Why nothing more can be read; null if it can. */
    private StompException death;

    private boolean afterReturn;

    private byte[] line = new byte[128];
    private int lineSize;
    private int headSize;
    private Command command;
    private List<Frame.Header> headers;
    private byte[] body;
    private int bodySize;
    private int contentLength;

    public FrameReader(Limits limits) {
        this.limits = limits;
    }

    /** Sets the version of the frames from the next one on; 1.2 at the beginning. */
    public void version(Version negotiated) {
        version = negotiated;
    }

    /** Sets how large frames may be from the next one on. */
    public void limits(Limits allowed) {
        limits = allowed;
    }

    /**
     * Reads up to the end of a frame.
     *
     * @return the frame; null if the bytes end before it does: all were read, and it goes on with the next ones
     * @throws StompException if the bytes are no STOMP, or a frame is over a limit; there will be no others: each further
     *     call throws the same
     */
    public Frame next(ByteBuffer bytes) throws StompException {
        if (death != null) {
            throw death;
        }
        try {
            while (bytes.hasRemaining()) {
                Frame whole = step(bytes);
                if (whole != null) {
                    return whole;
                }
            }
            return null;
        } catch (StompException e) {
            death = e;
            headers = null;
            body = null;
            throw e;
        }
    }

    private Frame step(ByteBuffer bytes) throws StompException {
        switch (state) {
            case BETWEEN -> between(bytes.get());
            case COMMAND -> command(bytes);
            case HEADER -> header(bytes);
            case COUNTED_BODY -> countedBody(bytes);
            case BODY -> {
                return body(bytes);
            }
            case END -> {
                return end(bytes.get());
            }
        }
        return null;
    }

    /** Line ends between frames are heart-beats, or what some clients send after each frame. */
    private void between(byte b) throws StompException {
        if (afterReturn && b != '\n') {
            throw wrong("A carriage return without a line feed between frames");
        }
        afterReturn = b == '\r';
        if (b != '\n' && b != '\r') {
            state = State.COMMAND;
            headers = new ArrayList<>(8);
            lineSize = 0;
            append(b, LONGEST_COMMAND);
        }
    }

    private void command(ByteBuffer bytes) throws StompException {
        if (!readLine(bytes, LONGEST_COMMAND)) {
            return;
        }
        try {
            command = Command.valueOf(new String(line, 0, lineSize, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw wrong("The command is unknown");
        }
        headSize = 0;
        contentLength = -1;
        lineSize = 0;
        state = State.HEADER;
    }

    private void header(ByteBuffer bytes) throws StompException {
        if (!readLine(bytes, limits.maxHeaderLength())) {
            return;
        }
        if (lineSize == 0) {
            beginBody();
        } else {
            addHeader();
            lineSize = 0;
        }
    }

    /** Whether the line is complete: in {@code line}, without its end. */
    private boolean readLine(ByteBuffer bytes, int longest) throws StompException {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b == '\n') {
                if (lineSize > 0 && line[lineSize - 1] == '\r') {
                    lineSize--;
                }
                return true;
            }
            if (b == 0) {
                throw wrong("The frame ends before its headers do");
            }
            append(b, longest + 1); // one more for the carriage return, which belongs to the end
        }
        return false;
    }

    private void append(byte b, int longest) throws StompException {
        if (lineSize >= longest) {
            throw tooLong();
        }
        if (lineSize == line.length) {
            line = Arrays.copyOf(line, Math.min(2 * line.length, Math.max(longest, line.length + 1)));
        }
        line[lineSize++] = b;
    }

    private void addHeader() throws StompException {
        if (lineSize > limits.maxHeaderLength()) {
            throw tooLong();
        }
        if (headers.size() == limits.maxHeaders()) {
            throw wrong("The frame has more than " + limits.maxHeaders() + " headers");
        }
        headSize += lineSize;
        if (headSize > limits.maxHead()) {
            throw wrong("The headers are longer than " + limits.maxHead() + " bytes");
        }
        int colon = 0;
        while (colon < lineSize && line[colon] != ':') {
            colon++;
        }
        if (colon == lineSize) {
            throw wrong("A header has no colon");
        }
        String name = decode(0, colon);
        String value = decode(colon + 1, lineSize);
        if (version == Version.V1_0) { // its own examples have spaces there; 1.1 and 1.2 forbid to trim
            name = name.strip();
            value = value.strip();
        }
        if (name.isEmpty()) {
            throw wrong("A header has no name");
        }
        headers.add(new Frame.Header(name, value));
    }

    private String decode(int from, int to) throws StompException {
        boolean ascii = true;
        boolean escaped = false;
        for (int i = from; i < to; i++) {
            ascii &= line[i] >= 0;
            escaped |= line[i] == '\\';
            if (line[i] == '\r' && version == Version.V1_2) {
                throw wrong("A carriage return in a header must be escaped");
            }
        }
        boolean escapes = escaped && version != Version.V1_0 && !command.opens();
        int end = escapes ? unescape(from, to) : to;
        return ascii ? new String(line, from, end - from, StandardCharsets.ISO_8859_1) : utf8(from, end);
    }

    /** In place, because what is meant is never longer; returns where it ends. */
    private int unescape(int from, int to) throws StompException {
        int end = from;
        for (int i = from; i < to; i++) {
            byte b = line[i];
            if (b == '\\') {
                i++;
                byte escape = i < to ? line[i] : 0;
                b = switch (escape) {
                    case 'n' -> '\n';
                    case 'c' -> ':';
                    case '\\' -> '\\';
                    case 'r' -> {
                        if (version == Version.V1_1) {
                            throw wrong("A header has an escape that STOMP 1.1 does not know");
                        }
                        yield '\r';
                    }
                    default -> throw wrong("A header has an escape that STOMP " + version.text() + " does not know");
                };
            }
            line[end++] = b;
        }
        return end;
    }

    private String utf8(int from, int to) throws StompException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw wrong("A header is not UTF-8");
        }
    }

    private void beginBody() throws StompException {
        String length = Frame.first(headers, "content-length");
        bodySize = 0;
        if (length == null) {
            body = new byte[0];
            state = State.BODY;
            return;
        }
        contentLength = number(length);
        if (contentLength > limits.maxBody()) {
            throw tooLarge();
        }
        if (contentLength > 0 && !mayHaveBody()) {
            throw hasBody();
        }
        body = new byte[Math.min(contentLength, FIRST_BODY)];
        state = !mayHaveBody() ? State.BODY : contentLength == 0 ? State.END : State.COUNTED_BODY;
    }

    private int number(String length) throws StompException {
        String digits = length.strip();
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw wrong("content-length is not a number");
        }
        if (digits.length() > 18) {
            throw tooLarge();
        }
        return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(digits));
    }

    private Frame body(ByteBuffer bytes) throws StompException {
        if (!mayHaveBody()) {
            return lineEnds(bytes);
        }
        int begin = bytes.position();
        int end = begin;
        while (end < bytes.limit() && bytes.get(end) != 0) {
            end++;
        }
        int more = end - begin;
        if (more > limits.maxBody() - bodySize) {
            throw tooLarge();
        }
        take(bytes, more);
        return bytes.hasRemaining() ? end(bytes.get()) : null;
    }

    private Frame lineEnds(ByteBuffer bytes) throws StompException {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b == 0 && !afterReturn) {
                return end(b);
            }
            if (b != '\n' && (b != '\r' || afterReturn)) {
                throw hasBody();
            }
            afterReturn = b == '\r';
        }
        return null;
    }

    private void countedBody(ByteBuffer bytes) {
        take(bytes, Math.min(contentLength - bodySize, bytes.remaining()));
        if (bodySize == contentLength) {
            state = State.END;
        }
    }

    private void take(ByteBuffer bytes, int count) {
        if (bodySize + count > body.length) {
            int most = contentLength >= 0 ? contentLength : limits.maxBody();
            body = Arrays.copyOf(body, Math.min(most, Math.max(bodySize + count, 2 * body.length)));
        }
        bytes.get(body, bodySize, count);
        bodySize += count;
    }

    private Frame end(byte b) throws StompException {
        if (b != 0) {
            throw wrong("The body is longer than its content-length");
        }
        Frame frame = new Frame(command, headers, body.length == bodySize ? body : Arrays.copyOf(body, bodySize));
        state = State.BETWEEN;
        lineSize = 0;
        headers = null;
        body = null;
        return frame;
    }

    /** 1.0 has no such rule. */
    private boolean mayHaveBody() {
        return command.mayHaveBody() || version == Version.V1_0;
    }

    private StompException hasBody() {
        return wrong(command + " must not have a body");
    }

    private StompException tooLong() {
        return wrong(
                state == State.HEADER
                        ? "A header is longer than " + limits.maxHeaderLength() + " bytes"
                        : "The command is unknown");
    }

    private StompException tooLarge() {
        return wrong("The body is larger than " + limits.maxBody() + " bytes");
    }

    private StompException wrong(String what) {
        return new StompException(what, headers == null ? null : Frame.first(headers, "receipt"));
    }
}
