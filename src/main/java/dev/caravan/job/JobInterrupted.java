package dev.caravan.job;

/** A job whose workers crashed or were stopped in the middle of it, too often to be a coincidence. */
class JobInterrupted extends RuntimeException {
    JobInterrupted(int interruptions) {
        super("The worker of this job was lost " + interruptions + " times");
    }
}
