package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The turns of some bytes of a connection. A frame is read when the one before it is worked, since that may change how
 * the next one is to be read, or be the last that is worked at all.
 */
final class Turns implements Iterator<Turn> {
    private final Session session;
    private final ByteBuffer bytes;
    private Turn next;

    Turns(Session session, ByteBuffer bytes) {
        this.session = session;
        this.bytes = bytes;
    }

    @Override
    public boolean hasNext() {
        if (next == null && !session.ended()) {
            next = session.committed();
            if (next == null) {
                next = read();
            }
        }
        return next != null;
    }

    private Turn read() {
        try {
            Frame frame = session.reader().next(bytes);
            return frame == null ? null : Turn.of(session, frame);
        } catch (StompException e) {
            return Turn.malformed(session, e);
        }
    }

    @Override
    public Turn next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Turn turn = next;
        next = null;
        return turn;
    }
}
