package dev.caravan.job;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Why an attempt failed, as the hash and the dead queue show it.
 *
 * @param type the simple name of the exception
 * @param message its message, cut at {@value #MAX_MESSAGE} characters
 * @param step at which the handler failed; null if it was at none, or that is not known
 * @param place the file and line of this step in the revision that ran; null like it
 * @param stack a short stack trace; null if there is none
 */
public record JobError(String type, String message, String step, String place, String stack) {
    /** Names of fields of a hash. */
    public static final String TYPE = "errorType";

    public static final String MESSAGE = "errorMessage";
    public static final String STEP = "errorStep";
    public static final String PLACE = "errorPlace";
    private static final String STACK = "errorStack";

    static final int MAX_MESSAGE = 2000;

    /** Exceptions that only wrap the one that matters. */
    private static final Set<String> WRAPPERS =
            Set.of("RuntimeCamelException", "CamelExecutionException", "CompletionException", "ExecutionException");

    public JobError(String type, String message) {
        this(type, message, null, null, null);
    }

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

    /** The same error, with where the handler was. */
    JobError at(FailedStep failed, String where) {
        return new JobError(
                type, message, failed == null ? null : failed.name(), failed == null ? null : failed.place(), where);
    }

    /** The error that a hash shows; null if it shows none. */
    public static JobError of(Map<String, String> hash) {
        return hash.containsKey(TYPE)
                ? new JobError(
                        hash.get(TYPE),
                        hash.getOrDefault(MESSAGE, ""),
                        hash.get(STEP),
                        hash.get(PLACE),
                        hash.get(STACK))
                : null;
    }

    /** As a hash shows it. */
    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(TYPE, type);
        fields.put(MESSAGE, message);
        putUnlessNull(fields, STEP, step);
        putUnlessNull(fields, PLACE, place);
        putUnlessNull(fields, STACK, stack);
        return fields;
    }

    private static void putUnlessNull(Map<String, String> fields, String name, String value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    /** As the log shows it. */
    @Override
    public String toString() {
        return message.isEmpty() ? type : type + ": " + message;
    }
}
