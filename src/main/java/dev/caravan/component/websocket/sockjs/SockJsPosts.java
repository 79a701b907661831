package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Admission;
import dev.caravan.component.websocket.Connection;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpStatus;

/** The POSTs of SockJS clients: bounded in memory, on this node and for each address, and in time. Thread-safe. */
final class SockJsPosts {
    /** One address may have this fraction of the total. */
    private static final int SHARE = 4;

    private final Admission admission;

    /** Those that have not arrived completely. */
    private final Set<SockJsPost> coming = ConcurrentHashMap.newKeySet();

    // Guarded by this: bytes of POSTs without a response.
    private final Map<String, Long> addresses = new HashMap<>();
    private long bytes;

    private volatile boolean closed;

    SockJsPosts(Admission admission) {
        this.admission = admission;
    }

    /** Reads a POST into a session, or rejects it. */
    void begin(HttpServletRequest request, HttpServletResponse response, SockJsSession session) throws IOException {
        int max = session.maxPost();
        if (request.getContentLengthLong() > max) {
            session.tooLarge();
            response.sendError(HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
            return;
        }
        if (!session.mayPost()) {
            throw admission.rejection(
                    "posts", HttpStatus.TOO_MANY_REQUESTS, "Too many requests that send to this session.", "5");
        }
        SockJsPost post;
        try {
            post = new SockJsPost(this, session, request, max);
        } catch (IOException | RuntimeException e) {
            session.posted();
            throw e;
        }
        coming.add(post);
        if (closed) { // after close() has gone through those that are arriving
            post.reject(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            return;
        }
        post.begin();
    }

    /**
     * Reserves more memory for a POST, if there is room.
     *
     * @param first whether it has none yet: small POSTs pass even if others at the same address are large
     */
    boolean reserve(SockJsPost post, int more, boolean first) {
        Connection connection = post.session().connection();
        String network = connection.network();
        long most = connection.options().component().getMaxPostedBytes();
        synchronized (this) {
            long own = addresses.getOrDefault(network, 0L) + more;
            if (bytes + more <= most && (first || own <= most / SHARE)) {
                bytes += more;
                addresses.put(network, own);
                return true;
            }
        }
        admission.rejected("posted-bytes");
        return false;
    }

    void arrived(SockJsPost post) {
        coming.remove(post);
    }

    /** Releases the memory of a POST that has its response. */
    void ended(SockJsPost post, int freed) {
        coming.remove(post);
        synchronized (this) {
            bytes -= freed;
            addresses.computeIfPresent(
                    post.session().connection().network(), (name, own) -> own == freed ? null : own - freed);
        }
        post.session().posted();
    }

    synchronized long bytes() {
        return bytes;
    }

    void check(long now) {
        coming.forEach(post -> post.check(now));
    }

    /** The server stops without waiting for slow clients. */
    void close() {
        closed = true;
        coming.forEach(post -> post.reject(HttpServletResponse.SC_SERVICE_UNAVAILABLE));
    }
}
