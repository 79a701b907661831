package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.bench.stomp.FrameReader;
import dev.caravan.bench.stomp.Frames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One client: it upgrades, connects, subscribes to its rooms, and reads messages. The text of a message is a mark, the numbers
 * of room and message and the time in hexadecimal digits, and letters up to 100 characters.
 */
final class ChatClient implements FrameReader.Listener {
    private static final char MARK = '~';
    private static final int TEXT_LENGTH = 100;
    private static final int INT = 8;
    private static final int LONG = 16;
    private static final int FIRST_BUFFER = 1024;

    private final ChatLoad load;
    private final SelectionKey key;
    private final ChatLoad.Server server;
    private final int[] rooms;
    /** The number of the next message of each room. */
    private final int[] expected;

    private final int mask = ThreadLocalRandom.current().nextInt();
    private final FrameReader reader = new FrameReader(this);
    private ByteBuffer out = ByteBuffer.allocate(FIRST_BUFFER);
    private int subscribed;
    private long outOfOrder;

    ChatClient(ChatLoad load, SelectionKey key, ChatLoad.Server server, int[] rooms) throws IOException {
        this.load = load;
        this.key = key;
        this.server = server;
        this.rooms = rooms;
        this.expected = new int[rooms.length];
        add(("GET /ws/chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Protocol: v12.stomp\r\n\r\n")
                .getBytes(UTF_8));
        flush();
    }

    int[] rooms() {
        return rooms;
    }

    long outOfOrder() {
        return outOfOrder;
    }

    void proceed(ByteBuffer in) throws IOException {
        if (key.isReadable()) {
            in.clear();
            if (((SocketChannel) key.channel()).read(in) < 0) {
                throw new IOException("The server has closed a connection");
            }
            reader.read(in.flip());
        }
        flush();
    }

    /** Sends what waits, as far as the socket takes it. */
    void flush() throws IOException {
        out.flip();
        ((SocketChannel) key.channel()).write(out);
        key.interestOps(out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        out.compact();
    }

    private void add(byte[] bytes) {
        if (out.remaining() < bytes.length) {
            out = ByteBuffer.allocate(2 * (out.capacity() + bytes.length)).put(out.flip());
        }
        out.put(bytes);
    }

    private void send(String frame) {
        add(Frames.masked(frame.getBytes(UTF_8), mask));
    }

    /** Adds a message for the next {@link #flush}. */
    void publish(int room, int number, long time) {
        StringBuilder text = new StringBuilder(TEXT_LENGTH).append(MARK);
        hex(text, room, INT);
        hex(text, number, INT);
        hex(text, time, LONG);
        text.append("x".repeat(TEXT_LENGTH - text.length()));
        String body = "{\"roomId\":\"r" + room + "\",\"sender\":\"u" + room + "\",\"message\":\"" + text + "\"}";
        send("SEND\ndestination:" + String.format(server.send(), room)
                + "\ncontent-type:application/json\ncontent-length:" + body.length() + "\n\n" + body + '\0');
    }

    private static void hex(StringBuilder text, long value, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (value >>> shift) & 0xf, 16));
        }
    }

    @Override
    public void upgrade(String head) throws IOException {
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException("No WebSocket: " + head.lines().findFirst().orElse(""));
        }
        send("CONNECT\naccept-version:1.2\nheart-beat:0,0\nhost:localhost\n\n\0");
    }

    @Override
    public void ping(byte[] payload) {
        add(Frames.masked(Frames.PONG, payload, mask));
    }

    @Override
    public void frame(byte[] bytes, int from, int to) throws IOException {
        switch (bytes[from]) {
            case 'M' -> message(bytes, from, to);
            case 'C' -> {
                for (int i = 0; i < rooms.length; i++) {
                    String destination = String.format(server.subscribe(), rooms[i]);
                    send("SUBSCRIBE\nid:" + i + "\ndestination:" + destination + "\nreceipt:" + i + "\n\n\0");
                }
            }
            case 'R' -> {
                subscribed++;
                if (subscribed == rooms.length) {
                    load.subscribed();
                }
            }
            default -> throw new IOException("Rejected: " + new String(bytes, from, to - from, UTF_8));
        }
    }

    private void message(byte[] bytes, int from, int to) throws IOException {
        int at = from;
        while (at < to && bytes[at] != MARK) {
            at++;
        }
        if (at + 1 + INT + INT + LONG > to) {
            throw new IOException("A message without a mark: " + new String(bytes, from, to - from, UTF_8));
        }
        int room = (int) number(bytes, at + 1, INT);
        int number = (int) number(bytes, at + 1 + INT, INT);
        long time = number(bytes, at + 1 + INT + INT, LONG);
        int slot = slot(room);
        if (slot < 0) {
            throw new IOException("A message of room " + room + ", which nobody asked for");
        }
        if (number < expected[slot]) {
            outOfOrder++;
        }
        expected[slot] = Math.max(expected[slot], number + 1);
        load.delivered(this, room, time);
    }

    private int slot(int room) {
        int slot = rooms.length - 1;
        while (slot >= 0 && rooms[slot] != room) {
            slot--;
        }
        return slot;
    }

    private static long number(byte[] bytes, int from, int digits) {
        long value = 0;
        for (int i = from; i < from + digits; i++) {
            value = value << 4 | Character.digit(bytes[i], 16);
        }
        return value;
    }
}
