package dev.caravan.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.util.WebUtils;

/**
 * The HTTP side: requests for the paths of consumers become WebSocket connections, or are refused. As a handler of
 * Spring MVC it runs after every filter, so who gets here has been let in.
 */
final class WebSocketUpgrades implements HandlerMapping, HttpRequestHandler, Ordered {
    private static final String PATH = WebSocketUpgrades.class.getName() + ".path";

    private final WebSocketPaths paths;
    private final Handshake handshake = new Handshake();
    private final SecureRandom random = new SecureRandom();

    WebSocketUpgrades(WebSocketPaths paths) {
        this.paths = paths;
    }

    @Override
    public int getOrder() {
        return -10; // before the controllers: a path that a consumer has is its own
    }

    @Override
    public HandlerExecutionChain getHandler(HttpServletRequest request) {
        WebSocketPath path = paths.path(
                request.getRequestURI().substring(request.getContextPath().length()));
        if (path == null) {
            return null;
        }
        request.setAttribute(PATH, path);
        return new HandlerExecutionChain(this);
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response) throws IOException {
        WebSocketPath path = (WebSocketPath) request.getAttribute(PATH);
        if (!"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            throw refused(
                    "no-upgrade",
                    HttpStatus.UPGRADE_REQUIRED,
                    "This path speaks WebSocket.",
                    HttpHeaders.UPGRADE,
                    "websocket");
        }
        WebSocketConsumer consumer = path.consumer();
        if (consumer == null) {
            throw refused(
                    "no-route",
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "The service is not running.",
                    HttpHeaders.RETRY_AFTER,
                    "5");
        }
        WebSocketEndpoint options = consumer.options();
        if (!originAllowed(request, options.getAllowedOrigins())) {
            throw refused("origin", HttpStatus.FORBIDDEN, "This Origin may not connect.", null, null);
        }
        String address = request.getRemoteAddr();
        // Connections count from when they open, so that none is counted for ever: a burst may exceed this by
        // the number of requests that are worked at once.
        if (paths.count() >= consumer.component().getMaxConnections()) {
            throw refused(
                    "connections",
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many connections.",
                    HttpHeaders.RETRY_AFTER,
                    "5");
        }
        if (paths.count(address) >= consumer.component().getMaxConnectionsPerAddress()) {
            throw refused(
                    "connections-per-address",
                    HttpStatus.TOO_MANY_REQUESTS,
                    "Too many connections from this address.",
                    HttpHeaders.RETRY_AFTER,
                    "5");
        }
        List<String> offered = list(request.getHeaders("Sec-WebSocket-Protocol"));
        String subprotocol = list(options.getSubprotocols()).stream()
                .filter(offered::contains)
                .findFirst()
                .orElse(null);
        if (subprotocol == null && !offered.isEmpty()) {
            throw refused("subprotocol", HttpStatus.BAD_REQUEST, "None of the sub-protocols is spoken.", null, null);
        }
        Principal principal = request.getUserPrincipal();
        Connection connection =
                new Connection(paths, path, options, key(), address, request.getRemotePort(), subprotocol, principal);
        boolean upgraded = handshake.upgrade(request, new JettyTransport(connection, options), options, subprotocol);
        if (!upgraded && !response.isCommitted()) {
            throw refused("malformed", HttpStatus.BAD_REQUEST, "Not a WebSocket handshake.", null, null);
        }
    }

    /** A browser names its page's Origin and cannot be made to lie; who names none is no browser. */
    private static boolean originAllowed(HttpServletRequest request, String allowed) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        List<String> origins = list(allowed);
        if (origin == null || origins.contains("*") || origins.contains(origin)) {
            return true;
        }
        try {
            return WebUtils.isSameOrigin(new ServletServerHttpRequest(request));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private ErrorResponseException refused(
            String reason, HttpStatus status, String detail, String header, String value) {
        paths.meters().refused(reason);
        ErrorResponseException refusal =
                new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
        if (header != null) {
            refusal.getHeaders().set(header, value);
        }
        return refusal;
    }

    /** Names the connection to whom the route tells it; nobody can guess it. */
    private String key() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static List<String> list(java.util.Enumeration<String> lines) {
        return list(String.join(",", Collections.list(lines)));
    }

    private static List<String> list(String commas) {
        return Collections.list(new StringTokenizer(commas, ", ")).stream()
                .map(Object::toString)
                .toList();
    }
}
