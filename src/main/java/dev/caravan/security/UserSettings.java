package dev.caravan.security;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Who may log in, by name and password.
 *
 * @param users the users. Empty: {@code guest} with the password {@code guest} and every role, from this machine alone
 */
@ConfigurationProperties("caravan")
record UserSettings(@DefaultValue List<User> users) {
    /**
     * A user.
     *
     * @param name the name, in visible characters of one alphabet; two names differ by more than case
     * @param password {@code {bcrypt}$2…} of cost 10 at least ({@code htpasswd -nBC 12 ada}), or for development {@code
     *     {noop}} and the password itself
     * @param roles {@code user}, {@code operator}, {@code author} or {@code approver}, {@code admin}, each with all rights of the ones before; or {@code
     *     monitor}, which may read {@code /actuator/prometheus} and nothing else
     */
    record User(String name, String password, @DefaultValue("user") Set<Role> roles) {
        private static final Pattern BCRYPT = Pattern.compile("\\{bcrypt}\\$2[abxy]?\\$(\\d\\d)\\$.*");
        private static final int LEAST_COST = 10;

        User {
            Assert.hasText(name, "caravan.users[].name is missing");
            Assert.isTrue(
                    UserNames.isVisible(name) && !UserNames.mixesAlphabets(name),
                    "caravan.users[].name " + name
                            + " has invisible characters, spaces around it, or letters of alphabets that look alike");
            Assert.hasText(password, "caravan.users[].password of " + name + " is missing");
            Assert.isTrue(
                    password.matches("(?s)\\{[A-Za-z0-9@_-]+}.+"),
                    "caravan.users[].password of " + name
                            + " must say how it is encoded: {bcrypt}$2…, or {noop}… for development");
            Matcher bcrypt = BCRYPT.matcher(password);
            Assert.isTrue(
                    !bcrypt.matches() || Integer.parseInt(bcrypt.group(1)) >= LEAST_COST,
                    "caravan.users[].password of " + name + " is bcrypt of cost below " + LEAST_COST
                            + ", which is guessed too quickly: htpasswd -nBC 12 " + name + " …");
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
                names.add(UserNames.fold(user.name())),
                "caravan.users has two users " + user.name() + "; names differ by more than case"));
    }
}
