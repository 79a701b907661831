package dev.caravan.job;

import org.springframework.amqp.AmqpRejectAndDontRequeueException;

/** A message on the worker queue that is no job: it is rejected and not requeued. */
public class InvalidJobMessage extends AmqpRejectAndDontRequeueException {
    private final transient Job job;

    public InvalidJobMessage(String reason) {
        this(reason, null);
    }

    public InvalidJobMessage(String reason, Job job) {
        super(reason);
        this.job = job;
    }

    /** The job that the message names, if it names one, so that an accepted one does not stay queued for ever. */
    public Job job() {
        return job;
    }
}
