package dev.caravan.chat.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * What a connection listens to. One that acknowledges gets no more than its window before it does; one that asked for
 * history gets nothing before that. What comes meanwhile waits, up to a bound.
 *
 * <p>Thread-safe. Messages are handed out by one thread alone, so that none overtakes another.
 */
public final class Subscription {
    private final Session session;
    private final String id;
    private final boolean named;
    private final String destination;
    private final AckMode ack;
    private final int window;
    private final int bound;

    private final Deque<Delivery> waiting = new ArrayDeque<>(0);
    private final Deque<String> unacknowledged = new ArrayDeque<>(0);
    private boolean held;
    private boolean ended;

    /**
     * @param id what names it; of those of STOMP 1.0 without an id the destination
     * @param named whether the client gave the id
     * @param held whether nothing is sent before {@link #replay}
     * @param bound how many messages may wait
     */
    public Subscription(
            Session session,
            String id,
            boolean named,
            String destination,
            AckMode ack,
            int window,
            boolean held,
            int bound) {
        this.session = session;
        this.id = id;
        this.named = named;
        this.destination = destination;
        this.ack = ack;
        this.window = window;
        this.held = held;
        this.bound = bound;
    }

    Session session() {
        return session;
    }

    String id() {
        return id;
    }

    boolean named() {
        return named;
    }

    String destination() {
        return destination;
    }

    AckMode ack() {
        return ack;
    }

    /** Whether everything can be sent to it at once, as to all others of its kind. */
    synchronized boolean isPlain() {
        return ack == AckMode.AUTO && !held;
    }

    /** What can be sent when this message comes: itself, or nothing yet. */
    synchronized List<Delivery> offer(Delivery message) {
        if (ended) {
            return List.of();
        }
        if (waiting.size() >= bound) {
            session.overflow();
            end(); // nothing more, so that there is no gap in what was sent
            return List.of();
        }
        waiting.add(message);
        return next();
    }

    /** What can be sent after an acknowledgement. */
    synchronized List<Delivery> release() {
        return next();
    }

    /**
     * What can be sent when the history is there: first that, then what came meanwhile, which may be in it too.
     */
    synchronized List<Delivery> replay(List<Delivery> history) {
        held = false;
        List<Delivery> since = new ArrayList<>(waiting);
        Set<String> ids = new HashSet<>();
        since.forEach(message -> ids.add(message.id()));
        waiting.clear();
        history.stream().filter(message -> !ids.contains(message.id())).forEach(waiting::add);
        waiting.addAll(since);
        return next();
    }

    private List<Delivery> next() {
        List<Delivery> out = new ArrayList<>();
        while (!held && !ended && !waiting.isEmpty() && (ack == AckMode.AUTO || unacknowledged.size() < window)) {
            Delivery message = waiting.poll();
            if (ack != AckMode.AUTO) {
                unacknowledged.add(message.id());
            }
            out.add(message);
        }
        return out;
    }

    /** Takes an acknowledgement, or a refusal, which is the same here: a message is not sent again. True if it was due. */
    synchronized boolean acknowledge(String messageId) {
        if (ack == AckMode.CLIENT && unacknowledged.contains(messageId)) {
            for (Iterator<String> all = unacknowledged.iterator(); ; ) {
                String one = all.next();
                all.remove();
                if (one.equals(messageId)) {
                    return true;
                }
            }
        }
        return unacknowledged.remove(messageId);
    }

    synchronized void end() {
        ended = true;
        waiting.clear();
        unacknowledged.clear();
    }
}
