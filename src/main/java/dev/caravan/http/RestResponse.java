package dev.caravan.http;

import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;

/**
 * The response to a client.
 *
 * @param status from 200 to 599
 * @param headers without {@code Content-Length}
 * @param body the bytes, never null; empty for none
 */
record RestResponse(int status, HttpHeaders headers, byte[] body) {

    static final byte[] NO_BODY = new byte[0];

    /**
     * @throws IllegalArgumentException if the status is none or a header could not be sent as it is: a name that is no
     *     token, or a line break in a value, with which a value from outside would write headers of its own
     */
    RestResponse {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("Not the status of a response: " + status);
        }
        headers.forEach((name, values) -> {
            if (!HeaderNames.isToken(name)) {
                throw new IllegalArgumentException("Not a header name: " + name);
            }
            for (String value : values) {
                if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
                    throw new IllegalArgumentException("Line break in the value of header " + name);
                }
            }
        });
        if (hasNoContent(status)) {
            body = NO_BODY;
        }
    }

    /** Sets status and headers; for HEAD also the length of the body that is not sent. */
    void begin(HttpServletResponse response, boolean head) {
        response.setStatus(status);
        headers.forEach((name, values) -> values.forEach(value -> {
            if (HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name)) {
                response.setContentType(value);
            } else {
                response.addHeader(name, value);
            }
        }));
        if (head && !hasNoContent(status)) {
            response.setContentLengthLong(body.length);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean hasNoContent(int status) {
        return status == HttpServletResponse.SC_NO_CONTENT || status == HttpServletResponse.SC_NOT_MODIFIED;
    }
}
