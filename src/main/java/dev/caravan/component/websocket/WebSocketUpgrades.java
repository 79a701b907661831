package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Makes connections of requests to the paths of consumers and to what SockJS has below them, or rejects them. Spring
 * MVC calls it behind every filter, so these requests have passed access control.
 */
final class WebSocketUpgrades implements HandlerMapping, Ordered {
    private final WebSocketPaths paths;
    private final Admission admission;
    private final WebSocketServer server;
    private final HttpFallback sockJs;

    WebSocketUpgrades(WebSocketPaths paths, Admission admission, WebSocketServer server, HttpFallback sockJs) {
        this.paths = paths;
        this.admission = admission;
        this.server = server;
        this.sockJs = sockJs;
    }

    @Override
    public int getOrder() {
        return -10; // before the controllers: the path of a consumer belongs to it
    }

    @Override
    public HandlerExecutionChain getHandler(HttpServletRequest request) {
        String uri = request.getRequestURI().substring(request.getContextPath().length());
        // SockJS has up to three segments below.
        int end = uri.length();
        for (int segments = 0; segments <= 3 && end > 0; segments++) {
            WebSocketPath path = paths.path(uri.substring(0, end));
            if (path != null) {
                String below = uri.substring(end);
                HttpRequestHandler handler = (on, response) -> handle(on, response, path, below);
                return below.isEmpty() || path.hasSockJs() ? new HandlerExecutionChain(handler) : null;
            }
            end = uri.lastIndexOf('/', end - 1);
        }
        return null;
    }

    private void handle(HttpServletRequest request, HttpServletResponse response, WebSocketPath path, String below)
            throws IOException {
        if (below.isEmpty() && path.hasSockJs() && !asksForWebSocket(request)) {
            sockJs.handle(request, response, path, below);
        } else if (below.isEmpty() || below.equals("/websocket")) {
            upgrade(request, response, path, false);
        } else if (below.endsWith("/websocket")) {
            upgrade(request, response, path, true);
        } else {
            sockJs.handle(request, response, path, below);
        }
    }

    /**
     * Also true if a proxy has dropped the header Upgrade: the client then gets an error instead of SockJS's greeting.
     */
    private static boolean asksForWebSocket(HttpServletRequest request) {
        return isUpgrade(request) || request.getHeader("Sec-WebSocket-Key") != null;
    }

    private static boolean isUpgrade(HttpServletRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    private void upgrade(HttpServletRequest request, HttpServletResponse response, WebSocketPath path, boolean inSockJs)
            throws IOException {
        WebSocketEndpoint options = admit(request, path);
        String subprotocol = inSockJs ? null : subprotocol(request, options);
        Connection connection = admission.connection(request, path, options, subprotocol);
        Transport.Events events = inSockJs ? sockJs.overWebSocket(connection) : connection;
        if (!server.upgrade(request, events, options, subprotocol) && !response.isCommitted()) {
            throw admission.rejection(
                    "malformed", HttpStatus.BAD_REQUEST, "The request is not a valid WebSocket handshake.", null);
        }
    }

    /** The first of this path's sub-protocols that the client offers; null if it offers none. */
    private String subprotocol(HttpServletRequest request, WebSocketEndpoint options) {
        List<String> offered =
                Admission.list(String.join(",", Collections.list(request.getHeaders("Sec-WebSocket-Protocol"))));
        if (offered.isEmpty()) {
            return null;
        }
        return Admission.list(options.getSubprotocols()).stream()
                .filter(offered::contains)
                .findFirst()
                .orElseThrow(() -> admission.rejection(
                        "subprotocol",
                        HttpStatus.BAD_REQUEST,
                        "This path supports none of the sub-protocols offered.",
                        null));
    }

    private WebSocketEndpoint admit(HttpServletRequest request, WebSocketPath path) {
        if (!isUpgrade(request)) {
            ErrorResponseException rejection = admission.rejection(
                    "no-upgrade", HttpStatus.UPGRADE_REQUIRED, "This path takes WebSocket connections only.", null);
            rejection.getHeaders().set(HttpHeaders.UPGRADE, "websocket");
            throw rejection;
        }
        WebSocketConsumer consumer = admission.consumer(path);
        admission.checkOrigin(request, consumer.options());
        admission.checkRoom(request, consumer.component());
        return consumer.options();
    }
}
