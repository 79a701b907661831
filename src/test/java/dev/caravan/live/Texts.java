package dev.caravan.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Set;
import org.springframework.util.unit.DataSize;

/** Texts of route files, and the settings to read them with. */
final class Texts {
    private Texts() {}

    /** A route {@code id} from {@code direct:id} that answers something. */
    static String route(String id, String answer) {
        return route(id, "direct:" + id, "setBody:\n            constant: " + answer);
    }

    static String route(String id, String from, String step) {
        return """
                - route:
                    id: %s
                    routeConfigurationId: pass-on
                    from:
                      uri: %s
                      steps:
                        - %s
                """
                .formatted(id, from, step);
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static RoutesSettings settings(String... allowedClasses) {
        return new RoutesSettings(
                "",
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                DataSize.ofKilobytes(256),
                2000,
                3,
                Set.of(allowedClasses),
                false);
    }
}
