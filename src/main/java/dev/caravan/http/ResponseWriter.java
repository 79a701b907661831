package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import java.io.IOException;

/**
 * Writes one response to the client, through a servlet or through Jetty itself. No method blocks. Used by one thread at a
 * time.
 */
interface ResponseWriter {
    /** Sets status and headers; with the length of the body if that is not sent. */
    void begin(RestResponse reply, boolean head);

    /** Sends the body and completes the response. */
    void end(byte[] body) throws IOException;

    /** Completes the response without a body, or after the client disconnected. */
    void complete();

    /** Keeps a request without a response from ending as an empty 200. */
    void unavailable();

    /** For a body that continues. Servlets alone have that. */
    default AsyncContext context() {
        throw new IllegalStateException("No response here continues");
    }
}
