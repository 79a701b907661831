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
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Logs, once a node is ready, its addresses, the servers that do not respond, and how another node joins. No secrets. */
@Component
class StartupBanner {
    private static final Logger LOG = LoggerFactory.getLogger(StartupBanner.class);

    private final Roles roles;
    private final RabbitConnectionDetails broker;
    private final RedisConnectionDetails redis;
    private final LocalNode self;
    private final ServerMonitor servers;
    private final String node;
    private final Environment environment;

    StartupBanner(
            Roles roles,
            RabbitConnectionDetails broker,
            RedisConnectionDetails redis,
            LocalNode self,
            ServerMonitor servers,
            @Value("${caravan.node}") String node,
            Environment environment) {
        this.roles = roles;
        this.broker = broker;
        this.redis = redis;
        this.self = self;
        this.servers = servers;
        this.node = node;
        this.environment = environment;
    }

    @Order(0)
    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        List<String> lines = new ArrayList<>();
        List<String> away = servers.away();
        lines.add("Caravan is ready"
                + (away.isEmpty()
                        ? ""
                        : ", but " + String.join(" and ", away) + (away.size() == 1 ? " does" : " do") + " not respond")
                + ": node " + node + ", roles "
                + roles.roles().stream().sorted().collect(Collectors.joining(",")));
        String base = self.http();
        if (base != null) {
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
        lines.add(
                "  To start a second node, give it both options that follow \"join:\", and a port: --server.port=8081");
        String banner = String.join(System.lineSeparator(), lines);
        if (away.isEmpty()) {
            LOG.info(OneLine.LINES, banner);
        } else {
            LOG.warn(OneLine.LINES, banner);
        }
    }

    private String brokers() {
        String addresses = ServerMonitor.addresses(broker);
        return addresses + "  (join: " + join("broker", "--spring.rabbitmq.addresses=" + addresses) + ")";
    }

    private String redis() {
        String addresses = ServerMonitor.addresses(redis);
        if (redis.getSentinel() != null) {
            String master = redis.getSentinel().getMaster();
            return master + " by Sentinel " + addresses + "  (join: --spring.data.redis.sentinel.master=" + master
                    + " --spring.data.redis.sentinel.nodes=" + addresses + ")";
        }
        if (redis.getCluster() != null) {
            return "cluster " + addresses + "  (join: --spring.data.redis.cluster.nodes=" + addresses + ")";
        }
        RedisConnectionDetails.Standalone one = redis.getStandalone();
        String where = "--spring.data.redis.host=" + one.getHost() + " --spring.data.redis.port=" + one.getPort();
        return addresses + "  (join: " + join("redis", where) + ")";
    }

    /** The module that made up a password for a part has written it to a file, and names that here. */
    private String join(String part, String otherwise) {
        return environment.getProperty("caravan.join." + part, otherwise);
    }
}
