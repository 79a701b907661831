package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Submits one job after the other on each of its keep-alive connections, all on the thread that calls. For one run. */
final class JobSubmitter {
    static final int PATIENCE_SECONDS = 30;
    private static final int LARGEST_RESPONSE = 16 * 1024;
    private static final String ID = "\"jobId\":\"";

    private final InetSocketAddress address;
    private final ByteBuffer request;
    private final int jobs;
    private final long[] nanos;
    private final List<String> ids;
    private final Map<Integer, Integer> rejected = new HashMap<>();
    private int withoutId;
    private int sent;
    private int answered;

    JobSubmitter(int port, String login, byte[] payload, int jobs) {
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.request = request(port, login, payload);
        this.jobs = jobs;
        this.nanos = new long[jobs];
        this.ids = new ArrayList<>(jobs);
    }

    private static ByteBuffer request(int port, String login, byte[] payload) {
        String authorization = login == null
                ? ""
                : "Authorization: Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8)) + "\r\n";
        String type = payload.length == 0 ? "" : "Content-Type: application/json\r\n";
        byte[] head = ("POST /jobs HTTP/1.1\r\nHost: localhost:" + port + "\r\nAccept: application/json\r\n"
                        + authorization + type + "Content-Length: " + payload.length + "\r\n\r\n")
                .getBytes(ISO_8859_1);
        return ByteBuffer.allocateDirect(head.length + payload.length)
                .put(head)
                .put(payload)
                .flip()
                .asReadOnlyBuffer();
    }

    /** Submits the jobs and gives the id of each one on when it is accepted. */
    void run(int connections, Consumer<String> accepted) throws IOException {
        try (Selector selector = Selector.open()) {
            try {
                for (int i = 0; i < connections; i++) {
                    new Connection().open(selector);
                }
                long progress = System.nanoTime();
                int before = 0;
                while (answered < jobs) {
                    selector.select(key -> ((Connection) key.attachment()).proceed(selector, key, accepted), 1000);
                    if (answered > before) {
                        before = answered;
                        progress = System.nanoTime();
                    } else if (System.nanoTime() - progress > PATIENCE_SECONDS * 1_000_000_000L) {
                        throw new IOException(answered + " of " + jobs
                                + " submissions got a response, and no other for " + PATIENCE_SECONDS + " s");
                    }
                }
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    /** How long each accepted job took from the request to the response. */
    long[] responseNanos() {
        return Arrays.copyOf(nanos, ids.size());
    }

    List<String> ids() {
        return ids;
    }

    /** How many responses had another status than 2xx, by status; 0: the connection was closed instead. */
    Map<Integer, Integer> rejected() {
        return rejected;
    }

    int withoutId() {
        return withoutId;
    }

    private void record(int status, String response, long took, Consumer<String> accepted) {
        answered++;
        if (status / 100 != 2) {
            rejected.merge(status, 1, Integer::sum);
            return;
        }
        int at = response.indexOf(ID);
        int end = at < 0 ? -1 : response.indexOf('"', at + ID.length());
        if (end < 0) {
            withoutId++;
            return;
        }
        String id = response.substring(at + ID.length(), end);
        nanos[ids.size()] = took;
        ids.add(id);
        accepted.accept(id);
    }

    private final class Connection {
        private final ByteBuffer out = request.duplicate();
        private final ByteBuffer in = ByteBuffer.allocate(LARGEST_RESPONSE);
        private long since;
        private boolean waits;

        void open(Selector selector) throws IOException {
            SocketChannel channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            next(channel.register(selector, SelectionKey.OP_READ, this));
        }

        private void next(SelectionKey key) throws IOException {
            waits = sent < jobs;
            if (waits) {
                sent++;
                out.rewind();
                since = System.nanoTime();
                write(key);
            }
        }

        private void write(SelectionKey key) throws IOException {
            ((SocketChannel) key.channel()).write(out);
            key.interestOps(out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        void proceed(Selector selector, SelectionKey key, Consumer<String> accepted) {
            try {
                if (key.isWritable()) {
                    write(key);
                }
                if (key.isReadable()) {
                    read(selector, key, accepted);
                }
            } catch (IOException e) {
                reconnect(selector, key, accepted);
            }
        }

        private void read(Selector selector, SelectionKey key, Consumer<String> accepted) throws IOException {
            if (((SocketChannel) key.channel()).read(in) < 0) {
                throw new IOException("closed by the server");
            }
            String response = new String(in.array(), 0, in.position(), ISO_8859_1);
            int body = response.indexOf("\r\n\r\n") + 4;
            if (body < 4 || !isComplete(response, body)) {
                return;
            }
            long took = System.nanoTime() - since;
            in.clear();
            waits = false;
            record(Integer.parseInt(response.substring(9, 12)), response, took, accepted);
            if ("close".equalsIgnoreCase(header(response, body, "connection"))) {
                reconnect(selector, key, accepted);
            } else {
                next(key);
            }
        }

        /** A server may close a connection after a response; if a request waits for one, it has failed. */
        private void reconnect(Selector selector, SelectionKey key, Consumer<String> accepted) {
            try {
                key.channel().close();
                if (waits) {
                    record(0, "", 0, accepted);
                }
                in.clear();
                if (sent < jobs) {
                    open(selector);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private static boolean isComplete(String response, int body) {
        String length = header(response, body, "content-length");
        if (length != null) {
            return response.length() >= body + Integer.parseInt(length);
        }
        return "chunked".equalsIgnoreCase(header(response, body, "transfer-encoding"))
                && response.endsWith("0\r\n\r\n");
    }

    /** The value of a header of a response whose head ends at {@code end}; null if there is none. */
    private static String header(String response, int end, String name) {
        for (int line = response.indexOf("\r\n") + 2; line < end - 2; line = response.indexOf("\r\n", line) + 2) {
            int colon = line + name.length();
            if (response.charAt(colon) == ':' && response.regionMatches(true, line, name, 0, name.length())) {
                return response.substring(colon + 1, response.indexOf("\r\n", colon))
                        .strip();
            }
        }
        return null;
    }
}
