package dev.caravan.job;

/** The handler may not go on: the job was cancelled, its attempt is over its time limit, or was given to another node. */
class JobStopped extends RuntimeException {
    JobStopped() {
        super("The attempt must end");
    }
}
