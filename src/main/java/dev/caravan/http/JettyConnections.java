package dev.caravan.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.stereotype.Component;

/**
 * Bounds the connections of one address, of an IPv6 network of 64 bits, before anything is read from them. Not behind a
 * proxy: all connections are the proxy's. Those of all addresses together: {@code server.jetty.max-connections}.
 */
@Component
class JettyConnections implements JettyServerCustomizer {
    private static final Logger LOG = LoggerFactory.getLogger(JettyConnections.class);

    /**
     * Connections that the system holds until they are accepted. Of a burst above this, some lose their first packets and
     * wait for seconds; Java's default is 50.
     */
    private static final int BACKLOG = 1024;

    private final int most;

    JettyConnections(HttpSettings settings, ProxyHeaders proxy) {
        this.most = proxy.areBelieved() ? 0 : settings.maxConnectionsPerAddress();
    }

    @Override
    public void customize(Server server) {
        for (var connector : server.getConnectors()) {
            if (connector instanceof ServerConnector sockets) {
                sockets.setAcceptQueueSize(BACKLOG);
            }
        }
        if (most > 0) {
            for (var connector : server.getConnectors()) {
                connector.addBean(new Limit(most));
            }
        }
    }

    /**
     * Closes connections above the limit. Jetty reports every socket twice: when it connects and when it has closed.
     */
    static final class Limit implements SelectorManager.AcceptListener {
        private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

        private final int most;
        private volatile long quietUntil = System.nanoTime();
        /** The sockets that count, with their addresses: a closed socket no longer knows its address. */
        private final Map<SelectableChannel, String> sockets = new ConcurrentHashMap<>();

        private final Map<String, Integer> counts = new ConcurrentHashMap<>();

        Limit(int most) {
            this.most = most;
        }

        @Override
        public void onAccepting(SelectableChannel socket) {
            String peer = peer(socket);
            int count = counts.merge(peer, 1, Integer::sum);
            sockets.put(socket, peer);
            if (count > most) {
                IO.close(socket);
                warn(peer);
            }
        }

        /** Logs at most once a minute: a client that opens many connections continues. */
        private void warn(String peer) {
            long now = System.nanoTime();
            if (now - quietUntil >= 0) {
                quietUntil = now + QUIET_NANOS;
                LOG.warn(
                        "More than {} connections from {}: closing further ones"
                                + " (caravan.http.max-connections-per-address).",
                        most,
                        peer);
            }
        }

        @Override
        public void onAcceptFailed(SelectableChannel socket, Throwable cause) {
            onClosed(socket);
        }

        @Override
        public void onClosed(SelectableChannel socket) {
            String peer = sockets.remove(socket);
            if (peer != null) {
                counts.computeIfPresent(peer, (key, count) -> count == 1 ? null : count - 1);
            }
        }

        int count() {
            return sockets.size();
        }

        private static String peer(SelectableChannel socket) {
            try {
                return socket instanceof SocketChannel channel
                                && channel.getRemoteAddress() instanceof InetSocketAddress peer
                        ? ClientNetwork.of(peer.getAddress())
                        : "";
            } catch (IOException e) {
                return ""; // it has closed already
            }
        }
    }
}
