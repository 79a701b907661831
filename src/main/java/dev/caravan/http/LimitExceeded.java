package dev.caravan.http;

import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** A user has reached a limit: 429, with both figures, {@code used} and {@code limit}. */
public class LimitExceeded extends ErrorResponseException {
    public LimitExceeded(String detail, long used, long limit, Duration retryAfter) {
        super(
                HttpStatus.TOO_MANY_REQUESTS,
                ProblemDetail.forStatusAndDetail(HttpStatus.TOO_MANY_REQUESTS, detail),
                null);
        getBody().setProperty("used", used);
        getBody().setProperty("limit", limit);
        getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
    }
}
