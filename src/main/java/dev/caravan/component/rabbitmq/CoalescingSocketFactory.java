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
 * Sockets on which several messages go out in one write. The client of RabbitMQ flushes after each, which costs a system
 * call here and wakes the broker once more.
 */
final class CoalescingSocketFactory extends SocketFactory {
    private static final int BUFFER = 64 * 1024;
    /** The streams that this thread has to flush at the end of {@link #of}; null outside of it. */
    private static final ThreadLocal<Set<Gathering>> PUT_OFF = new ThreadLocal<>();

    /** Something that writes. */
    interface Writes {
        void write() throws IOException;
    }

    /**
     * Runs something, and puts off the flushes that it asks for to its end, also if it fails. It must not wait for an
     * answer to what it writes.
     */
    static void of(Writes writes) throws IOException {
        Set<Gathering> putOff = new LinkedHashSet<>(2);
        PUT_OFF.set(putOff);
        try {
            writes.write();
        } finally {
            PUT_OFF.remove();
            for (Gathering stream : putOff) {
                stream.flush();
            }
        }
    }

    @Override
    public Socket createSocket() {
        return new GatheringSocket();
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

    /** Flushes when the thread that wrote is done, or at once. */
    static final class GatheringSocket extends Socket {
        @Override
        public OutputStream getOutputStream() throws IOException {
            return new Gathering(super.getOutputStream());
        }
    }

    /** Flushes when the thread that wrote is done, or at once. */
    static final class Gathering extends BufferedOutputStream {
        Gathering(OutputStream out) {
            super(out, BUFFER);
        }

        @Override
        public void flush() throws IOException {
            Set<Gathering> putOff = PUT_OFF.get();
            if (putOff == null) {
                super.flush();
            } else {
                putOff.add(this);
            }
        }
    }
}
