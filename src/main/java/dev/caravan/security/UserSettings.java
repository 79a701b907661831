package dev.caravan.security;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * The users, {@code caravan.users}.
 *
 * @param users empty: {@code guest} with the password {@code guest} and every role, from this machine alone
 */
@ConfigurationProperties("caravan")
record UserSettings(@DefaultValue List<User> users) {
    /**
     * A user.
     *
     * @param name told apart from others without regard to case
     * @param password {@code {bcrypt}$2…}, or for development {@code {noop}} and the password itself
     * @param roles of {@code user}, {@code operator}, {@code admin}; each may do what the ones before it may
     */
    record User(String name, String password, @DefaultValue("user") Set<Role> roles) {
        User {
            Assert.hasText(name, "caravan.users[].name is missing");
            Assert.hasText(password, "caravan.users[].password of " + name + " is missing");
            Assert.isTrue(
                    password.matches("(?s)\\{[A-Za-z0-9@_-]+}.+"),
                    "caravan.users[].password of " + name
                            + " must say how it is encoded: {bcrypt}$2…, or {noop}… for development");
        }

        /** Says nothing of the password. */
        @Override
        public String toString() {
            return name + roles;
        }
    }

    UserSettings {
        Set<String> names = new HashSet<>();
        users.forEach(user -> Assert.isTrue(
                names.add(user.name().toLowerCase(Locale.ROOT)),
                "caravan.users has two users " + user.name() + "; names differ by more than case"));
    }
}
