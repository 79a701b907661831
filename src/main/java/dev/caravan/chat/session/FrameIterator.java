package dev.caravan.chat.session;

import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The frames in some bytes of a connection. A frame is read after the one before it is processed, since that may change how
 * the next one is read, add frames to be processed first, or be the last one.
 *
 * <p>Camel asks for the next frame before it processes the last, when nobody can know. So {@link #next} may find that
 * there is none after all, and then returns null, which Camel skips.
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
        FrameContext context = session.ended() ? null : session.committed();
        if (context == null && !session.ended()) {
            context = read();
        }
        done = context == null;
        return context;
    }

    private FrameContext read() {
        try {
            Frame frame = session.reader().next(bytes);
            if (frame != null) {
                hasFrame = true;
                return FrameContext.of(session, frame);
            }
        } catch (StompException e) {
            return FrameContext.unreadable(session, e);
        }
        // A message in which no frame ends counts as a frame, or a client might send any number.
        return hasFrame || session.tryAcquire()
                ? null
                : FrameContext.unreadable(session, new MessageRejected("Too many messages a second"));
    }
}
