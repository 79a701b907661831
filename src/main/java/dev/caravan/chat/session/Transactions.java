package dev.caravan.chat.session;

import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The open transactions of a connection, with the frames that wait for their end. Bounded. */
final class Transactions {
    private static final int MOST_OPEN = 10;
    private static final int MOST_FRAMES = 1000;

    private final Map<String, List<Frame>> open = new HashMap<>();
    private final long most;
    private int frames;
    private long bytes;

    /** @param largest bytes of one body; sixteen times as many may wait, headers included */
    Transactions(int largest) {
        this.most = 16L * largest;
    }

    void begin(String name) throws StompException {
        if (open.size() == MOST_OPEN) {
            throw new StompException("More than " + MOST_OPEN + " transactions are open");
        }
        if (open.putIfAbsent(name, new ArrayList<>()) != null) {
            throw new StompException("The transaction " + name + " is open already");
        }
    }

    void add(String name, Frame frame) throws StompException {
        List<Frame> waiting = open.get(name);
        if (waiting == null) {
            throw unknown(name);
        }
        frames++;
        bytes += size(frame);
        if (frames > MOST_FRAMES || bytes > most) {
            throw new StompException("More waits for the end of transactions than may");
        }
        waiting.add(frame);
    }

    /** Ends a transaction; the frames that waited for that. */
    List<Frame> end(String name) throws StompException {
        List<Frame> waited = open.remove(name);
        if (waited == null) {
            throw unknown(name);
        }
        frames -= waited.size();
        waited.forEach(frame -> bytes -= size(frame));
        return waited;
    }

    private static long size(Frame frame) {
        return frame.body().length
                + frame.headers().stream()
                        .mapToLong(header ->
                                header.name().length() + header.value().length())
                        .sum();
    }

    private static StompException unknown(String name) {
        return new StompException("There is no transaction " + name);
    }
}
