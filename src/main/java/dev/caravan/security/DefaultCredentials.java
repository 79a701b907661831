package dev.caravan.security;

import dev.caravan.node.StartRefused;
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
            throw new StartRefused("Caravan does not start with credentials that everybody knows: "
                    + String.join("; ", found)
                    + ". Set them (caravan.users[0].name, .password, .roles; spring.rabbitmq.username, .password;"
                    + " spring.data.redis.password), or, where nobody else can reach these servers,"
                    + " caravan.security.allow-insecure=true.");
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
}
