package dev.caravan.http;

/** The memory that bodies may take while they are arriving. Thread-safe. */
interface BodyRoom {
    /** Reserves bytes, to be given back later; false if there is no room. */
    boolean take(int bytes);

    void giveBack(int bytes);
}
