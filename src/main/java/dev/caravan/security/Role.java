package dev.caravan.security;

import java.security.Principal;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;

/** What a user may do. */
public enum Role {
    /** Submits jobs and reads them; chats. */
    USER,
    /** Publishes events and subscribes to them, watches routes and nodes: Hawtio, metrics. */
    OPERATOR,
    /** Reads, tries and writes route files, and so can run any code; what a user may, and nothing of an operator's. */
    AUTHOR,
    /** Reads route files and publishes drafts that authors have written; what a user may. */
    APPROVER,
    /** Changes what runs. */
    ADMIN,
    /** Reads metrics only: for scrapers. */
    MONITOR;

    private static final String PREFIX = "ROLE_";

    /** As settings and responses write it: {@code operator}. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As Spring Security writes it: {@code ROLE_operator}. */
    String authority() {
        return PREFIX + text();
    }

    /** Whether this role may do all that another one may: itself, and those below it. */
    private boolean includes(Role other) {
        return switch (this) {
            case USER, MONITOR -> other == this;
            case OPERATOR -> other != AUTHOR && other != APPROVER && other != ADMIN;
            case AUTHOR, APPROVER -> other == this || other == USER;
            case ADMIN -> true;
        };
    }

    /** The authorities of this role and of those above. */
    String[] authorities() {
        return Arrays.stream(values())
                .filter(role -> role.includes(this))
                .map(Role::authority)
                .toArray(String[]::new);
    }

    /** The authorities of each of these. */
    static String[] authoritiesOf(Role... roles) {
        return Arrays.stream(roles)
                .flatMap(role -> Arrays.stream(role.authorities()))
                .distinct()
                .toArray(String[]::new);
    }

    /** Whether the principal has this role, or one above. */
    public boolean isOf(Principal somebody) {
        return somebody instanceof Authentication login && login.isAuthenticated() && isAmong(login.getAuthorities());
    }

    /** Whether one of these authorities is this role, or one above. */
    boolean isAmong(Collection<? extends GrantedAuthority> granted) {
        List<String> enough = Arrays.asList(authorities());
        return granted.stream().anyMatch(each -> enough.contains(each.getAuthority()));
    }
}
