package dev.caravan.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Clients of a chat, all on the thread that calls. Each subscribes to some rooms; some rooms have a publisher, which is one of
 * their subscribers. For one run.
 */
final class ChatLoad {
    private static final int BUFFER = 1 << 17;
    private static final int CONNECTING = 50;
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    /** After so long without a message, those that have not come are lost. */
    private static final long DRAIN_NANOS = 3_000_000_000L;

    /**
     * How a server is spoken to.
     *
     * @param send destination of a SEND to a room, a format
     * @param subscribe destination of a room, a format
     */
    record Server(int port, String send, String subscribe) {}

    /**
     * What to do.
     *
     * @param subscriptions of each connection, to rooms in a row
     * @param publishers how many rooms have one
     * @param underWay how many messages of a publisher are under way: it sends the next one when its own one has come back
     * @param perSecond if that is 0: how many messages a second all of them send, in turn
     */
    record Plan(
            int connections,
            int rooms,
            int subscriptions,
            int publishers,
            int underWay,
            int perSecond,
            double warmUpSeconds,
            double seconds) {}

    /**
     * What came of it.
     *
     * @param lost messages that did not reach a subscriber
     * @param outOfOrder messages that came after a later one of their room
     */
    record Result(long deliveries, double seconds, Latencies latencies, CpuTimes cpu, long lost, long outOfOrder) {}

    private final Server server;
    private final Plan plan;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
    private final List<ChatClient> clients = new ArrayList<>();
    private final ChatClient[] publishers;
    private final int[] sent;
    private final List<ChatClient> unsent = new ArrayList<>();
    private Latencies latencies = new Latencies();
    private int ready;
    private boolean publishing;
    private long delivered;
    private long due;

    ChatLoad(Server server, Plan plan) {
        this.server = server;
        this.plan = plan;
        this.publishers = new ChatClient[plan.publishers];
        this.sent = new int[plan.publishers];
    }

    /**
     * Runs the plan.
     *
     * @param cpu gives the CPU times of the server
     * @throws IOException if the server rejects something or closes a connection
     */
    Result run(Supplier<CpuTimes> cpu) throws IOException {
        try (Selector selector = Selector.open()) {
            try {
                connect(selector);
                publishing = true;
                start();
                serve(selector, plan.warmUpSeconds);
                latencies = new Latencies();
                CpuTimes before = cpu.get();
                long begin = System.nanoTime();
                serve(selector, plan.seconds);
                double seconds = (System.nanoTime() - begin) / 1e9;
                CpuTimes used = cpu.get().since(before);
                Latencies measured = latencies;
                publishing = false;
                drain(selector);
                return new Result(measured.count(), seconds, measured, used, due() - delivered, outOfOrder());
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private void connect(Selector selector) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port);
        long progress = System.nanoTime();
        while (ready < plan.connections) {
            while (clients.size() < plan.connections && clients.size() - ready < CONNECTING) {
                SocketChannel channel = SocketChannel.open(address);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
                ChatClient client = new ChatClient(this, key, server, rooms(clients.size()));
                key.attach(client);
                clients.add(client);
                for (int room : client.rooms()) {
                    if (room < plan.publishers) {
                        publishers[room] = client;
                    }
                }
            }
            int before = ready;
            step(selector, 100);
            if (ready > before) {
                progress = System.nanoTime();
            } else if (System.nanoTime() - progress > PATIENCE_NANOS) {
                throw new IOException("only " + ready + " of " + plan.connections + " clients are subscribed");
            }
        }
    }

    private int[] rooms(int client) {
        int[] rooms = new int[plan.subscriptions];
        Arrays.setAll(rooms, i -> (client * plan.subscriptions + i) % plan.rooms);
        return rooms;
    }

    private void start() throws IOException {
        due = System.nanoTime();
        for (int i = 0; i < plan.underWay; i++) {
            for (int room = 0; room < plan.publishers; room++) {
                publish(room, System.nanoTime());
            }
        }
        flush();
    }

    private void publish(int room, long time) {
        publishers[room].publish(room, sent[room]++, time);
        unsent.add(publishers[room]);
    }

    private void flush() throws IOException {
        for (ChatClient client : unsent) {
            client.flush();
        }
        unsent.clear();
    }

    private void serve(Selector selector, double seconds) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            step(selector, plan.perSecond == 0 ? 100 : 1);
            while (plan.perSecond > 0 && due <= System.nanoTime()) {
                publish(Arrays.stream(sent).sum() % plan.publishers, due);
                due += 1_000_000_000L / plan.perSecond;
            }
            flush();
        }
    }

    private void drain(Selector selector) throws IOException {
        long progress = System.nanoTime();
        long all = due();
        for (long before = delivered; delivered < all && System.nanoTime() - progress < DRAIN_NANOS; ) {
            step(selector, 100);
            if (delivered > before) {
                before = delivered;
                progress = System.nanoTime();
            }
        }
    }

    private void step(Selector selector, int millis) throws IOException {
        selector.select(millis);
        for (SelectionKey key : selector.selectedKeys()) {
            ((ChatClient) key.attachment()).proceed(in);
        }
        selector.selectedKeys().clear();
        flush();
    }

    /** How many messages the subscribers must get of those that were sent. */
    private long due() {
        return clients.stream()
                .flatMapToInt(client -> Arrays.stream(client.rooms()))
                .filter(room -> room < plan.publishers)
                .mapToLong(room -> sent[room])
                .sum();
    }

    private long outOfOrder() {
        return clients.stream().mapToLong(ChatClient::outOfOrder).sum();
    }

    void subscribed() {
        ready++;
    }

    void delivered(ChatClient client, int room, long time) {
        delivered++;
        long now = System.nanoTime();
        latencies.add(now - time);
        if (publishing && plan.underWay > 0 && publishers[room] == client) {
            publish(room, now);
        }
    }
}
