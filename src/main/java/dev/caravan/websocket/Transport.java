package dev.caravan.websocket;

/** How the messages of a connection get to its peer and back. Of all methods none waits, and all are thread-safe. */
interface Transport {
    /** Queues messages; {@link Connection#sent} is told when they are written, if they ever are. */
    void send(Frames frames);

    /** Closes the connection after what is queued. */
    void close(int code, String reason);

    /** Ends the connection without a word. */
    void abort();

    /** The last message is worked: the next one may come. */
    void demand();

    /** Since when, by {@link System#nanoTime()}, a write has been waiting for the peer to read; 0 if none does. */
    long waitingSince();
}
