package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.Jackson2ObjectMapperBuilder;
import org.springframework.web.ErrorResponse;

/**
 * Makes responses of problems: {@code application/problem+json} with {@code type}, {@code title}, {@code status},
 * {@code detail}, {@code instance} (the path of the request) and the problem's own properties beside them (RFC 9457).
 * The request's {@code Accept} is ignored: a problem in another format is better than none.
 *
 * <p>Adds neither messages nor names of exceptions.
 */
public final class Problems {

    /** The default wait before a retry, in seconds. */
    private static final long RETRY_AFTER_SECONDS = 5;

    /** How many causes of a failure are examined; a chain of causes may be a ring. */
    private static final int CAUSES = 16;

    private static final Pattern DIGITS = Pattern.compile("\\d{1,9}");

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final ObjectMapper JSON = Jackson2ObjectMapperBuilder.json().build();

    private Problems() {}

    /** A problem whose title is the status's reason phrase. */
    public static ProblemDetail of(HttpStatusCode status, String detail) {
        return ProblemDetail.forStatusAndDetail(status, detail);
    }

    /**
     * Responds to a request with a problem, on the request's thread.
     *
     * <p>Replaces what is in the response's buffer. Does nothing once the response is committed. If the request has a
     * body, the response closes the connection: the body may be unread, and a client that did not know would lose its
     * next request.
     *
     * @param headers sent besides; may be empty
     * @throws IOException if the client has gone away
     */
    public static void write(
            ProblemDetail problem, HttpHeaders headers, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        boolean head = "HEAD".equals(request.getMethod());
        HttpHeaders all = hasBody(request) ? closing() : new HttpHeaders();
        all.putAll(headers);
        RestResponse reply = reply(problem, all, request.getRequestURI());
        reply.begin(response, head);
        if (!head) {
            response.setContentLength(reply.body().length);
            response.getOutputStream().write(reply.body());
        }
    }

    /**
     * @param path the path of the request, undecoded: the {@code instance} of a problem that names no other; may be
     *     null
     */
    static RestResponse reply(ProblemDetail problem, HttpHeaders headers, String path) {
        HttpHeaders all = new HttpHeaders();
        all.putAll(headers);
        all.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        return new RestResponse(problem.getStatus(), all, json(withInstance(problem, path)));
    }

    /** The response to a route's failure: the failure's own problem, or a plain 500. */
    static RestResponse reply(Throwable failure, String path) {
        ErrorResponse error = errorResponse(failure);
        if (error != null) {
            try {
                return reply(error.getBody(), error.getHeaders(), path);
            } catch (IllegalArgumentException e) {
                // Its status, headers or properties are invalid.
                LOG.error("Failed to make a response of {}", failure, e);
            }
        }
        return reply(unexpected(), HttpHeaders.EMPTY, path);
    }

    private static ProblemDetail unexpected() {
        return of(HttpStatus.INTERNAL_SERVER_ERROR, "The server could not handle this request.");
    }

    /**
     * The same as members of a JSON object, for a line of a response: {@code status}, {@code title}, {@code detail}, the
     * problem's own properties, and {@code retryAfter} in seconds where a response of its own would have the header.
     */
    static String members(Throwable failure) {
        ErrorResponse error = errorResponse(failure);
        ProblemDetail problem = error == null ? unexpected() : error.getBody();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("status", problem.getStatus());
        members.put("title", problem.getTitle());
        members.put("detail", problem.getDetail());
        if (problem.getProperties() != null) {
            members.putAll(problem.getProperties());
        }
        String retry = error == null ? null : error.getHeaders().getFirst(HttpHeaders.RETRY_AFTER);
        if (retry != null && DIGITS.matcher(retry).matches()) {
            members.put("retryAfter", Long.parseLong(retry));
        }
        String json = new String(json(members), UTF_8);
        return json.substring(1, json.length() - 1);
    }

    /** The failure, or the nearest of its causes, that knows its own pending; null if none does. */
    static ErrorResponse errorResponse(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < CAUSES && cause != null; i++) {
            if (cause instanceof ErrorResponse error) {
                return error;
            }
            cause = cause.getCause();
        }
        return null;
    }

    static HttpHeaders closing() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.CONNECTION, "close");
        return headers;
    }

    static HttpHeaders retrying() {
        return retryingAfter(RETRY_AFTER_SECONDS);
    }

    public static HttpHeaders retryingAfter(long seconds) {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        return headers;
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    }

    /** A copy: an exception, and its problem with it, may be shared. */
    private static ProblemDetail withInstance(ProblemDetail problem, String path) {
        ProblemDetail copy = new ProblemDetail(problem) {};
        if (problem.getInstance() == null) {
            copy.setInstance(instance(path));
        }
        return copy;
    }

    private static URI instance(String path) {
        try {
            return path == null ? null : new URI(path);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static byte[] json(Object problem) {
        try {
            return JSON.writeValueAsBytes(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A property of the problem cannot be written as JSON", e);
        }
    }
}
