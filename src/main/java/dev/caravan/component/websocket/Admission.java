package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.util.WebUtils;

/** Decides who may connect. Counts each rejection and responds with a problem. Thread-safe. */
public final class Admission {
    private static final String RETRY_SECONDS = "5";
    private static final Pattern IPV6 = Pattern.compile("\\[?[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%\\w+)?]?");

    private final WebSocketPaths paths;
    private final SecureRandom random = new SecureRandom();

    Admission(WebSocketPaths paths) {
        this.paths = paths;
    }

    /** The consumer that receives new connections. */
    public WebSocketConsumer consumer(WebSocketPath path) {
        WebSocketConsumer consumer = path.expected();
        if (consumer == null || !paths.isRunning()) {
            throw rejection("no-route", HttpStatus.SERVICE_UNAVAILABLE, "The service is not running.", RETRY_SECONDS);
        }
        return consumer;
    }

    /** A browser always sends its page's Origin; a client without one is no browser. */
    public void checkOrigin(HttpServletRequest request, WebSocketEndpoint options) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        List<String> allowed = list(options.getAllowedOrigins());
        if (origin == null || allowed.contains("*") || allowed.contains(origin) || isOwn(request)) {
            return;
        }
        throw rejection("origin", HttpStatus.FORBIDDEN, "This Origin may not connect.", null);
    }

    private static boolean isOwn(HttpServletRequest request) {
        try {
            return WebUtils.isSameOrigin(new ServletServerHttpRequest(request));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Connections count from the moment they open, so that none counts for ever: a burst may exceed the limits by the
     * number of concurrent requests.
     */
    public void checkRoom(HttpServletRequest request, WebSocketComponent limits) {
        if (paths.count() >= limits.getMaxConnections()) {
            throw rejection("connections", HttpStatus.SERVICE_UNAVAILABLE, "Too many connections.", RETRY_SECONDS);
        }
        if (paths.count(network(request.getRemoteAddr())) >= limits.getMaxConnectionsPerAddress()) {
            throw rejection(
                    "connections-per-address",
                    HttpStatus.TOO_MANY_REQUESTS,
                    "Too many connections from this address.",
                    RETRY_SECONDS);
        }
    }

    /** @param retryAfter seconds; null if another attempt is pointless */
    public ErrorResponseException rejection(String reason, HttpStatus status, String detail, String retryAfter) {
        rejected(reason);
        ErrorResponseException rejection =
                new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
        if (retryAfter != null) {
            rejection.getHeaders().set(HttpHeaders.RETRY_AFTER, retryAfter);
        }
        return rejection;
    }

    /** Counts a rejection to which another class responds. */
    public void rejected(String reason) {
        paths.meters().rejected(reason);
    }

    /**
     * What counts as one address: of IPv6 the network, the first 64 bits, since a host may choose the others. Never
     * looks a name up, which a proxy may give for an address.
     */
    static String network(String address) {
        if (!IPV6.matcher(address).matches()) {
            return address;
        }
        try {
            InetAddress parsed = InetAddress.getByName(address);
            if (!(parsed instanceof Inet6Address)) {
                return parsed.getHostAddress(); // IPv4 in IPv6
            }
            byte[] network = Arrays.copyOf(parsed.getAddress(), 8);
            return InetAddress.getByAddress(Arrays.copyOf(network, 16)).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            return address;
        }
    }

    /** Makes a connection with a key that nobody can guess. */
    public Connection connection(
            HttpServletRequest request, WebSocketPath path, WebSocketEndpoint options, String subprotocol) {
        byte[] key = new byte[16];
        random.nextBytes(key);
        return new Connection(
                path, options, Base64.getUrlEncoder().withoutPadding().encodeToString(key), request, subprotocol);
    }

    static List<String> list(String commas) {
        return List.of(StringUtils.tokenizeToStringArray(commas, ", "));
    }
}
