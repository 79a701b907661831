package dev.caravan.component.rabbitmq;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.LinkedHashSet;
import java.util.Set;
import javax.net.SocketFactory;

/**
 * Sockets that send several messages in one write. The client of RabbitMQ flushes after each message, which costs a system
 * call here and wakes the broker once more.
 */
final class CoalescingSocketFactory extends SocketFactory {
    private static final int BUFFER = 64 * 1024;
    /** The streams that this thread flushes at the end of {@link #coalesce}; null outside of it. */
    private static final ThreadLocal<Set<CoalescingStream>> PENDING = new ThreadLocal<>();

    /** Something that writes. */
    interface Writes {
        void write() throws IOException;
    }

    /**
     * Runs something and delays its flushes to its end, also if it fails. It must not wait for a response to what it
     * writes.
     */
    static void coalesce(Writes writes) throws IOException {
        Set<CoalescingStream> pending = new LinkedHashSet<>(2);
        PENDING.set(pending);
        try {
            writes.write();
        } finally {
            PENDING.remove();
            for (CoalescingStream stream : pending) {
                stream.flush();
            }
        }
    }

    @Override
    public Socket createSocket() {
        return new CoalescingSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw new UnsupportedOperationException("connected by the client");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket(host.getHostName(), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return createSocket(host, port);
    }

    static final class CoalescingSocket extends Socket {
        @Override
        public OutputStream getOutputStream() throws IOException {
            return new CoalescingStream(super.getOutputStream());
        }
    }

    /** Flushes at the end of {@link #coalesce}, or outside of it at once. */
    static final class CoalescingStream extends BufferedOutputStream {
        CoalescingStream(OutputStream out) {
            super(out, BUFFER);
        }

        @Override
        public void flush() throws IOException {
            Set<CoalescingStream> pending = PENDING.get();
            if (pending == null) {
                super.flush();
            } else {
                pending.add(this);
            }
        }
    }
}
