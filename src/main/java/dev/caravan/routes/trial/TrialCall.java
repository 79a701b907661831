package dev.caravan.routes.trial;

import dev.caravan.routes.recording.RecordedMessage;

/**
 * What a trial would have called, and did not.
 *
 * @param step the number of the step; null if it is not known
 * @param target the endpoint without secrets, or {@code bean:name.method}, or {@code language:name}
 * @param message what it would have got; null if it was asked for a message
 * @param stub the pattern in the request that answered for it, or {@value #RECORDING}; null if nothing did, and the message
 *     stayed as it was
 */
public record TrialCall(Integer step, String target, RecordedMessage message, String stub) {
    /** That a recording answered. */
    static final String RECORDING = "recording";
}
