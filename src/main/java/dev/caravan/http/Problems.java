package dev.caravan.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
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
 * The one place that makes an answer of a problem: {@code application/problem+json} with {@code type}, {@code title},
 * {@code status}, {@code detail}, {@code instance} (the path of the request) and the problem's own properties beside
 * them (RFC 9457). Whatever the client accepts: a problem in another format than expected is better than none.
 *
 * <p>Says only what is put in. Neither messages nor names of exceptions are added here.
 */
public final class Problems {

    /** How long a client should wait when nobody knows better, in seconds. */
    private static final String RETRY_AFTER_SECONDS = "5";

    /** How far the causes of a failure are followed; a chain may be a ring. */
    private static final int CAUSES = 16;

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final ObjectMapper JSON = Jackson2ObjectMapperBuilder.json().build();

    private Problems() {}

    /** A problem of the general kind: its title is the status's own. */
    public static ProblemDetail of(HttpStatusCode status, String detail) {
        return ProblemDetail.forStatusAndDetail(status, detail);
    }

    /**
     * Answers a request with a problem, on the thread that has the request.
     *
     * <p>Replaces what has been written into the buffer so far. Does nothing once the response has begun to leave. A
     * request with a body is told that its connection ends: the body has not been read, and may not even have come yet,
     * in which case the server closes, and a client that does not know sends its next request into nothing.
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

    /** The problem that a failure of a route is to the client: what it says of itself, or a plain 500. */
    static RestResponse reply(Throwable failure, String path) {
        ErrorResponse error = errorResponse(failure);
        if (error != null) {
            try {
                return reply(error.getBody(), error.getHeaders(), path);
            } catch (IllegalArgumentException e) {
                // Its status, headers or properties cannot be sent.
                LOG.error("No answer can be made of {}", failure, e);
            }
        }
        return reply(
                of(HttpStatus.INTERNAL_SERVER_ERROR, "The server could not handle this request."),
                HttpHeaders.EMPTY,
                path);
    }

    /** The failure, or the nearest of its causes, that knows its own answer; null if none does. */
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

    /** Tells the client that its connection ends with this answer. */
    static HttpHeaders closing() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.CONNECTION, "close");
        return headers;
    }

    /** Tells the client to come back later. */
    static HttpHeaders retrying() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        return headers;
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    }

    /** A copy: an exception, and its problem with it, may be shared. */
    private static ProblemDetail withInstance(ProblemDetail problem, String path) {
        ProblemDetail copy = ProblemDetail.forStatus(problem.getStatus());
        copy.setType(problem.getType());
        copy.setTitle(problem.getTitle());
        copy.setDetail(problem.getDetail());
        copy.setInstance(problem.getInstance() == null ? instance(path) : problem.getInstance());
        if (problem.getProperties() != null) {
            problem.getProperties().forEach(copy::setProperty);
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

    private static byte[] json(ProblemDetail problem) {
        try {
            return JSON.writeValueAsBytes(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A problem with a property that is no JSON", e);
        }
    }
}
