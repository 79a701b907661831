package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.Transport;
import dev.caravan.component.websocket.WebSocketEndpoint;
import dev.caravan.component.websocket.WebSocketServer;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.eclipse.jetty.websocket.core.server.internal.AbstractHandshaker;
import org.eclipse.jetty.websocket.core.server.internal.RFC6455Negotiation;
import org.eclipse.jetty.websocket.core.server.internal.WebSocketNegotiation;
import org.eclipse.jetty.websocket.core.util.WebSocketUtils;
import org.springframework.boot.web.embedded.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Makes requests WebSocket connections as Jetty does, but with {@link JettyConnection} and {@link SocketFrameWriter} in
 * place of Jetty's own. This class and {@link JettyConnection} alone build on Jetty's internal classes, which a new
 * release may change.
 */
@Component
public final class JettyServer extends AbstractHandshaker
        implements WebSocketServer, WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> {
    /** 16 bytes in Base64. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    /** Adds what all connections share: the pools of deflaters and inflaters. */
    @Override
    public void customize(ConfigurableJettyWebServerFactory factory) {
        factory.addServerCustomizers(WebSocketServerComponents::ensureWebSocketComponents);
    }

    @Override
    public PeerWatch watch(HttpServletRequest request, Runnable gone) {
        return new JettyPeerWatch(ServletContextRequest.getServletContextRequest(request), gone);
    }

    @Override
    public boolean upgrade(
            HttpServletRequest request, Transport.Events events, WebSocketEndpoint options, String subprotocol)
            throws IOException {
        JettyTransport transport = new JettyTransport(events, options);
        ServletContextRequest jettys = ServletContextRequest.getServletContextRequest(request);
        WebSocketNegotiator negotiator = new Negotiation(transport, options, subprotocol);
        // Not closed: close() warns if the callback was not called, and it is not called if this is no handshake.
        Blocker.Callback sent = Blocker.callback();
        try {
            if (!upgradeRequest(
                    negotiator,
                    jettys,
                    jettys.getServletContextResponse(),
                    sent,
                    WebSocketServerComponents.getWebSocketComponents(
                            jettys.getConnectionMetaData().getConnector().getServer()),
                    null)) {
                return false;
            }
        } catch (IllegalArgumentException | BadMessageException e) {
            return false; // a query or a header that cannot be parsed
        }
        sent.block();
        return true;
    }

    @Override
    public boolean isWebSocketUpgradeRequest(Request request) {
        return HttpMethod.GET.is(request.getMethod())
                && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && super.isWebSocketUpgradeRequest(request);
    }

    @Override
    protected WebSocketNegotiation newNegotiation(
            Request request, Response response, Callback callback, WebSocketComponents components) {
        return new RFC6455Negotiation(request, response, callback, components);
    }

    @Override
    protected boolean validateNegotiation(WebSocketNegotiation negotiation) {
        String key = ((RFC6455Negotiation) negotiation).getKey();
        return super.validateNegotiation(negotiation)
                && key != null
                && KEY.matcher(key).matches();
    }

    @Override
    protected void prepareResponse(Response response, WebSocketNegotiation negotiation) {
        response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
        response.getHeaders().put(HttpHeader.CONNECTION, HttpHeader.UPGRADE.asString());
        String key = ((RFC6455Negotiation) negotiation).getKey();
        response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_ACCEPT, WebSocketUtils.hashKey(key));
    }

    @Override
    protected WebSocketConnection createWebSocketConnection(Request request, WebSocketCoreSession session) {
        Connector connector = request.getConnectionMetaData().getConnector();
        EndPoint socket = request.getConnectionMetaData().getConnection().getEndPoint();
        return newWebSocketConnection(
                socket, connector.getExecutor(), connector.getScheduler(), connector.getByteBufferPool(), session);
    }

    @Override
    protected JettyConnection newWebSocketConnection(
            EndPoint socket,
            Executor executor,
            Scheduler scheduler,
            ByteBufferPool buffers,
            WebSocketCoreSession session) {
        JettyConnection connection = new JettyConnection(socket, executor, scheduler, buffers, session);
        session.setWebSocketConnection(connection);
        return connection;
    }

    private record Negotiation(JettyTransport transport, WebSocketEndpoint options, String subprotocol)
            implements WebSocketNegotiator {
        @Override
        public FrameHandler negotiate(ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
            if (subprotocol != null) {
                response.setAcceptedSubProtocol(subprotocol);
            }
            if (!options.isDeflate()) {
                response.setExtensions(List.of());
            }
            return transport;
        }

        @Override
        public void customize(Configuration session) {
            transport.customize(session);
        }
    }
}
