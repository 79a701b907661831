package dev.caravan.chat.cluster;

/** Something that each cluster message asks for until one that does so is confirmed. At first it is wanted. Not thread-safe. */
final class UntilConfirmed {
    private int wanted = 1;
    private int written;
    private int confirmed;

    void want() {
        wanted++;
    }

    /** Whether the message that is written now has to ask for it. */
    boolean write() {
        written = wanted;
        return written > confirmed;
    }

    /** The message that was written last is confirmed. */
    void confirm() {
        confirmed = written;
    }
}
