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
 * Whether the broker and Redis answer, by when they last did: routes ask them every two seconds. So a probe is answered at
 * once, even if a server stands still with its connections open, and however many probes come. A node that only chats goes on
 * without them: it is degraded, and ready all the same.
 */
@Configuration(proxyBeanMethods = false)
class ServerHealth {
    /** They are asked every two seconds, and an answer may take five. */
    private static final Duration BROKER_SILENT = Duration.ofSeconds(8);
    /** As long as others see this node in the register. */
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

    private Health health(Instant heard, Duration silent, boolean failing) {
        if (heard == null) {
            return failing ? Health.status(gone).build() : Health.unknown().build();
        }
        boolean there = !failing && heard.plus(silent).isAfter(Instant.now());
        return (there ? Health.up() : Health.status(gone))
                .withDetail("lastAnswer", heard.toString())
                .build();
    }
}
