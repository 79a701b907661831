package dev.caravan.node;

import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.spi.PropertiesFunction;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;
import org.springframework.util.Assert;

/**
 * The roles of this node, {@code caravan.roles}. A route says in which it runs, {@code precondition: "{{role:worker}}"};
 * on a node without that role it is left out.
 */
@Component
@EnableConfigurationProperties(NodeSettings.class)
public record Roles(Set<String> roles) implements PropertiesFunction {
    public static final Set<String> KNOWN = Set.of("api", "worker", "events", "chat");

    @Autowired
    Roles(NodeSettings settings) {
        this(settings.roles());
    }

    @Override
    public String getName() {
        return "role";
    }

    @Override
    public String apply(String role) {
        Assert.isTrue(KNOWN.contains(role), () -> "there is no role " + role + ", only " + new TreeSet<>(KNOWN));
        return Boolean.toString(roles.contains(role));
    }
}
