package dev.caravan.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Gives {@code caravan.node}, the name of this node, its default: host name and process id; and {@code caravan.instance} a
 * value that no other start of any node has.
 */
class NodeNameEnvironment implements EnvironmentPostProcessor {
    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        String name = host() + "-" + ProcessHandle.current().pid();
        String instance = HexFormat.of().toHexDigits(new SecureRandom().nextInt());
        environment
                .getPropertySources()
                .addLast(new MapPropertySource(
                        "caravan-node", Map.of("caravan.node", name, "caravan.instance", instance)));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
