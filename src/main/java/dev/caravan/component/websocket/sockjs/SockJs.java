package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Admission;
import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.HttpFallback;
import dev.caravan.component.websocket.Transport;
import dev.caravan.component.websocket.WebSocketConsumer;
import dev.caravan.component.websocket.WebSocketEndpoint;
import dev.caravan.component.websocket.WebSocketPath;
import dev.caravan.component.websocket.WebSocketPaths;
import dev.caravan.component.websocket.WebSocketServer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * SockJS without WebSocket: long polling, streaming and server-sent events for the server's messages, POST for the
 * client's. No thread waits for a client. Thread-safe.
 *
 * @see <a href="https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html">The protocol</a>
 */
@Component
public final class SockJs implements HttpFallback {
    static final int HEARTBEAT_SECONDS = 25;

    private static final int YEAR_SECONDS = 365 * 24 * 60 * 60;

    /** Below a path: server, session, transport. A server or session has no dot. */
    private static final Pattern SESSION =
            Pattern.compile("/[^/.;]+/([^/.;]+)/(xhr|xhr_streaming|eventsource|xhr_send)");

    private final Admission admission;
    private final WebSocketServer server;
    private final SockJsPosts posts;
    private final Map<Id, SockJsSession> sessions = new ConcurrentHashMap<>();

    private record Id(WebSocketPath path, String session) {}

    SockJs(Admission admission, WebSocketPaths paths, WebSocketServer server) {
        this.admission = admission;
        this.server = server;
        this.posts = new SockJsPosts(admission);
        paths.meters().posted(posts::bytes);
        paths.onTick(now -> sessions.values().forEach(session -> session.check(now)));
        paths.onTick(posts::check);
    }

    @Override
    public Transport.Events overWebSocket(Connection connection) {
        return new SockJsWebSocket(connection);
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, WebSocketPath path, String below)
            throws IOException {
        Matcher named = SESSION.matcher(below);
        SockJsSession known = named.matches() ? sessions.get(new Id(path, named.group(1))) : null;
        // A session continues while its route is replaced.
        WebSocketEndpoint options = known == null
                ? admission.consumer(path).options()
                : known.connection().options();
        admission.checkOrigin(request, options);
        allowOrigin(request, response);
        if (below.isEmpty() || below.equals("/")) {
            send(response, "text/plain;charset=UTF-8", "Welcome to SockJS!\n");
        } else if (below.equals("/info")) {
            info(request, response);
        } else if (!named.matches()
                || known != null && !isSame(known.connection().principal(), request.getUserPrincipal())) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        } else if (isPreflight(request, response, named.group(2).equals("eventsource") ? "GET" : "POST")) {
            return;
        } else if (named.group(2).equals("xhr_send")) {
            if (known == null || known.isOver()) {
                response.sendError(HttpServletResponse.SC_NOT_FOUND);
            } else {
                posts.begin(request, response, known);
            }
        } else {
            SockJsSession session = known != null ? known : open(request, path, named.group(1));
            response.setHeader(
                    HttpHeaders.CACHE_CONTROL, "no-store, no-cache, no-transform, must-revalidate, max-age=0");
            session.attach(
                    new SockJsReceiver(request, response, SockJsReceiver.Kind.of(named.group(2)), session, server));
        }
    }

    private SockJsSession open(HttpServletRequest request, WebSocketPath path, String name) {
        WebSocketConsumer consumer = admission.consumer(path);
        admission.checkRoom(request, consumer.component());
        Id id = new Id(path, name);
        return sessions.computeIfAbsent(id, key -> {
            Connection connection = admission.connection(request, path, consumer.options(), null);
            return new SockJsSession(connection, () -> sessions.remove(key));
        });
    }

    /** Only the user who has opened a session may use it. */
    private static boolean isSame(Principal one, Principal other) {
        return one == null || other != null && one.getName().equals(other.getName());
    }

    private static void allowOrigin(HttpServletRequest request, HttpServletResponse response) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            response.setHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
    }

    private static boolean isPreflight(HttpServletRequest request, HttpServletResponse response, String method)
            throws IOException {
        if (request.getMethod().equals(method)) {
            return false;
        }
        response.setHeader(HttpHeaders.ALLOW, "OPTIONS, " + method);
        if (!request.getMethod().equals("OPTIONS")) {
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return true;
        }
        response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "OPTIONS, " + method);
        response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
        response.setHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "" + YEAR_SECONDS);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "public, max-age=" + YEAR_SECONDS);
        response.setDateHeader(HttpHeaders.EXPIRES, System.currentTimeMillis() + YEAR_SECONDS * 1000L);
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        return true;
    }

    private static void info(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (isPreflight(request, response, "GET")) {
            return;
        }
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store, no-cache, no-transform, must-revalidate, max-age=0");
        send(
                response,
                "application/json;charset=UTF-8",
                "{\"websocket\":true,\"origins\":[\"*:*\"],\"cookie_needed\":false,\"entropy\":"
                        + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) + "}");
    }

    private static void send(HttpServletResponse response, String type, String body) throws IOException {
        response.setContentType(type);
        response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }

    /** The server waits for requests before it stops: this ends the requests that wait for messages. */
    @EventListener(ContextClosedEvent.class)
    void close() {
        sessions.values().forEach(session -> session.close(1001, "The server stops."));
        posts.close();
    }
}
