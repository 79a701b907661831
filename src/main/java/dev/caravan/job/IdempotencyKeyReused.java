package dev.caravan.job;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The {@code Idempotency-Key} of a submission was used before, with another payload or type: 422. */
public class IdempotencyKeyReused extends ErrorResponseException {
    IdempotencyKeyReused() {
        super(
                HttpStatus.UNPROCESSABLE_ENTITY,
                ProblemDetail.forStatusAndDetail(
                        HttpStatus.UNPROCESSABLE_ENTITY,
                        "This Idempotency-Key was used before, with another type or payload."),
                null);
    }

    /** The result of a submission, unless another one with the same key is in its place. */
    public static TransitionResult unlessSame(JobTransition submission, TransitionResult result) {
        String fingerprint = submission.field("fingerprint");
        if (!result.done() && fingerprint != null && !fingerprint.equals(result.fingerprint())) {
            throw new IdempotencyKeyReused();
        }
        return result;
    }
}
