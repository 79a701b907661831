package dev.caravan.http;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** A service that the request needs did not respond in time: 503, and the client may retry. */
public class ServiceUnavailable extends ErrorResponseException {
    private static final String RETRY_AFTER_SECONDS = "2";

    public ServiceUnavailable(String detail, Throwable cause) {
        super(
                HttpStatus.SERVICE_UNAVAILABLE,
                ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, detail),
                cause);
        getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}
