package dev.caravan.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.DirectAccess;
import dev.caravan.http.ProxyHeaders;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.stereotype.Component;

/**
 * Admits the requests of scripts and services for jobs: HTTP Basic, with a password that was right recently, a role that may
 * use jobs, and below the limit of requests. The same users, roles, limits, host names and audit lines hold as in the filters
 * ({@link SecurityConfiguration}), to which all other requests go. Thread-safe.
 */
@Component
final class BasicAccess implements DirectAccess {
    /** {@code /jobs} and one segment below it. */
    /** Not acts on many jobs, which ask for a role. */
    private static final Pattern PATHS = Pattern.compile("/jobs(/(?!bulk$)[^/]+)?");

    private static final String BASIC = "Basic ";

    private static final Set<String> DIRECT = Set.of("GET", "HEAD", "POST");

    private final PasswordLogin logins;
    private final HostFilter hosts;
    private final RequestRate rate;
    private final AuditLog audit;
    private final boolean believed;

    BasicAccess(PasswordLogin logins, HostFilter hosts, RequestRate rate, AuditLog audit, ProxyHeaders proxy) {
        this.logins = logins;
        this.hosts = hosts;
        this.rate = rate;
        this.audit = audit;
        this.believed = proxy.areBelieved();
    }

    @Override
    public User user(Head request) {
        if (!DIRECT.contains(request.method()) // others ask for the roles of the user, which the filters tell
                || !PATHS.matcher(request.path()).matches()
                || SecurityHeaders.isFile(request.path())
                || !hosts.isServed(request.host(), request.address())) {
            return null;
        }
        String address = ClientAddresses.of(request.address(), request.host(), believed);
        UserDetails user = login(request.authorization(), address);
        if (user == null || !Role.USER.isAmong(user.getAuthorities())) {
            return null;
        }
        if (rate.isExceeded(user.getUsername())) {
            rate.takeBack(user.getUsername()); // the filters count it
            return null;
        }
        audit.record(request.method(), request.path(), user.getUsername(), address);
        return new User(user.getUsername(), Role.OPERATOR.isAmong(user.getAuthorities()));
    }

    private UserDetails login(String authorization, String address) {
        if (!authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return null;
        }
        String credentials;
        try {
            byte[] encoded = authorization.substring(BASIC.length()).trim().getBytes(UTF_8);
            credentials = new String(Base64.getDecoder().decode(encoded), UTF_8);
        } catch (IllegalArgumentException e) {
            return null; // the filters respond
        }
        int colon = credentials.indexOf(':');
        return colon < 0
                ? null
                : logins.known(credentials.substring(0, colon), credentials.substring(colon + 1), address);
    }

    /** Paths of jobs are no files. */
    @Override
    public Map<String, String> responseHeaders(boolean secure) {
        return SecurityHeaders.of("/jobs", secure);
    }
}
