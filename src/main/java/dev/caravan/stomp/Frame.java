package dev.caravan.stomp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** A frame of STOMP, of any version, with its headers as they are meant: not escaped. Cannot be changed. */
public final class Frame {
    private static final byte[] EMPTY = {};

    private final Command command;
    private final List<Header> headers;
    private final byte[] body;

    Frame(Command command, List<Header> headers, byte[] body) {
        this.command = command;
        this.headers = Collections.unmodifiableList(headers);
        this.body = body;
    }

    public record Header(String name, String value) {
        public Header {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(value, "value");
        }
    }

    public static Builder of(Command command) {
        return new Builder(command);
    }

    public Command command() {
        return command;
    }

    /**
     * The value of a header; null if there is none. Of headers with the same name the first one counts (STOMP 1.2,
     * repeated header entries).
     */
    public String header(String name) {
        return first(headers, name);
    }

    static String first(List<Header> headers, String name) {
        for (int i = 0; i < headers.size(); i++) {
            if (headers.get(i).name().equals(name)) {
                return headers.get(i).value();
            }
        }
        return null;
    }

    /** All headers in their order, repeated ones too. */
    public List<Header> headers() {
        return headers;
    }

    /** The frame's own bytes, not a copy: not to be written to. Empty if it has no body. */
    public byte[] body() {
        return body;
    }

    /**
     * The body as text.
     *
     * @throws StompException if it is not UTF-8
     */
    public String text() throws StompException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new StompException("The body is not UTF-8", header("receipt"));
        }
    }

    /** What a log may show: no values of headers, which may be passwords, and no body. */
    @Override
    public String toString() {
        return command + " " + headers.stream().map(Header::name).toList() + " " + body.length + " bytes";
    }

    public static final class Builder {
        private final Command command;
        private final List<Header> headers = new ArrayList<>(8);
        private byte[] body = EMPTY;

        private Builder(Command command) {
            this.command = Objects.requireNonNull(command, "command");
        }

        public Builder header(String name, String value) {
            headers.add(new Header(name, value));
            return this;
        }

        /** @param bytes not copied: not to be written to afterwards */
        public Builder body(byte[] bytes) {
            body = bytes;
            return this;
        }

        public Frame build() {
            return new Frame(command, new ArrayList<>(headers), body);
        }
    }
}
