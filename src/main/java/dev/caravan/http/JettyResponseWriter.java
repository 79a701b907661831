package dev.caravan.http;

import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** Writes the response of a request that no servlet sees. Jetty writes as the client reads, until its idle timeout. */
final class JettyResponseWriter implements ResponseWriter {
    private final Response response;
    private final Callback callback;

    private JettyResponseWriter(Response response, Callback callback) {
        this.response = response;
        this.callback = callback;
    }

    /** @param headers beside those of the route */
    static PendingResponse respondTo(Request request, Response response, Callback callback, List<HttpField> headers) {
        headers.forEach(response.getHeaders()::add);
        // A route may take longer than a connection may be idle. What is being read or written times out nevertheless.
        request.addIdleTimeoutListener(timeout -> false);
        return new PendingResponse(
                new JettyResponseWriter(response, callback),
                request.getHttpURI().getPath(),
                false);
    }

    @Override
    public void begin(RestResponse reply, boolean head) {
        response.setStatus(reply.status());
        reply.headers()
                .forEach((name, values) -> values.forEach(value -> {
                    if (HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name)) {
                        response.getHeaders().put(HttpHeader.CONTENT_TYPE, value);
                    } else {
                        response.getHeaders().add(name, value);
                    }
                }));
    }

    @Override
    public void end(byte[] body) {
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    @Override
    public void complete() {
        response.write(true, BufferUtil.EMPTY_BUFFER, callback);
    }

    @Override
    public void unavailable() {
        response.setStatus(HttpStatus.SERVICE_UNAVAILABLE.value());
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
}
