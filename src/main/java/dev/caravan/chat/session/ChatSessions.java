package dev.caravan.chat.session;

import dev.caravan.chat.ChatLogin;
import dev.caravan.chat.ChatSettings;
import dev.caravan.component.websocket.WebSocketHeaders;
import dev.caravan.component.websocket.WebSocketProperties;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.springframework.stereotype.Component;

/**
 * The connections of this node. Thread-safe.
 *
 * <p>Meters: {@code caravan.chat.sessions}, connections before their DISCONNECT; {@code caravan.chat.overdue}, connections
 * closed because they were silent or did not acknowledge.
 */
@Component("chatSessions")
public class ChatSessions {
    private static final ByteBuffer HEARTBEAT = ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII));

    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final ChatSettings settings;
    private final Counter overdue;

    ChatSessions(ChatSettings settings, MeterRegistry registry) {
        this.settings = settings;
        this.overdue = Counter.builder("caravan.chat.overdue")
                .description("Connections closed because the client was silent or did not acknowledge")
                .register(registry);
        Gauge.builder("caravan.chat.sessions", sessions, Map::size)
                .description("Chat connections, those before CONNECT included")
                .register(registry);
    }

    /** The frames that an event of a connection completes: one that cannot be read, and the end, are frame contexts too. */
    public Iterator<FrameContext> frames(Exchange exchange) {
        Message message = exchange.getMessage();
        String key = message.getHeader(WebSocketHeaders.CONNECTION_KEY, String.class);
        switch (message.getHeader(WebSocketHeaders.EVENT, String.class)) {
            case "open" -> {
                Session session =
                        new Session(key, message.getHeader(WebSocketHeaders.PRINCIPAL, Principal.class), settings);
                session.target(message.getHeader(WebSocketHeaders.CONNECTION));
                sessions.put(key, session);
            }
            case "message" -> {
                Session session = sessions.get(key);
                return session == null ? Collections.emptyIterator() : read(session, message.getBody());
            }
            case "close" -> {
                Session session = sessions.remove(key);
                if (session != null) {
                    session.end();
                    return List.of(FrameContext.of(session, null)).iterator();
                }
            }
            default -> {} // an error is followed by a close
        }
        return Collections.emptyIterator();
    }

    private static Iterator<FrameContext> read(Session session, Object body) {
        session.received();
        byte[] bytes = body instanceof byte[] binary ? binary : ((String) body).getBytes(StandardCharsets.UTF_8);
        return new FrameIterator(session, ByteBuffer.wrap(bytes));
    }

    /** To be called when the frames of an event are processed. */
    public void processed(Exchange exchange) {
        Session session = sessions.get(exchange.getMessage().getHeader(WebSocketHeaders.CONNECTION_KEY, String.class));
        if (session != null) {
            session.processed();
        }
    }

    /**
     * The heartbeats that are due.
     *
     * @param next milliseconds until the next call
     */
    public Map<Object, ByteBuffer> heartbeats(long next) {
        long now = System.nanoTime();
        List<String> due = keys(session -> session.heartbeatDue(now, TimeUnit.MILLISECONDS.toNanos(next)));
        return due.isEmpty() ? Map.of() : Map.of(due, HEARTBEAT);
    }

    /** Names the connections to close: not connected in time, silent, not acknowledging. */
    public void overdue(Exchange exchange) {
        long now = System.nanoTime();
        List<String> keys = keys(session -> session.isOverdue(now));
        overdue.increment(keys.size());
        close(exchange, keys, "silent for too long");
    }

    /** The logins of all connections that have one. */
    public List<ChatLogin> logins() {
        List<ChatLogin> logins = new ArrayList<>();
        for (Session session : sessions.values()) {
            if (session.principal() != null) {
                logins.add(new ChatLogin(session.principal(), session.takeActive()));
            }
        }
        return logins;
    }

    /** Names the connections to close: all under one of these logins. */
    public void logout(@Body Collection<Principal> ended, Exchange exchange) {
        close(exchange, keys(session -> ended.contains(session.principal())), "logged out");
    }

    private static void close(Exchange exchange, List<String> keys, String reason) {
        exchange.getMessage().setBody(null);
        exchange.setProperty(WebSocketProperties.CONNECTION_KEYS, keys);
        exchange.setProperty(WebSocketProperties.CLOSE, FrameContext.POLICY_VIOLATION);
        exchange.setProperty(WebSocketProperties.CLOSE_REASON, reason);
    }

    private List<String> keys(Predicate<Session> which) {
        return sessions.values().stream().filter(which).map(Session::key).toList();
    }
}
