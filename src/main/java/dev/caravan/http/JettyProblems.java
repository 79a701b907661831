package dev.caravan.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;

/**
 * Answers what Jetty itself refuses, before any servlet is asked, as a problem: a request line that is none, a
 * malformed URI, headers that are too large. Jetty would write an HTML page with the reason in its own words.
 */
@Component
class JettyProblems implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {

    @Override
    public void customize(JettyServletWebServerFactory factory) {
        factory.addServerCustomizers(server -> server.setErrorHandler(new Handler()));
    }

    /** Answers a request that no servlet has got, and ends its connection. */
    static void answer(Response response, ProblemDetail problem, Callback callback) {
        // No path: the URI may be what is wrong with the request.
        RestResponse reply = Problems.reply(problem, HttpHeaders.EMPTY, null);
        response.setStatus(reply.status());
        // Jetty closes some of these connections without a word.
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
            answer(response, Problems.of(HttpStatusCode.valueOf(code), "The server refused this request."), callback);
        }
    }
}
