package dev.caravan.chat.session;

import dev.caravan.chat.ChatLogin;
import dev.caravan.chat.ChatSettings;
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
import org.springframework.stereotype.Component;

/**
 * The connections of this node. Thread-safe.
 *
 * <p>Meters: {@code caravan.chat.sessions} that have said CONNECT or may yet, and {@code caravan.chat.overdue}, closed for
 * their silence or because they do not acknowledge.
 */
@Component("chatSessions")
public class ChatSessions {
    private static final ByteBuffer BEAT = ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII));
    /** A client counts as gone when it is silent for this many times as long as it may be. */
    private static final int TOLERANCE = 2;

    private static final int POLICY_VIOLATION = 1008;

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

    /**
     * What an event of a connection means: a turn for each frame that it completes, one for frames that cannot be read,
     * one for its end.
     */
    public Iterator<FrameContext> turns(Exchange exchange) {
        org.apache.camel.Message message = exchange.getMessage();
        String key = message.getHeader("websocket.connectionKey", String.class);
        switch (message.getHeader("websocket.event", String.class)) {
            case "open" -> {
                Session session = new Session(key, message.getHeader("websocket.principal", Principal.class), settings);
                session.target(message.getHeader("websocket.connection"));
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
                    return List.of(FrameContext.end(session)).iterator();
                }
            }
            default -> {} // an error is followed by a close
        }
        return Collections.emptyIterator();
    }

    private static Iterator<FrameContext> read(Session session, Object body) {
        session.heard();
        byte[] bytes = body instanceof byte[] binary ? binary : ((String) body).getBytes(StandardCharsets.UTF_8);
        return new FrameIterator(session, ByteBuffer.wrap(bytes));
    }

    /** To be called when the turns of an event are worked. */
    public void worked(Exchange exchange) {
        Session session = sessions.get(exchange.getMessage().getHeader("websocket.connectionKey", String.class));
        if (session != null) {
            session.worked();
        }
    }

    /** Whose turn it is to hear from the server, if it is asked again after so many milliseconds, and what. */
    public Map<Object, ByteBuffer> beats(long again) {
        long now = System.nanoTime();
        List<String> due = keys(session -> session.beats(now, TimeUnit.MILLISECONDS.toNanos(again)));
        return due.isEmpty() ? Map.of() : Map.of(due, BEAT);
    }

    /** Names, as properties of the exchange, who is to be closed: not connected in time, silent, not acknowledging. */
    public void overdue(Exchange exchange) {
        long now = System.nanoTime();
        List<String> keys = keys(session -> isOverdue(session, now));
        overdue.increment(keys.size());
        exchange.getMessage().setBody(null);
        exchange.setProperty("websocket.connectionKeys", keys);
        exchange.setProperty("websocket.close", POLICY_VIOLATION);
        exchange.setProperty("websocket.closeReason", "silent for too long");
    }

    private boolean isOverdue(Session session, long now) {
        if (session.ended()) {
            return false;
        }
        if (session.version() == null) {
            return session.openNanos(now) > settings.connectTimeout().toNanos();
        }
        int incoming = session.heartBeat().incomingMillis();
        boolean silent = incoming > 0 && session.silentNanos(now) > TOLERANCE * TimeUnit.MILLISECONDS.toNanos(incoming);
        return silent || session.overflowed();
    }

    /** Who is connected under a login. */
    public List<ChatLogin> logins() {
        List<ChatLogin> logins = new ArrayList<>();
        for (Session session : sessions.values()) {
            if (session.principal() != null) {
                logins.add(new ChatLogin(session.principal(), session.takeSpoke()));
            }
        }
        return logins;
    }

    /** Names, as properties of the exchange, which connections are to be closed: all under one of these logins. */
    public void loggedOut(@Body Collection<Principal> ended, Exchange exchange) {
        exchange.getMessage().setBody(null);
        exchange.setProperty("websocket.connectionKeys", keys(session -> ended.contains(session.principal())));
        exchange.setProperty("websocket.close", POLICY_VIOLATION);
        exchange.setProperty("websocket.closeReason", "logged out");
    }

    private List<String> keys(Predicate<Session> which) {
        List<String> keys = new ArrayList<>();
        for (Session session : sessions.values()) {
            if (which.test(session)) {
                keys.add(session.key());
            }
        }
        return keys;
    }
}
