package dev.caravan.security;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.MessageRejected;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.Principal;
import java.util.function.UnaryOperator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationProvider;
import org.springframework.stereotype.Component;

/** Decides who may use the chat, and which rooms. Thread-safe. */
@Component
class UserChatAccess implements ChatAccessControl {
    private static final String TOKEN = "X-XSRF-TOKEN";
    private static final String BEARER = "Bearer ";
    private static final String JOBS = "jobs/";
    private static final String EVENTS = "events";

    private final SecuritySettings settings;
    private final Users users;
    private final PasswordLogin passwords;
    private final JwtAuthenticationProvider tokens;

    UserChatAccess(
            SecuritySettings settings,
            Users users,
            PasswordLogin passwords,
            ObjectProvider<JwtDecoder> decoder,
            ObjectProvider<JwtAuthenticationConverter> converter) {
        this.settings = settings;
        this.users = users;
        this.passwords = passwords;
        JwtDecoder known = decoder.getIfAvailable();
        tokens = known == null ? null : new JwtAuthenticationProvider(known);
        if (tokens != null) {
            converter.ifAvailable(tokens::setJwtAuthenticationConverter);
        }
    }

    @Override
    public Principal enter(Principal client, UnaryOperator<String> header) throws MessageRejected {
        ClientIdentity identity = (ClientIdentity) client;
        String authorization = header.apply("Authorization");
        String passcode = header.apply("passcode");
        try {
            if (authorization != null && authorization.startsWith(BEARER) && tokens != null) {
                return tokens.authenticate(
                        new BearerTokenAuthenticationToken(authorization.substring(BEARER.length())));
            }
            if (passcode != null && !passcode.isEmpty()) {
                String login = header.apply("login");
                return passwords.login(login == null ? "" : login, passcode, identity.address());
            }
        } catch (TooManyFailedLogins e) {
            throw new MessageRejected(e.getMessage() + " Try again in " + e.seconds() + " s.");
        } catch (AuthenticationException e) {
            throw new MessageRejected("These credentials are not valid");
        }
        if (identity.login() instanceof SessionLogin && !isShown(identity.token(), header.apply(TOKEN))) {
            throw new MessageRejected(
                    "The header " + TOKEN + " of CONNECT must have the value of the cookie XSRF-TOKEN");
        }
        if (identity.login() == null && !identity.mayBeAnonymous()) {
            throw new MessageRejected("Log in first");
        }
        return identity.login();
    }

    private static boolean isShown(String token, String shown) {
        return token != null
                && shown != null
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean mayUse(Principal somebody, String room) {
        if (room.startsWith(JOBS)) {
            return Role.USER.isOf(somebody);
        }
        if (room.equals(EVENTS) || room.startsWith(EVENTS + "/")) {
            return Role.OPERATOR.isOf(somebody);
        }
        for (SecuritySettings.Room restricted : settings.rooms()) {
            if (restricted.matches(room)) {
                return restricted.role().isOf(somebody);
            }
        }
        return somebody == null || Role.USER.isOf(somebody);
    }

    @Override
    public void checkName(String name) throws MessageRejected {
        if (!UserNames.isVisible(name)) {
            throw new MessageRejected("A name must not have invisible characters, nor spaces around it");
        }
        if (UserNames.mixesAlphabets(name)) {
            throw new MessageRejected("A name must not mix Latin, Greek and Cyrillic letters");
        }
        if (users.isTaken(name)) {
            throw new MessageRejected("The name " + name + " is a user's: log in, or take another one");
        }
    }
}
