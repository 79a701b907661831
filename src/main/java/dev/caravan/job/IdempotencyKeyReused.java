package dev.caravan.job;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** The {@code Idempotency-Key} of a submission was used before, with another payload or type: 422. */
public class IdempotencyKeyReused extends ResponseStatusException {
    IdempotencyKeyReused() {
        super(HttpStatus.UNPROCESSABLE_ENTITY, "This Idempotency-Key was used before, with another type or payload.");
    }

    /**
     * The result of a submission, unless another one with the same key is in its place. A job without a fingerprint is no
     * other one: Redis has lost its hash, and its message or its worker has stored it again.
     */
    public static TransitionResult unlessSame(JobTransition submission, TransitionResult result) {
        String fingerprint = submission.field("fingerprint");
        boolean lost = result.fingerprint().isEmpty();
        if (!result.done() && fingerprint != null && !lost && !fingerprint.equals(result.fingerprint())) {
            throw new IdempotencyKeyReused();
        }
        return result;
    }
}
