package dev.caravan.job.http;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import org.springframework.stereotype.Component;

/** Reads what is submitted, of whatever form, for a type that there is, while the broker is not away. Thread-safe. */
@Component
class SubmissionReader {
    private final JobSubmissions submissions;
    private final JobTypes types;
    private final ConfirmedPublisher publisher;

    SubmissionReader(JobSubmissions submissions, JobTypes types, ConfirmedPublisher publisher) {
        this.submissions = submissions;
        this.types = types;
        this.publisher = publisher;
    }

    /**
     * The first transition of a job.
     *
     * @param key the Idempotency-Key, or null
     * @param user who submits it, or null if nobody has logged in
     * @param options what else it asks for
     * @throws org.springframework.web.ErrorResponseException 400, 404, 413, 415, 422; 503 before anything is stored, since the
     *     broker is known to be away
     */
    JobTransition read(String type, String contentType, byte[] body, String key, String user, JobOptions options) {
        if (!Job.isType(type) || !types.accepts(type)) {
            throw JobApi.noSuchType();
        }
        JobTransition submission = submissions.read(type, contentType, body, key, user, options);
        if (!publisher.isAvailable()) {
            throw new ServiceUnavailable(JobApi.NOT_ACCEPTED + "the message broker does not respond.", null);
        }
        return submission;
    }
}
