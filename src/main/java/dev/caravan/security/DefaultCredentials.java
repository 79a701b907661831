package dev.caravan.security;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/**
 * Stops the start of a node that uses an external broker or Redis with default credentials. The embedded ones have
 * random passwords.
 */
@Component
class DefaultCredentials {
    private static final String GUEST = "guest";

    DefaultCredentials(
            SecuritySettings settings, Users users, RabbitConnectionDetails broker, RedisConnectionDetails redis) {
        List<String> found = found(users, broker, redis);
        if (!found.isEmpty() && !settings.allowInsecure()) {
            throw new Insecure(found);
        }
    }

    static List<String> found(Users users, RabbitConnectionDetails broker, RedisConnectionDetails redis) {
        List<String> found = new ArrayList<>();
        boolean ownBroker = isEmbedded(broker);
        boolean ownRedis = isEmbedded(redis);
        if (users.hasGuest() && !(ownBroker && ownRedis)) {
            found.add("caravan.users is empty, so that guest/guest may log in from this machine");
        }
        if (!ownBroker && GUEST.equals(broker.getUsername()) && GUEST.equals(broker.getPassword())) {
            found.add("spring.rabbitmq.username and .password are guest/guest");
        }
        if (!ownRedis && !StringUtils.hasText(redis.getPassword())) {
            found.add("spring.data.redis.password is empty");
        }
        return found;
    }

    /** The embedded parts bring their own connection details; all others come from settings. */
    private static boolean isEmbedded(Object details) {
        return details.getClass().getName().startsWith("dev.caravan.embedded.");
    }

    /** Why a node does not start. */
    static final class Insecure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient List<String> found;

        Insecure(List<String> found) {
            super("Caravan does not start with credentials that everybody knows: " + String.join("; ", found));
            this.found = List.copyOf(found);
        }

        List<String> found() {
            return found;
        }
    }
}
