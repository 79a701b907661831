package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sends requests on keep-alive connections, all on the thread that calls. Each connection sends its next request when it has the
 * response to the one before; or, with an interval, when one is due. For one run.
 */
final class HttpLoop {
    static final int PATIENCE_SECONDS = 30;
    private static final int FIRST_BUFFER = 4096;

    /** Gets each response. */
    interface Responses {
        /**
         * @param response null: the connection was closed instead
         * @param nanos from the request, or from when it was due, to the response
         */
        void accept(HttpResponse response, long nanos);
    }

    private final List<Integer> ports;
    private final Supplier<ByteBuffer> requests;
    private final Responses responses;
    private final long interval;
    private final Deque<Connection> idle = new ArrayDeque<>();
    private long due;
    private int open;
    private int responded;
    private boolean complete;

    /**
     * @param ports on loopback; the connections take them in turn
     * @param requests gives the next request, null after the last one
     * @param intervalNanos from one request to the next, on whatever connection; 0: as fast as responses come
     */
    HttpLoop(List<Integer> ports, Supplier<ByteBuffer> requests, Responses responses, long intervalNanos) {
        this.ports = ports;
        this.requests = requests;
        this.responses = responses;
        this.interval = intervalNanos;
    }

    /** A request. */
    static ByteBuffer request(String method, String path, String login, String type, byte[] body) {
        String authorization = login == null
                ? ""
                : "Authorization: Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8)) + "\r\n";
        String content = body.length == 0 ? "" : "Content-Type: " + type + "\r\n";
        String length = method.equals("GET") ? "" : "Content-Length: " + body.length + "\r\n";
        byte[] head = (method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n" + authorization + content
                        + length + "\r\n")
                .getBytes(ISO_8859_1);
        return ByteBuffer.allocateDirect(head.length + body.length)
                .put(head)
                .put(body)
                .flip()
                .asReadOnlyBuffer();
    }

    /**
     * Sends all requests.
     *
     * @throws IOException if a connection cannot be opened, or no response comes for {@value #PATIENCE_SECONDS} s
     */
    void run(int connections) throws IOException {
        try (Selector selector = Selector.open()) {
            try {
                due = System.nanoTime();
                for (int i = 0; i < connections; i++) {
                    new Connection(ports.get(i % ports.size())).open(selector);
                }
                long progress = System.nanoTime();
                int before = 0;
                while (open > 0 || !complete) {
                    selector.select(key -> ((Connection) key.attachment()).proceed(selector), interval == 0 ? 1000 : 1);
                    sendDue();
                    if (responded > before || open == 0) {
                        before = responded;
                        progress = System.nanoTime();
                    } else if (System.nanoTime() - progress > PATIENCE_SECONDS * 1_000_000_000L) {
                        throw new IOException(
                                open + " requests got no response for " + PATIENCE_SECONDS + " s, after " + responded);
                    }
                }
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private void sendDue() throws IOException {
        while (interval > 0 && !complete && !idle.isEmpty() && due <= System.nanoTime()) {
            idle.remove().send(due);
            due += interval;
        }
    }

    private final class Connection {
        private final InetSocketAddress address;
        private SelectionKey key;
        private ByteBuffer out = ByteBuffer.allocate(0);
        private ByteBuffer in = ByteBuffer.allocate(FIRST_BUFFER);
        private long since;
        private boolean waits;

        Connection(int port) {
            this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }

        void open(Selector selector) throws IOException {
            SocketChannel channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
            next();
        }

        private void next() throws IOException {
            if (interval > 0) {
                idle.add(this);
            } else {
                send(System.nanoTime());
            }
        }

        private void send(long time) throws IOException {
            ByteBuffer request = complete ? null : requests.get();
            if (request == null) {
                complete = true;
                return;
            }
            out = request;
            since = time;
            waits = true;
            open++;
            write();
        }

        private void write() throws IOException {
            ((SocketChannel) key.channel()).write(out);
            key.interestOps(out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        void proceed(Selector selector) {
            try {
                if (key.isWritable()) {
                    write();
                }
                if (key.isReadable()) {
                    read(selector);
                }
            } catch (IOException e) {
                reconnect(selector);
            }
        }

        private void read(Selector selector) throws IOException {
            if (!in.hasRemaining()) {
                in = ByteBuffer.wrap(Arrays.copyOf(in.array(), 2 * in.capacity()))
                        .position(in.position());
            }
            if (((SocketChannel) key.channel()).read(in) < 0) {
                throw new IOException("closed by the server");
            }
            HttpResponse response = HttpResponse.parse(in.array(), in.position());
            if (response == null) {
                return;
            }
            in.clear();
            responded(response);
            if (response.closes()) {
                reconnect(selector);
            } else {
                next();
            }
        }

        private void responded(HttpResponse response) {
            waits = false;
            open--;
            responded++;
            responses.accept(response, System.nanoTime() - since);
        }

        /** A server may close a connection after a response; if a request waits for one, it has failed. */
        private void reconnect(Selector selector) {
            try {
                key.channel().close();
                if (waits) {
                    responded(null);
                }
                idle.remove(this);
                in.clear();
                if (!complete) {
                    open(selector);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
