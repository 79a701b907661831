package dev.caravan.job.webhook;

/** A delivery did not arrive. The message has nothing of what the receiver has said, nor its URL: all users may read it. */
final class WebhookFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    WebhookFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
