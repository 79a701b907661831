package dev.caravan.chaos;

import dev.caravan.fixture.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between one node and one server on loopback, with what a network does to connections. Thread-safe.
 *
 * <p>Each connection has two threads: there are a few dozen of them, and what each does can be read.
 */
final class TcpProxy implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    private final int target;
    private final ServerSocket server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private boolean frozen;
    private boolean cut;
    private long delayMillis;
    private boolean closed;

    private TcpProxy(int target) {
        this.target = target;
        try {
            this.server = new ServerSocket(Ports.free(), 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    /** A network in order, to a server on a loopback port. */
    static TcpProxy to(int target) {
        return new TcpProxy(target);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Ends all connections by a reset; new ones get through. */
    void reset() {
        links.forEach(Link::reset);
    }

    /** Ends all connections by a reset, and new ones, too. */
    void cut() {
        set(() -> cut = true);
        reset();
    }

    /** Nothing gets through, and nobody is told: what is sent arrives after {@link #heal}. */
    void freeze() {
        set(() -> frozen = true);
    }

    /** The server loses all connections, and the node is not told: nothing arrives on them any more. New ones get through. */
    void halfOpen() {
        links.forEach(Link::forsake);
    }

    /** Everything arrives so much later, in each direction. */
    void delay(long millis) {
        set(() -> delayMillis = millis);
    }

    /** A network in order again. */
    void heal() {
        set(() -> {
            frozen = false;
            cut = false;
            delayMillis = 0;
        });
        links.stream().filter(link -> link.forsaken).forEach(Link::reset);
    }

    @Override
    public void close() {
        set(() -> closed = true);
        closeQuietly(server);
        reset();
    }

    private synchronized void set(Runnable change) {
        change.run();
        notifyAll();
    }

    /** Waits while nothing may pass. */
    private synchronized void pass() throws InterruptedException {
        long due = System.nanoTime() + delayMillis * 1_000_000;
        while (!closed && (frozen || due - System.nanoTime() > 0)) {
            wait(frozen ? 0 : Math.max(1, (due - System.nanoTime()) / 1_000_000));
        }
    }

    private synchronized boolean takesConnections() {
        return !cut && !closed;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                daemon(() -> connect(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void connect(Socket client) {
        try {
            pass();
            if (takesConnections()) {
                Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), target));
                links.add(link);
                daemon(() -> link.pump(link.client, link.server));
                daemon(() -> link.pump(link.server, link.client));
                if (takesConnections()) {
                    return;
                }
                link.reset();
            }
        } catch (IOException down) {
            // the client is told in the same way
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeQuietly(client);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "chaos-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // it is of no use any more
        }
    }

    /** One connection, which is two. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean forsaken;

        private Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        private void pump(Socket from, Socket to) {
            byte[] chunk = new byte[CHUNK];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                    pass();
                    out.write(chunk, 0, length);
                }
            } catch (IOException ended) {
                // by either side, or by the test
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!forsaken) {
                links.remove(this);
                closeQuietly(client);
                closeQuietly(server);
            }
        }

        private void forsake() {
            forsaken = true;
            closeQuietly(server);
        }

        private void reset() {
            links.remove(this);
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // closed already
                }
                closeQuietly(socket);
            }
        }
    }
}
