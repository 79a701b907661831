package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.WebSocketServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that the peer of a request has closed its connection while the response waits. Jetty reads nothing over
 * HTTP/1.1 until the response is complete, and would notice only with the second write: the first one is lost. This
 * class reads in the meantime, and gives bytes of the peer's next request back to Jetty's connection. Thread-safe.
 */
final class JettyPeerWatch implements WebSocketServer.PeerWatch, Callback {
    private static final int FIRST_BYTES = 1024;
    private static final Exception ENDED = new ClosedChannelException();

    private final Request request;
    private final Runnable gone;

    // Guarded by this.
    private boolean waiting;
    private boolean over;

    /** @param gone called at most once, and not after {@link #end} */
    JettyPeerWatch(Request request, Runnable gone) {
        this.request = request;
        this.gone = gone;
    }

    /** Does nothing if the connection carries other requests too, or the body of this one may still arrive. */
    @Override
    public synchronized void begin() {
        if (!over
                && connection() instanceof Connection.UpgradeTo
                && endPoint() instanceof AbstractEndPoint
                && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                && request.getLength() <= 0) {
            waiting = endPoint().tryFillInterested(this);
        }
    }

    /** Must be called before the response is complete: Jetty reads again from then on. */
    @Override
    public synchronized void end() {
        over = true;
        if (waiting) {
            waiting = false;
            ((AbstractEndPoint) endPoint()).getFillInterest().onFail(ENDED);
        }
    }

    /** There are bytes to read, or the connection has ended. */
    @Override
    public void succeeded() {
        if (hasEnded()) {
            gone.run();
        }
    }

    @Override
    public void failed(Throwable cause) {
        boolean first;
        synchronized (this) {
            waiting = false;
            first = !over;
            over = true;
        }
        if (first) {
            gone.run();
        }
    }

    private synchronized boolean hasEnded() {
        waiting = false;
        if (over) {
            return false;
        }
        try {
            ByteBuffer bytes = BufferUtil.allocate(FIRST_BYTES);
            int read = endPoint().fill(bytes);
            if (read == 0) {
                begin();
                return false;
            }
            over = true;
            if (read > 0) {
                ((Connection.UpgradeTo) connection()).onUpgradeTo(bytes);
            }
            return read < 0;
        } catch (IOException e) {
            over = true;
            return true;
        }
    }

    @Override
    public void abort() {
        endPoint().close();
    }

    private EndPoint endPoint() {
        return connection().getEndPoint();
    }

    private Connection connection() {
        return request.getConnectionMetaData().getConnection();
    }
}
