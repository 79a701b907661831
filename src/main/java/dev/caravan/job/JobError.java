package dev.caravan.job;

/**
 * Why an attempt failed, as the hash and the dead queue show it.
 *
 * @param type the simple name of the exception
 * @param message its message, cut at {@value #MAX_MESSAGE} characters
 */
record JobError(String type, String message) {
    static final int MAX_MESSAGE = 2000;

    static JobError of(Throwable cause) {
        String message = cause.getMessage() == null ? "" : cause.getMessage();
        return new JobError(
                cause.getClass().getSimpleName(),
                message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
    }
}
