package dev.caravan.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;

/**
 * Responds with a problem to requests that Jetty itself rejects before they reach a servlet: an invalid request line, a
 * malformed URI, headers that are too large. Jetty would write an HTML page with the reason.
 */
@Component
class JettyProblems implements JettyServerCustomizer {

    @Override
    public void customize(Server server) {
        server.setErrorHandler(new Handler());
    }

    /** Responds to a request that has not reached a servlet, and closes its connection. */
    static void respond(Response response, ProblemDetail problem, Callback callback) {
        // Without a path: the URI itself may be invalid.
        RestResponse reply = Problems.reply(problem, HttpHeaders.EMPTY, null);
        response.setStatus(reply.status());
        // Jetty closes some of these connections without this header.
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.headers().getFirst(HttpHeaders.CONTENT_TYPE));
        response.write(true, ByteBuffer.wrap(reply.body()), callback);
    }

    private static final class Handler extends ErrorHandler {

        @Override
        public boolean errorPageForMethod(String method) {
            return true;
        }

        @Override
        protected void generateResponse(
                Request request, Response response, int code, String message, Throwable cause, Callback callback) {
            respond(response, Problems.of(HttpStatusCode.valueOf(code), "The server rejected this request."), callback);
        }
    }
}
