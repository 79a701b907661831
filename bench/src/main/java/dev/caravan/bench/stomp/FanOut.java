package dev.caravan.bench.stomp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bare fan-out: it copies each SEND to all subscribers of its destination, and parses only what it must for that. One
 * thread, and one write to a subscriber for all that came in one round of the selector. It checks nothing, keeps nothing, knows no
 * heartbeats, and cuts a subscriber for which {@value #MOST_WAITING} bytes wait. Its argument is the port.
 */
public final class FanOut {
    private static final int MOST_WAITING = 4 << 20;
    private static final int BUFFER = 1 << 16;
    private static final int FIRST_BATCH = 1024;
    private static final int BACKLOG = 4096;
    private static final String KEY = "sec-websocket-key:";
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final byte[] DESTINATION = "\ndestination:".getBytes(UTF_8);

    /** The subscribers of each destination, by their id of the subscription: they get the same bytes. */
    private final Map<String, Map<String, Group>> destinations = new HashMap<>();

    private final List<Group> changed = new ArrayList<>();
    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
    private long messages;

    private FanOut(int port) throws IOException {
        ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] arguments) throws IOException {
        FanOut server = new FanOut(Integer.parseInt(arguments[0]));
        System.out.println("The fan-out is ready");
        while (true) {
            server.selector.select(server::proceed);
            for (Group group : server.changed) {
                group.send();
            }
            server.changed.clear();
        }
    }

    private void proceed(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                new Client(channel.register(selector, SelectionKey.OP_READ));
            } else if (key.isWritable()) {
                ((Client) key.attachment()).write();
            } else {
                ((Client) key.attachment()).read();
            }
        } catch (IOException e) {
            ((Client) key.attachment()).close();
        }
    }

    /** Subscribers that get the same bytes. */
    private static final class Group {
        private final byte[] head;
        private final List<Client> clients = new ArrayList<>();
        /** The messages of this round. */
        private ByteBuffer batch = ByteBuffer.allocateDirect(FIRST_BATCH);

        Group(String destination, String subscription) {
            this.head = ("MESSAGE\nsubscription:" + subscription + "\ndestination:" + destination
                            + "\ncontent-type:application/json\nmessage-id:")
                    .getBytes(UTF_8);
        }

        void add(byte[] id, byte[] body, int from, int to) {
            byte[] length = ("\ncontent-length:" + (to - from) + "\n\n").getBytes(UTF_8);
            int size = head.length + id.length + length.length + to - from + 1;
            if (batch.remaining() < size + 10) {
                batch = ByteBuffer.allocateDirect(2 * (batch.capacity() + size)).put(batch.flip());
            }
            Frames.head(batch, size);
            batch.put(head).put(id).put(length).put(body, from, to - from).put((byte) 0);
        }

        void send() {
            batch.flip();
            for (Client client : List.copyOf(clients)) {
                client.send(batch.duplicate());
            }
            batch.clear();
        }
    }

    private final class Client implements FrameReader.Listener {
        private final SelectionKey key;
        private final FrameReader reader = new FrameReader(this);
        private final List<Group> groups = new ArrayList<>();
        /** What the socket has not taken yet; null: nothing. */
        private ByteBuffer waiting;

        Client(SelectionKey key) {
            this.key = key;
            key.attach(this);
        }

        void read() throws IOException {
            in.clear();
            if (((SocketChannel) key.channel()).read(in) < 0) {
                throw new IOException("closed");
            }
            reader.read(in.flip());
        }

        void close() {
            groups.forEach(group -> group.clients.remove(this));
            try {
                key.channel().close();
            } catch (IOException alreadyClosed) {
                key.cancel();
            }
        }

        void send(ByteBuffer bytes) {
            try {
                if (waiting == null) {
                    ((SocketChannel) key.channel()).write(bytes);
                }
                if (bytes.hasRemaining()) {
                    int before = waiting == null ? 0 : waiting.remaining();
                    if (before + bytes.remaining() > MOST_WAITING) {
                        throw new IOException("does not read");
                    }
                    ByteBuffer all = ByteBuffer.allocate(before + bytes.remaining());
                    if (waiting != null) {
                        all.put(waiting);
                    }
                    waiting = all.put(bytes).flip();
                    key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                }
            } catch (IOException e) {
                close();
            }
        }

        void write() throws IOException {
            ((SocketChannel) key.channel()).write(waiting);
            if (!waiting.hasRemaining()) {
                waiting = null;
                key.interestOps(SelectionKey.OP_READ);
            }
        }

        @Override
        public void upgrade(String head) throws IOException {
            String given = head.lines()
                    .filter(line -> line.regionMatches(true, 0, KEY, 0, KEY.length()))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no WebSocket"))
                    .substring(KEY.length())
                    .strip();
            try {
                byte[] digest = MessageDigest.getInstance("SHA-1").digest((given + GUID).getBytes(ISO_8859_1));
                send(ByteBuffer.wrap(
                        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                        + "Sec-WebSocket-Protocol: v12.stomp\r\nSec-WebSocket-Accept: "
                                        + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
                                .getBytes(ISO_8859_1)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void ping(byte[] payload) {
            send(ByteBuffer.wrap(Frames.message(Frames.PONG, payload)));
        }

        @Override
        public void frame(byte[] bytes, int from, int to) throws IOException {
            if (bytes[from] == 'S' && bytes[from + 1] == 'E') {
                publish(bytes, from, to);
                return;
            }
            String[] lines = new String(bytes, from, to - from, UTF_8).split("\n");
            Map<String, String> headers = new HashMap<>();
            for (String line : lines) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    headers.putIfAbsent(line.substring(0, colon), line.substring(colon + 1));
                }
            }
            switch (lines[0]) {
                case "CONNECT", "STOMP" ->
                    send(ByteBuffer.wrap(Frames.text("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0")));
                case "SUBSCRIBE" -> {
                    Group group = destinations
                            .computeIfAbsent(headers.get("destination"), d -> new LinkedHashMap<>())
                            .computeIfAbsent(headers.get("id"), id -> new Group(headers.get("destination"), id));
                    group.clients.add(this);
                    groups.add(group);
                }
                default -> throw new IOException("no frame for a fan-out: " + lines[0]);
            }
            if (headers.containsKey("receipt")) {
                send(ByteBuffer.wrap(Frames.text("RECEIPT\nreceipt-id:" + headers.get("receipt") + "\n\n\0")));
            }
        }

        private void publish(byte[] bytes, int from, int to) {
            int name = from;
            while (!Arrays.equals(bytes, name, name + DESTINATION.length, DESTINATION, 0, DESTINATION.length)) {
                name++;
            }
            name += DESTINATION.length;
            int end = name;
            while (bytes[end] != '\n') {
                end++;
            }
            int body = end;
            while (bytes[body] != '\n' || bytes[body + 1] != '\n') {
                body++;
            }
            byte[] id = Long.toString(++messages).getBytes(UTF_8);
            Map<String, Group> groups = destinations.getOrDefault(new String(bytes, name, end - name, UTF_8), Map.of());
            for (Group group : groups.values()) {
                if (group.batch.position() == 0) {
                    changed.add(group);
                }
                group.add(id, bytes, body + 2, to);
            }
        }
    }
}
