package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Admission;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpStatus;

/**
 * What clients of SockJS are posting: bounded in memory, on this node and for each address, and in time. Thread-safe.
 */
final class SockJsPosts {
    /** One address may have that part of what all may have. */
    private static final int SHARE = 4;

    private final Admission admission;

    /** Those that have not come to their end. */
    private final Set<SockJsPost> coming = ConcurrentHashMap.newKeySet();

    // Guarded by this: bytes of those that are not answered.
    private final Map<String, Long> addresses = new HashMap<>();
    private long bytes;

    private volatile boolean closed;

    SockJsPosts(Admission admission) {
        this.admission = admission;
    }

    /** Reads what is posted into a session, or refuses it. */
    void begin(HttpServletRequest request, HttpServletResponse response, SockJsSession session) throws IOException {
        int max = session.maxPost();
        if (request.getContentLengthLong() > max) {
            session.tooLarge();
            response.sendError(HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
            return;
        }
        if (!session.mayPost()) {
            throw admission.refusal(
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
        if (closed) { // since it was looked for those that are coming
            post.refuse(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            return;
        }
        post.begin();
    }

    /**
     * Whether a post may take so much more memory.
     *
     * @param first whether it has none yet: small ones pass, also if somebody at the same address sends large ones
     */
    boolean reserve(SockJsPost post, int more, boolean first) {
        String network = post.session().network();
        long most = post.session().options().component().getMaxPostedBytes();
        synchronized (this) {
            long own = addresses.getOrDefault(network, 0L) + more;
            if (bytes + more <= most && (first || own <= most / SHARE)) {
                bytes += more;
                addresses.put(network, own);
                return true;
            }
        }
        admission.refused("posted-bytes");
        return false;
    }

    /** All of it is there. */
    void arrived(SockJsPost post) {
        coming.remove(post);
    }

    /** It is answered, and has no more memory. */
    void ended(SockJsPost post, int freed) {
        coming.remove(post);
        synchronized (this) {
            bytes -= freed;
            addresses.computeIfPresent(post.session().network(), (name, own) -> own == freed ? null : own - freed);
        }
        post.session().posted();
    }

    /** Bytes that are kept. */
    synchronized long bytes() {
        return bytes;
    }

    void look(long now) {
        for (SockJsPost post : coming) {
            post.look(
                    now,
                    TimeUnit.MILLISECONDS.toNanos(
                            post.session().options().component().getPostTimeout()));
        }
    }

    /** The server stops, and does not wait for clients that are slow. */
    void close() {
        closed = true;
        coming.forEach(post -> post.refuse(HttpServletResponse.SC_SERVICE_UNAVAILABLE));
    }
}
