package dev.caravan.chat.session;

import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The turns of some bytes of a connection. A frame is read when the one before it is worked, since that may change how
 * the next one is to be read, add more to be worked first, or be the last that is worked at all.
 *
 * <p>Camel asks whether there is a next one before it works the last, when nobody can know. So {@link #next} may find
 * that there is none after all; then it returns null, which Camel passes over.
 */
final class FrameIterator implements Iterator<FrameContext> {
    private final Session session;
    private final ByteBuffer bytes;
    private boolean hasFrame;
    private boolean done;

    FrameIterator(Session session, ByteBuffer bytes) {
        this.session = session;
        this.bytes = bytes;
    }

    @Override
    public boolean hasNext() {
        return !done;
    }

    @Override
    public FrameContext next() {
        if (done) {
            throw new NoSuchElementException();
        }
        FrameContext turn = session.ended() ? null : session.committed();
        if (turn == null && !session.ended()) {
            turn = read();
        }
        done = turn == null;
        return turn;
    }

    private FrameContext read() {
        try {
            Frame frame = session.reader().next(bytes);
            if (frame != null) {
                hasFrame = true;
                return FrameContext.of(session, frame);
            }
        } catch (StompException e) {
            return FrameContext.refused(session, e);
        }
        // A message in which no frame ends counts as one, else there might be any number.
        return hasFrame || session.mayGoOn()
                ? null
                : FrameContext.refused(session, new MessageRejected("Too many messages a second"));
    }
}
