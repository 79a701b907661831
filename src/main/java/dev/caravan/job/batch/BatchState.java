package dev.caravan.job.batch;

/** The states of a batch, in their order. */
enum BatchState {
    /** It takes members. */
    OPEN,
    /** It takes no more, and waits for those that have not ended. */
    CLOSED,
    /** All have ended, and its callback job runs, or is about to. */
    CALLING_BACK,
    /** Its callback job has ended, too. */
    ENDED
}
