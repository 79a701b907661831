package dev.caravan.routes;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * {@code caravan.routes.*}.
 *
 * @param directory where the route files are; empty: {@code src/main/resources/routes} if Caravan is run from its
 *     sources, else {@code routes} if there is one, else the files in the jar, which cannot be edited
 * @param poll how often the directory is looked at
 * @param drain how long a route that was replaced may go on with what it is working; after that it is cut off
 * @param maxFileSize largest route file
 * @param maxFiles how many route files there may be
 * @param history how many revisions of each file are kept
 * @param allowedClasses classes that route files may name besides plain values and exceptions; none by default
 * @param writable whether route files may be changed and checked over REST and JMX
 */
@ConfigurationProperties("caravan.routes")
record RoutesSettings(
        String directory,
        Duration poll,
        Duration drain,
        DataSize maxFileSize,
        int maxFiles,
        int history,
        Set<String> allowedClasses,
        boolean writable) {
    RoutesSettings {
        allowedClasses = allowedClasses == null ? Set.of() : Set.copyOf(allowedClasses);
        Assert.isTrue(poll.toMillis() >= 10, "caravan.routes.poll must be 10ms at the least");
        Assert.isTrue(!drain.isNegative(), "caravan.routes.drain must not be negative");
        Assert.isTrue(history >= 1, "caravan.routes.history must be 1 at the least");
    }
}
