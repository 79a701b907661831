package dev.caravan.job;

/** What a handler returned is over the limit. */
class JobResultTooLarge extends RuntimeException {
    JobResultTooLarge(long max) {
        super("The result is over " + max + " bytes (caravan.jobs.max-result)");
    }
}
