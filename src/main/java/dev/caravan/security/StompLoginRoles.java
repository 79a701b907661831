package dev.caravan.security;

import dev.caravan.component.stomp.StompRoles;
import java.security.Principal;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** The roles that options of {@code stomp:} name. Thread-safe. */
@Component
class StompLoginRoles implements StompRoles {
    private static final Map<String, Role> ROLES =
            Arrays.stream(Role.values()).collect(Collectors.toUnmodifiableMap(Role::text, role -> role));

    @Override
    public boolean isKnown(String role) {
        return ROLES.containsKey(role);
    }

    @Override
    public boolean isOf(Principal login, String role) {
        return ROLES.get(role).isOf(login);
    }
}
