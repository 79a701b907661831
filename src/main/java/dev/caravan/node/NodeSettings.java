package dev.caravan.node;

import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * What this node is.
 *
 * @param roles which routes this node starts: {@code api} (HTTP), {@code worker} (runs jobs), {@code events}, {@code chat}.
 *     All nodes know all routes
 * @param node name of this node, shown with the jobs that it runs. Without one: host name and process id
 * @param instance a value that no other start of any node has; part of the names of this node's queues. Leave it unset
 */
@ConfigurationProperties("caravan")
record NodeSettings(
        @DefaultValue({"api", "worker", "events", "chat"}) Set<String> roles, String node, String instance) {
    NodeSettings {
        Assert.isTrue(
                !roles.isEmpty() && Roles.KNOWN.containsAll(roles),
                () -> "caravan.roles must be some of " + Roles.KNOWN + ", but is " + roles);
    }
}
