package dev.caravan.security;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.PatternMatchUtils;

/**
 * The settings {@code caravan.security.*}.
 *
 * @param allowInsecure whether a node starts on a broker and a Redis that are not its own with credentials that everybody
 *     knows
 * @param hosts names under which this node is served, without a port; empty: any, but while {@code guest} may come from this
 *     machine, from there none but {@code localhost}. An address always is: it cannot be made to point elsewhere
 * @param rate requests a second of one user, or of one address that has not logged in; what is above is answered 429. 0: any
 *     number
 * @param failedLogins wrong passwords a minute from one address; then none is looked at from there, until the minute is over
 * @param anonymousChat from where people may chat who have not logged in, under a name that they choose and no user has
 * @param access who may use paths that are not Caravan's own, the first that matches; without one: whoever has the role
 *     {@code user}
 * @param rooms who may listen and speak in rooms of the chat, the first that matches; without one: everybody who may chat
 */
@ConfigurationProperties("caravan.security")
record SecuritySettings(
        @DefaultValue("false") boolean allowInsecure,
        @DefaultValue Set<String> hosts,
        @DefaultValue("5000") int rate,
        @DefaultValue("10") int failedLogins,
        @DefaultValue("loopback") Anonymous anonymousChat,
        @DefaultValue List<Path> access,
        @DefaultValue List<Room> rooms) {
    SecuritySettings {
        Assert.isTrue(
                hosts.stream().allMatch(host -> host.matches("[\\w.-]+")),
                "caravan.security.hosts are names without a port, such as caravan.example");
        hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        Assert.isTrue(rate >= 0, "caravan.security.rate must not be negative");
        Assert.isTrue(failedLogins > 0, "caravan.security.failed-logins must be positive");
    }

    enum Anonymous {
        NOWHERE,
        /** This machine. */
        LOOPBACK,
        EVERYWHERE
    }

    /** Whether somebody at this address may chat without a login. */
    boolean mayChat(String address) {
        return switch (anonymousChat) {
            case NOWHERE -> false;
            case LOOPBACK -> ClientAddresses.isLoopback(address);
            case EVERYWHERE -> true;
        };
    }

    /**
     * A path of a route of yours.
     *
     * @param path as Spring MVC has patterns, {@code /hooks/**}
     * @param methods GET, POST…; empty: all
     * @param role the least that is needed; none: whoever comes, unknown to the server
     */
    record Path(String path, @DefaultValue Set<String> methods, Role role) {
        Path {
            Assert.isTrue(path != null && path.startsWith("/"), "caravan.security.access[].path must begin with /");
        }
    }

    /**
     * Rooms of the chat.
     *
     * @param room a name, in which {@code *} stands for any number of characters
     * @param role the least that is needed
     */
    record Room(String room, Role role) {
        Room {
            Assert.hasText(room, "caravan.security.rooms[].room is missing");
            Assert.notNull(role, "caravan.security.rooms[].role is missing");
        }

        boolean matches(String name) {
            return PatternMatchUtils.simpleMatch(room, name);
        }
    }
}
