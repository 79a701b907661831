package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.amqp.AmqpConnectException;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

@ExtendWith(OutputCaptureExtension.class)
class ServerMonitorTest {
    private final ConnectionFactory rabbit = mock();
    private final Connection connection = mock();
    private final StringRedisTemplate redis = mock();
    private final RabbitConnectionDetails broker = mock();
    private final RedisConnectionDetails store = mock();
    private final LocalNode self = mock();
    private ServerMonitor servers;

    @BeforeEach
    void start() {
        when(broker.getAddresses()).thenReturn(List.of(new RabbitConnectionDetails.Address("rabbit.example", 5672)));
        when(store.getStandalone()).thenReturn(RedisConnectionDetails.Standalone.of("redis.example", 6379));
        when(rabbit.createConnection()).thenReturn(connection);
        when(connection.isOpen()).thenReturn(true);
        servers = new ServerMonitor(rabbit, broker, redis, store);
    }

    private void redisIsAway() {
        when(redis.execute(any(RedisCallback.class)))
                .thenThrow(new RedisConnectionFailureException("?", new ConnectException("Connection refused")));
    }

    @Test
    void saysOnceWhichServerIsAwayAndOnceThatItIsBack(CapturedOutput output) {
        redisIsAway();
        servers.check();
        servers.check();
        assertThat(output.getOut().lines()).hasSize(1);
        assertThat(output).contains("WARN", "Cannot connect to Redis at redis.example:6379: Connection refused");

        org.mockito.Mockito.reset(redis);
        servers.check();
        servers.check();
        assertThat(output.getOut().lines()).hasSize(2);
        assertThat(output).contains("INFO", "Redis at redis.example:6379 responds again");
    }

    @Test
    void noticesABrokerThatRefusesAndAConnectionThatIsLost(CapturedOutput output) {
        when(rabbit.createConnection()).thenThrow(new AmqpConnectException(new ConnectException("Connection refused")));
        assertThat(servers.away()).containsExactly("RabbitMQ at rabbit.example:5672");
        org.mockito.Mockito.reset(rabbit);
        when(rabbit.createConnection()).thenReturn(connection);
        assertThat(servers.away()).isEmpty();
        when(connection.isOpen()).thenReturn(false);
        assertThat(servers.away()).containsExactly("RabbitMQ at rabbit.example:5672");
        assertThat(output.getOut().lines()).hasSize(3);
    }

    private void logBanner() {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "join", Map.of("caravan.join.redis", "--spring.config.import=file:///r")));
        when(self.http()).thenReturn("http://127.0.0.1:8080");
        new StartupBanner(new Roles(Set.of("api")), broker, store, self, servers, "n", environment).ready();
    }

    @Test
    void theBannerSaysWhereEverythingIsAndHowToJoin(CapturedOutput output) {
        logBanner();
        assertThat(output)
                .contains(
                        "Caravan is ready: node n, roles api",
                        "  Dashboard http://127.0.0.1:8080/",
                        "  Broker    rabbit.example:5672  (join: --spring.rabbitmq.addresses=rabbit.example:5672)",
                        "  Redis     redis.example:6379  (join: --spring.config.import=file:///r)",
                        "To start a second node, give it both options that follow \"join:\"")
                .doesNotContain("WARN");
    }

    @Test
    void theBannerSaysWhichServerIsAway(CapturedOutput output) {
        redisIsAway();
        logBanner();
        assertThat(output)
                .contains("Caravan is ready, but Redis at redis.example:6379 does not respond: node n, roles api");
    }
}
