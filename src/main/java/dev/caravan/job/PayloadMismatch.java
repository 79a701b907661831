package dev.caravan.job;

import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The payload of a submission does not match the schema of its type, or gives no unique key: 422, with the places as {@code errors}. */
public class PayloadMismatch extends ErrorResponseException {
    private final List<JobInput.Mismatch> mismatches;

    PayloadMismatch(String type, List<JobInput.Mismatch> mismatches) {
        super(
                HttpStatus.UNPROCESSABLE_ENTITY,
                ProblemDetail.forStatusAndDetail(HttpStatus.UNPROCESSABLE_ENTITY, detail(type, mismatches)),
                null);
        getBody().setProperty("errors", mismatches);
        this.mismatches = mismatches;
    }

    List<JobInput.Mismatch> mismatches() {
        return mismatches;
    }

    private static String detail(String type, List<JobInput.Mismatch> mismatches) {
        int more = mismatches.size() - 1;
        return "The payload does not match the input of the type " + type + ": " + mismatches.get(0)
                + (more == 0 ? "." : ", and " + more + (more + 1 < JobInput.MAX_MISMATCHES ? " more." : " or more."));
    }

    /** @throws PayloadMismatch if a type has a schema that its payload, null for none, does not match */
    public static void unlessMatching(JobType type, Job job) {
        if (type.input() != null) {
            List<JobInput.Mismatch> mismatches = type.input().mismatches(job.payload());
            if (!mismatches.isEmpty()) {
                throw new PayloadMismatch(job.type(), mismatches);
            }
        }
    }
}
