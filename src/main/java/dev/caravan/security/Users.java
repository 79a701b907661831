package dev.caravan.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.core.env.Environment;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.stereotype.Component;

/** The users that the settings name, or {@code guest} if they name none and no issuer of tokens either. Immutable. */
@Component
class Users {
    static final String GUEST = "guest";
    private static final List<String> TOKENS = List.of("issuer-uri", "jwk-set-uri", "public-key-location");

    private final Map<String, UserSettings.User> users = new HashMap<>();
    private final Set<String> folded;
    private final boolean guest;

    Users(UserSettings settings, Environment environment) {
        settings.users().forEach(user -> users.put(key(user.name()), user));
        guest = users.isEmpty()
                && TOKENS.stream()
                        .noneMatch(name ->
                                environment.containsProperty("spring.security.oauth2.resourceserver.jwt." + name));
        if (guest) {
            users.put(GUEST, new UserSettings.User(GUEST, "{noop}" + GUEST, EnumSet.allOf(Role.class)));
        }
        folded = users.keySet().stream().map(UserNames::fold).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether {@code guest} with the password that everybody knows may come in from this machine. */
    boolean hasGuest() {
        return guest;
    }

    boolean mayComeFrom(String name, String address) {
        return !guest || !key(name).equals(GUEST) || ClientAddresses.isLoopback(address);
    }

    /** Whether the name, in any case and any form of its letters, is one of a user. */
    boolean isTaken(String name) {
        return folded.contains(UserNames.fold(name));
    }

    /** @throws UsernameNotFoundException if there is no such user */
    UserDetails user(String name) {
        UserSettings.User user = find(name);
        return new User(user.name(), user.password(), authorities(user));
    }

    /** What a login is worth as long as the user is there and has this password; changes with it. */
    String stamp(String name) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(find(name).password().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private UserSettings.User find(String name) {
        UserSettings.User user = users.get(key(name));
        if (user == null) {
            throw new UsernameNotFoundException("There is no such user");
        }
        return user;
    }

    private static List<GrantedAuthority> authorities(UserSettings.User user) {
        return user.roles().stream()
                .<GrantedAuthority>map(role -> new SimpleGrantedAuthority(role.authority()))
                .toList();
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
