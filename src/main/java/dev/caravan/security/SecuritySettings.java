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
 * What is allowed, and to whom.
 *
 * @param allowInsecure whether a node starts on a broker and a Redis that are not its own with {@code guest/guest} or without
 *     a password
 * @param hosts names under which this node is served ({@code Host}), without a port. Empty: any, but as long as {@code guest}
 *     may come from this machine, from there {@code localhost} alone. Addresses and {@code localhost} are always allowed
 * @param rate requests a second of one user, or of one address without a login; more are answered 429. 0: any number
 * @param failedLogins wrong passwords a minute from one address, before further ones from there are answered 429 unread
 * @param anonymousChat from where people may chat without a login, under a name of their choice: {@code nowhere}, {@code
 *     loopback}, {@code everywhere}
 * @param access who may use paths of your own routes; the first that matches counts. Without one: a user with the role
 *     {@code user}
 * @param rooms rooms of the chat that need a role; the first that matches counts. Without one: everybody who may chat
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
     * @param path a pattern of Spring MVC, such as {@code /shop/**}
     * @param methods {@code GET}, {@code POST}…; empty: all
     * @param role the least role that is needed; none: everybody, without a login
     */
    record Path(String path, @DefaultValue Set<String> methods, Role role) {
        Path {
            Assert.isTrue(path != null && path.startsWith("/"), "caravan.security.access[].path must begin with /");
        }
    }

    /**
     * Rooms of the chat.
     *
     * @param room a name, such as {@code ops-*}, in which {@code *} stands for any number of characters
     * @param role the least role that is needed
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
