package dev.caravan.security;

import java.security.Principal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.springframework.security.core.Authentication;

/** What a user may do; each role may do what the ones before it may. */
enum Role {
    /** Submits jobs and reads them; chats. */
    USER,
    /** Publishes and follows events, watches routes and nodes: Hawtio, metrics. */
    OPERATOR,
    /** Writes routes, and changes what runs. */
    ADMIN;

    private static final String PREFIX = "ROLE_";

    /** As settings and answers have it: {@code operator}. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As Spring Security has it: {@code ROLE_operator}. */
    String authority() {
        return PREFIX + text();
    }

    /** What it takes to be at least this: the authorities of this role and of those above. */
    String[] authorities() {
        return Arrays.stream(values())
                .filter(role -> role.compareTo(this) >= 0)
                .map(Role::authority)
                .toArray(String[]::new);
    }

    /** Whether somebody has this role, or one above. */
    boolean isOf(Principal somebody) {
        return somebody instanceof Authentication login
                && login.isAuthenticated()
                && of(login).stream().anyMatch(role -> role.compareTo(this) >= 0);
    }

    /** The roles of somebody, as they were given. */
    static List<Role> of(Authentication login) {
        return Arrays.stream(values())
                .filter(role -> login.getAuthorities().stream()
                        .anyMatch(granted -> role.authority().equals(granted.getAuthority())))
                .toList();
    }
}
