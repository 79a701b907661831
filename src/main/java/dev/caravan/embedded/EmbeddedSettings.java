package dev.caravan.embedded;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the embedded broker and Redis listen, always on 127.0.0.1.
 *
 * @param brokerPort TCP port of the embedded broker. 0: any free one
 * @param redisPort TCP port of the embedded Redis. 0: any free one
 */
@ConfigurationProperties("caravan.embedded")
record EmbeddedSettings(@DefaultValue("0") int brokerPort, @DefaultValue("0") int redisPort) {

    /** @throws IllegalArgumentException if a port is not in 0..65535 */
    EmbeddedSettings {
        requirePort("broker-port", brokerPort);
        requirePort("redis-port", redisPort);
    }

    private static void requirePort(String name, int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(
                    "caravan.embedded." + name + " must be 0 (any free port) to 65535, not " + port);
        }
    }
}
