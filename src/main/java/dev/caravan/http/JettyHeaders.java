package dev.caravan.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.stereotype.Component;

/**
 * Closes connections on which a request has begun to arrive and its headers are not complete after {@code
 * caravan.http.body-timeout}. Jetty's idle timeout begins anew with each byte.
 */
@Component
class JettyHeaders implements JettyServerCustomizer {
    private final Duration timeout;

    JettyHeaders(HttpSettings settings) {
        this.timeout = settings.bodyTimeout();
    }

    @Override
    public void customize(Server server) {
        for (Connector connector : server.getConnectors()) {
            connector.addBean(new Deadline(connector, timeout));
        }
    }

    static final class Deadline extends AbstractLifeCycle {
        private final Connector connector;
        private final Duration timeout;
        private Map<EndPoint, Quiet> known = new HashMap<>();
        private Scheduler.Task next;

        /**
         * A connection between two requests.
         *
         * @param requests before
         * @param bytes had come when it was seen first
         * @param since when no more than these had come; nanoseconds
         */
        private record Quiet(long requests, long bytes, long since) {}

        Deadline(Connector connector, Duration timeout) {
            this.connector = connector;
            this.timeout = timeout;
        }

        @Override
        protected synchronized void doStart() {
            next = connector.getScheduler().schedule(this::check, timeout.toMillis() / 4 + 1, TimeUnit.MILLISECONDS);
        }

        @Override
        protected synchronized void doStop() {
            next.cancel();
        }

        private synchronized void check() {
            Map<EndPoint, Quiet> seen = new HashMap<>();
            long now = System.nanoTime();
            for (EndPoint socket : connector.getConnectedEndPoints()) {
                if (http(socket.getConnection()) instanceof HttpConnection http
                        && http.getHttpChannel().getRequest() == null) {
                    Quiet quiet = quiet(
                            known.get(socket), http, socket.getConnection().getBytesIn(), now);
                    if (now - quiet.since > timeout.toNanos()) {
                        socket.close();
                    } else {
                        seen.put(socket, quiet);
                    }
                }
            }
            known = seen;
            if (isRunning() || isStarting()) {
                doStart();
            }
        }

        private static Quiet quiet(Quiet before, HttpConnection http, long bytes, long now) {
            long requests = http.getMessagesIn();
            if (before == null || before.requests != requests) {
                return new Quiet(requests, requests == 0 ? 0 : bytes, now);
            }
            return bytes == before.bytes ? new Quiet(requests, bytes, now) : before;
        }

        private static Connection http(Connection connection) {
            return connection instanceof SslConnection tls
                    ? tls.getSslEndPoint().getConnection()
                    : connection;
        }
    }
}
