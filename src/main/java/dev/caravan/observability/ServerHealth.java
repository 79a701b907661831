package dev.caravan.observability;

import dev.caravan.component.rabbitmq.QueueDepths;
import dev.caravan.node.NodeRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Whether the broker and Redis respond, by the time of their last response: routes ask them every two seconds. So a probe gets
 * its response at once, even if a server hangs with its connections open, and however many probes come. A node with the role
 * chat alone runs without them: it is degraded, and ready.
 */
@Configuration(proxyBeanMethods = false)
class ServerHealth {
    /** Routes ask every two seconds, and a response may take five. */
    private static final Duration BROKER_SILENT = Duration.ofSeconds(8);
    /** As long as other nodes see this one in the registry. */
    private static final Duration REDIS_SILENT = Duration.ofSeconds(6);

    private static final Status DEGRADED = new Status("DEGRADED");

    private final Status gone;

    ServerHealth(@Value("${caravan.roles}") Set<String> roles) {
        gone = roles.equals(Set.of("chat")) ? DEGRADED : Status.DOWN;
    }

    @Bean
    HealthIndicator brokerHealthIndicator(QueueDepths depths) {
        return () -> health(depths.latest().at(), BROKER_SILENT, depths.isFailing());
    }

    @Bean
    HealthIndicator redisHealthIndicator(NodeRegistry register) {
        return () -> health(register.writtenAt(), REDIS_SILENT, false);
    }

    private Health health(Instant lastResponse, Duration silent, boolean failing) {
        if (lastResponse == null) {
            return failing ? Health.status(gone).build() : Health.unknown().build();
        }
        boolean up = !failing && lastResponse.plus(silent).isAfter(Instant.now());
        return (up ? Health.up() : Health.status(gone))
                .withDetail("lastResponse", lastResponse.toString())
                .build();
    }
}
