package dev.caravan.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.caravan.chat.ChatLogin;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Body;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.security.oauth2.server.resource.authentication.AbstractOAuth2TokenAuthenticationToken;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.stereotype.Component;

/**
 * Finds logins that have ended, here or on another node: the session is gone from Redis, or the token has expired.
 * Activity in the chat keeps a session alive, as page requests do. Thread-safe.
 */
@Component("logins")
public class Logins {
    /** How often the use of a session is stored. */
    private static final Duration USED = Duration.ofMinutes(1);

    private static final int BATCH = 500;
    /** Written when a session begins. A hash without it is what {@link #use} has left of one that ended meanwhile. */
    private static final byte[] CREATED = bytes("creationTime");

    private final StringRedisTemplate redis;
    /** Absent where only route files are validated. */
    private final ObjectProvider<SessionRepository<? extends Session>> sessions;

    private final String prefix;
    private final Cache<String, Boolean> used =
            Caffeine.newBuilder().expireAfterWrite(USED).maximumSize(100_000).build();

    Logins(
            StringRedisTemplate redis,
            ObjectProvider<SessionRepository<? extends Session>> sessions,
            @Value("${spring.session.redis.namespace}") String namespace) {
        this.redis = redis;
        this.sessions = sessions;
        this.prefix = namespace + ":sessions:";
    }

    /** Returns those of the logins that have ended. Fails if Redis does not respond: then nobody is disconnected. */
    public List<Principal> ended(@Body Collection<ChatLogin> logins) {
        List<Principal> ended = new ArrayList<>();
        Set<String> asked = new HashSet<>();
        for (ChatLogin login : logins) {
            if (login.principal() instanceof SessionLogin session) {
                asked.add(session.sessionId());
                if (login.active()) {
                    use(session.sessionId());
                }
            } else if (isOver(login.principal())) {
                ended.add(login.principal());
            }
        }
        Set<String> gone = gone(List.copyOf(asked));
        logins.stream()
                .map(ChatLogin::principal)
                .filter(principal -> principal instanceof SessionLogin session && gone.contains(session.sessionId()))
                .forEach(ended::add);
        return ended;
    }

    private boolean isOver(Principal principal) {
        Instant end = principal instanceof AbstractOAuth2TokenAuthenticationToken<?> login
                ? login.getToken().getExpiresAt()
                : null;
        return end != null && end.isBefore(Instant.now());
    }

    private Set<String> gone(List<String> ids) {
        Set<String> gone = new HashSet<>();
        for (int from = 0; from < ids.size(); from += BATCH) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + BATCH));
            List<Object> there = redis.executePipelined((RedisCallback<Object>) connection -> {
                some.forEach(id -> connection.hashCommands().hExists(bytes(prefix + id), CREATED));
                return null;
            });
            for (int i = 0; i < some.size(); i++) {
                if (Boolean.FALSE.equals(there.get(i))) {
                    gone.add(some.get(i));
                }
            }
        }
        return gone;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void use(String id) {
        if (used.asMap().putIfAbsent(id, true) == null) {
            use(sessions.getObject(), id);
        }
    }

    private <S extends Session> void use(SessionRepository<S> repository, String id) {
        S session;
        try {
            session = repository.findById(id);
        } catch (IllegalStateException e) { // another node has left a hash of a session that ended: it counts as gone
            return;
        }
        if (session != null) {
            session.setLastAccessedTime(Instant.now());
            repository.save(session);
        }
    }
}
