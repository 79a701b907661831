package dev.caravan.node;

import java.util.Set;
import org.apache.camel.spi.PropertiesFunction;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.Assert;

/**
 * The roles of this node, {@code caravan.roles}: every node knows all routes, and starts those of its roles. A route
 * says which it is of: {@code autoStartup: "{{role:worker}}"}.
 */
@ConfigurationProperties("caravan")
record Roles(Set<String> roles) implements PropertiesFunction {
    private static final Set<String> KNOWN = Set.of("api", "worker", "events", "chat");

    Roles {
        Assert.isTrue(
                roles != null && !roles.isEmpty() && KNOWN.containsAll(roles),
                () -> "caravan.roles must be some of " + KNOWN + ", but is " + roles);
    }

    @Override
    public String getName() {
        return "role";
    }

    @Override
    public String apply(String role) {
        return Boolean.toString(roles.contains(role));
    }
}
