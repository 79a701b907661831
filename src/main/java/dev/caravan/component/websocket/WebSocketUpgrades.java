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
 * The HTTP side: requests for the paths of consumers, and for what SockJS has below them, become connections or are
 * refused. As a handler of Spring MVC it runs after every filter, so who gets here has been let in.
 */
final class WebSocketUpgrades implements HandlerMapping, HttpRequestHandler, Ordered {
    private static final String PATH = WebSocketUpgrades.class.getName() + ".path";
    private static final String BELOW = WebSocketUpgrades.class.getName() + ".below";

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
        return -10; // before the controllers: a path that a consumer has is its own
    }

    @Override
    public HandlerExecutionChain getHandler(HttpServletRequest request) {
        String uri = request.getRequestURI().substring(request.getContextPath().length());
        // SockJS has up to three segments below.
        int end = uri.length();
        for (int segments = 0; segments <= 3 && end > 0; segments++) {
            WebSocketPath path = paths.path(uri.substring(0, end));
            if (path != null) {
                request.setAttribute(PATH, path);
                request.setAttribute(BELOW, uri.substring(end));
                return end == uri.length() || path.hasSockJs() ? new HandlerExecutionChain(this) : null;
            }
            end = uri.lastIndexOf('/', end - 1);
        }
        return null;
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response) throws IOException {
        WebSocketPath path = (WebSocketPath) request.getAttribute(PATH);
        String below = (String) request.getAttribute(BELOW);
        if (below.isEmpty() && path.hasSockJs() && !asksForWebSocket(request)) {
            sockJs.handle(request, response, path, below);
        } else if (below.isEmpty() || below.equals("/websocket")) {
            upgrade(request, response, path);
        } else if (below.endsWith("/websocket")) {
            upgradeInSockJs(request, response, path);
        } else {
            sockJs.handle(request, response, path, below);
        }
    }

    /** Also if a proxy has dropped the header Upgrade: who asks is told that, and not greeted by SockJS. */
    private static boolean asksForWebSocket(HttpServletRequest request) {
        return isUpgrade(request) || request.getHeader("Sec-WebSocket-Key") != null;
    }

    private static boolean isUpgrade(HttpServletRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    private void upgrade(HttpServletRequest request, HttpServletResponse response, WebSocketPath path)
            throws IOException {
        WebSocketConsumer consumer = admit(request, path);
        WebSocketEndpoint options = consumer.options();
        List<String> offered =
                Admission.list(String.join(",", Collections.list(request.getHeaders("Sec-WebSocket-Protocol"))));
        String subprotocol = Admission.list(options.getSubprotocols()).stream()
                .filter(offered::contains)
                .findFirst()
                .orElse(null);
        if (subprotocol == null && !offered.isEmpty()) {
            throw admission.refusal(
                    "subprotocol", HttpStatus.BAD_REQUEST, "None of the sub-protocols is spoken.", null);
        }
        Connection connection = admission.connection(request, path, options, subprotocol);
        upgrade(request, response, connection, options, 1, subprotocol);
    }

    private void upgradeInSockJs(HttpServletRequest request, HttpServletResponse response, WebSocketPath path)
            throws IOException {
        WebSocketEndpoint options = admit(request, path).options();
        Connection connection = admission.connection(request, path, options, null);
        upgrade(request, response, sockJs.overWebSocket(connection), options, sockJs.factor(), null);
    }

    private WebSocketConsumer admit(HttpServletRequest request, WebSocketPath path) {
        if (!isUpgrade(request)) {
            ErrorResponseException refusal =
                    admission.refusal("no-upgrade", HttpStatus.UPGRADE_REQUIRED, "This path speaks WebSocket.", null);
            refusal.getHeaders().set(HttpHeaders.UPGRADE, "websocket");
            throw refusal;
        }
        WebSocketConsumer consumer = admission.consumer(path);
        admission.checkOrigin(request, consumer.options());
        admission.checkRoom(request, consumer.component());
        return consumer;
    }

    private void upgrade(
            HttpServletRequest request,
            HttpServletResponse response,
            Transport.Events events,
            WebSocketEndpoint options,
            int factor,
            String subprotocol)
            throws IOException {
        if (!server.upgrade(request, events, options, factor, subprotocol) && !response.isCommitted()) {
            throw admission.refusal("malformed", HttpStatus.BAD_REQUEST, "Not a WebSocket handshake.", null);
        }
    }
}
