package dev.caravan.job;

import java.util.Set;

/**
 * Why an attempt failed, as the hash and the dead queue show it.
 *
 * @param type the simple name of the exception
 * @param message its message, cut at {@value #MAX_MESSAGE} characters
 */
public record JobError(String type, String message) {
    static final int MAX_MESSAGE = 2000;

    /** Exceptions that only wrap the one that matters. */
    private static final Set<String> WRAPPERS =
            Set.of("RuntimeCamelException", "CamelExecutionException", "CompletionException", "ExecutionException");

    public static JobError of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && WRAPPERS.contains(cause.getClass().getSimpleName())) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? "" : cause.getMessage();
        return new JobError(
                cause.getClass().getSimpleName(),
                message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
    }

    /** As the log shows it. */
    @Override
    public String toString() {
        return message.isEmpty() ? type : type + ": " + message;
    }
}
