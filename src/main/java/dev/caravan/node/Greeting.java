package dev.caravan.node;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says, once a node is ready, where everything is and how another node joins. No secrets. */
@Component
class Greeting {
    private static final Logger LOG = LoggerFactory.getLogger(Greeting.class);

    private final Roles roles;
    private final RabbitConnectionDetails broker;
    private final RedisConnectionDetails redis;
    private final ThisNode self;
    private final String node;
    private final String host;
    private final Environment environment;

    Greeting(
            Roles roles,
            RabbitConnectionDetails broker,
            RedisConnectionDetails redis,
            ThisNode self,
            @Value("${caravan.node}") String node,
            @Value("${server.address:localhost}") String host,
            Environment environment) {
        this.roles = roles;
        this.broker = broker;
        this.redis = redis;
        this.self = self;
        this.node = node;
        this.host = host;
        this.environment = environment;
    }

    @EventListener
    void ready(ApplicationReadyEvent event) {
        List<String> lines = new ArrayList<>();
        lines.add("Caravan is ready: node " + node + ", roles "
                + roles.roles().stream().sorted().collect(Collectors.joining(",")));
        if (event.getApplicationContext() instanceof WebServerApplicationContext web) {
            String base =
                    self.scheme() + "://" + host + ":" + web.getWebServer().getPort();
            if (roles.roles().contains("api")) {
                lines.add("  Dashboard " + base + "/");
                lines.add("  REST      " + base + "/jobs");
                lines.add("  API docs  " + base + "/api-docs/");
            }
            if (roles.roles().contains("chat")) {
                lines.add("  Chat      " + base + "/chat");
            }
            lines.add("  Hawtio    " + base + "/hawtio");
        }
        lines.add("  Broker    " + brokers());
        lines.add("  Redis     " + redis());
        LOG.info("{}", String.join(System.lineSeparator(), lines));
    }

    private String brokers() {
        String addresses = broker.getAddresses().stream()
                .map(address -> address.host() + ":" + address.port())
                .collect(Collectors.joining(","));
        return addresses + "  (join: " + join("broker", "--spring.rabbitmq.addresses=" + addresses) + ")";
    }

    /** Boot has an address for one that stands alone even if it is told of others. */
    private String redis() {
        if (redis.getSentinel() != null) {
            String nodes = list(redis.getSentinel().getNodes());
            String master = redis.getSentinel().getMaster();
            return master + " by Sentinel " + nodes + "  (join: --spring.data.redis.sentinel.master=" + master
                    + " --spring.data.redis.sentinel.nodes=" + nodes + ")";
        }
        if (redis.getCluster() != null) {
            String nodes = list(redis.getCluster().getNodes());
            return "cluster " + nodes + "  (join: --spring.data.redis.cluster.nodes=" + nodes + ")";
        }
        RedisConnectionDetails.Standalone one = redis.getStandalone();
        String where = "--spring.data.redis.host=" + one.getHost() + " --spring.data.redis.port=" + one.getPort();
        return one.getHost() + ":" + one.getPort() + "  (join: " + join("redis", where) + ")";
    }

    /** Whoever has made up a password for a part keeps it in a file, and says so. */
    private String join(String part, String otherwise) {
        return environment.getProperty("caravan.join." + part, otherwise);
    }

    private static String list(List<RedisConnectionDetails.Node> nodes) {
        return nodes.stream().map(node -> node.host() + ":" + node.port()).collect(Collectors.joining(","));
    }
}
