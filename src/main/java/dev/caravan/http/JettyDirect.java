package dev.caravan.http;

import dev.caravan.component.batch.AdaptiveExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Sends requests that {@link DirectAccess} admits to their routes on the thread that has read them, and all others to the
 * servlets on another thread, so that none blocks the thread that reads. The servlet container, its filters and Spring MVC
 * cost more than a route does.
 *
 * <p>A request goes directly only if nothing in it can mean anything else than it says: a plain path, and no header but
 * those that every client sends. So cookies, a browser's origin and a proxy's words are always for the filters.
 */
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class JettyDirect implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {
    private static final Set<String> USUAL = Set.of(
            "accept",
            "accept-charset",
            "accept-encoding",
            "accept-language",
            "authorization",
            "cache-control",
            "connection",
            "content-length",
            "content-type",
            "host",
            "idempotency-key",
            "keep-alive",
            "pragma",
            "traceparent",
            "tracestate",
            "transfer-encoding",
            "user-agent");

    private final DirectAccess access;
    private final StartupFilter startup;
    private final RestPaths paths;
    private final Executor executor;

    /**
     * @param access none: no request goes directly
     * @param executor runs the routes that wait for nothing
     */
    JettyDirect(
            ObjectProvider<DirectAccess> access,
            StartupFilter startup,
            RestPaths paths,
            @Qualifier("batchExecutor") ObjectProvider<AdaptiveExecutor> executor) {
        this.access = access.getIfAvailable();
        this.startup = startup;
        this.paths = paths;
        this.executor = executor.getIfAvailable();
    }

    @Override
    public void customize(JettyServletWebServerFactory factory) {
        if (access == null || !factory.getContextPath().isEmpty()) {
            return;
        }
        factory.addServerCustomizers(server -> {
            Entrance entrance = new Entrance();
            entrance.setHandler(server.getHandler());
            server.setHandler(entrance);
            server.setDynamic(false); // all of its handlers are known, and the first one does not block
        });
    }

    /** Never blocks. */
    private final class Entrance extends Handler.Wrapper {
        private final List<HttpField> headers = headers(false);
        private final List<HttpField> secureHeaders = headers(true);

        private List<HttpField> headers(boolean secure) {
            List<HttpField> fields = new ArrayList<>();
            access.responseHeaders(secure).forEach((name, value) -> fields.add(new PreEncodedHttpField(name, value)));
            return fields;
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            if (!startup.isReady() || !goesDirectly(request, response, callback)) {
                try {
                    request.getContext().execute(() -> handOn(request, response, callback));
                } catch (RejectedExecutionException e) {
                    Response.writeError(request, response, callback, HttpStatus.SERVICE_UNAVAILABLE.value());
                }
            }
            return true;
        }

        private void handOn(Request request, Response response, Callback callback) {
            try {
                if (!super.handle(request, response, callback)) {
                    Response.writeError(request, response, callback, HttpStatus.NOT_FOUND.value());
                }
            } catch (Throwable e) {
                Response.writeError(request, response, callback, e);
            }
        }

        private boolean goesDirectly(Request request, Response response, Callback callback) {
            String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
            String path = request.getHttpURI().getPath();
            if (authorization == null || !isPlain(path) || !arePlain(request.getHeaders())) {
                return false;
            }
            RestPaths.Match match = paths.find(request.getMethod(), path);
            if (match == null || !match.consumer().mayTake(request.getLength())) {
                return false;
            }
            Map<String, Object> entering;
            try {
                entering = match.consumer().headers(RestRequest.of(request, match.variables()));
            } catch (IllegalArgumentException e) {
                return false; // the servlet responds
            }
            DirectAccess.User user = access.user(new DirectAccess.Head(
                    request.getMethod(),
                    path,
                    Request.getServerName(request),
                    Request.getRemoteAddr(request),
                    authorization));
            if (user == null) {
                return false;
            }
            Caller caller = new Caller(user.name(), user.operator(), Request.getRemoteAddr(request));
            PendingResponse pending = JettyResponseWriter.respondTo(
                    request, response, callback, request.isSecure() ? secureHeaders : headers);
            // What is submitted, or read by its id, waits for nothing here; a list waits for Redis.
            Executor runs =
                    request.getMethod().equals("POST") || !match.variables().isEmpty()
                            ? executor
                            : task -> request.getContext().execute(task);
            ArrivingBody body = match.consumer().body(entering, caller, request.getLength(), pending, runs);
            new JettyBodyReader(request, body).run();
            return true;
        }
    }

    /** Whether a path has only characters that mean themselves, and no empty or dotted segment. */
    static boolean isPlain(String path) {
        if (path == null || path.isEmpty() || path.charAt(0) != '/') {
            return false;
        }
        for (int i = 1; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean first = path.charAt(i - 1) == '/';
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "_~:-".indexOf(c) >= 0)
                    && (first || c != '.' && c != '/')) {
                return false;
            }
        }
        return true;
    }

    /** Whether there are only usual headers, each of them once and of visible characters. */
    private static boolean arePlain(HttpFields headers) {
        int count = 0;
        for (HttpField field : headers) {
            String value = field.getValue();
            if (!USUAL.contains(field.getLowerCaseName()) || value == null || !isVisible(value)) {
                return false;
            }
            for (int i = 0; i < count; i++) {
                if (headers.getField(i).getLowerCaseName().equals(field.getLowerCaseName())) {
                    return false;
                }
            }
            count++;
        }
        return true;
    }

    private static boolean isVisible(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }
}
