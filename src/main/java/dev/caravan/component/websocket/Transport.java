package dev.caravan.component.websocket;

/** How the messages of a connection get to its peer and back. Of all methods none waits, and all are thread-safe. */
public interface Transport {
    /** Queues messages; {@link Events#sent} is told when they are written, if they ever are. */
    void send(Frames frames);

    /** Closes the connection after what is queued. */
    void close(int code, String reason);

    /** Ends the connection without a word. */
    void abort();

    /** The last message is worked: the next one may come. */
    void demand();

    /** It is no stranger's any more: {@link Events#isStranger}. */
    default void known() {}

    /** Since when, by {@link System#nanoTime()}, a write has been waiting for the peer to read; 0 if none does. */
    long waitingSince();

    /** Called twice a second. */
    default void tick(long now) {}

    /** What a transport tells, in order. */
    interface Events {
        void opened(Transport transport);

        /** Whether the limits are those of somebody who has yet to say who that is. */
        boolean isStranger();

        /**
         * A message, and the next one after {@link Transport#demand}.
         *
         * @param message a String or a byte[]
         */
        void received(Object message);

        /** The peer is gone without a word: it does not answer when it is asked whether it is there. */
        void silent();

        /** The peer is about to be closed: it sends too many frames that say nothing. */
        void flooded();

        /** What was given to {@link Transport#send} is written. */
        void sent(Frames frames);

        void failed(Throwable cause);

        void closed(int code, String reason);
    }
}
