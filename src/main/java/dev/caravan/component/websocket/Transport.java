package dev.caravan.component.websocket;

/** Carries the messages of a connection to its peer and back. No method blocks; all are thread-safe. */
public interface Transport {
    int GOING_AWAY = 1001; // codes of RFC 6455, section 7.4.1
    int NO_CLOSE = 1006;
    int BAD_PAYLOAD = 1007;
    int POLICY_VIOLATION = 1008;
    int MESSAGE_TOO_LARGE = 1009;

    /** Queues messages, and calls {@link Events#sent} when they are written, if they ever are. */
    void send(Frames frames);

    /** Closes the connection after it has sent what is queued. */
    void close(int code, String reason);

    /** Ends the connection without a Close frame. */
    void abort();

    /** Asks for the next message. */
    void demand();

    /** The client has identified itself: {@link Connection#limit} has changed. */
    default void identified() {}

    /** The {@link System#nanoTime()} since which a write has been waiting for the peer to read; 0 if none waits. */
    long waitingSince();

    /** Called twice a second. */
    default void tick(long now) {}

    /**
     * What arrives at a transport, in order. It reports to the {@link Connection} itself what concerns no protocol: its
     * peer is silent or gone.
     */
    interface Events {
        Connection connection();

        void opened(Transport transport);

        /** How many bytes on the wire a byte of a message may take. */
        default int overhead() {
            return 1;
        }

        /**
         * Receives a message; the next one follows after {@link Transport#demand}.
         *
         * @param message a String or a byte[]
         */
        void received(Object message);

        /** The messages given to {@link Transport#send} are written. */
        void sent(Frames frames);
    }
}
