package dev.caravan.chat.session;

import dev.caravan.component.stomp.QueueSubscription;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A subscription of a connection. One that acknowledges gets no more than its window before it does; one that asked for
 * history gets nothing before that. Messages that come meanwhile wait, up to a bound.
 *
 * <p>Thread-safe. One thread alone hands messages out, so that none overtakes another.
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
    /** Where its messages come from; null if it is not to a queue. */
    private volatile QueueSubscription queue;
    /** The last message of the queue that was sent and that nobody will acknowledge; null for none. */
    private String sent;

    /**
     * @param id the client's; in STOMP 1.0 the destination, if the client gave none
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

    /** Whether each message can be sent to it at once, as to all others of its kind. */
    synchronized boolean isPlain() {
        return ack == AckMode.AUTO && !held;
    }

    /** What can be sent now that this message has come: it, or nothing yet. */
    synchronized List<Delivery> offer(Delivery message) {
        if (ended) {
            return List.of();
        }
        if (waiting.size() >= bound) {
            session.overflow();
            end(); // so that there is no gap in what the client gets
            return List.of();
        }
        waiting.add(message);
        return next();
    }

    /** Its messages come from a queue, which keeps those that are not acknowledged. */
    void feed(QueueSubscription from) {
        queue = from;
    }

    /** Null if it is not to a queue. */
    QueueSubscription queue() {
        return queue;
    }

    /** What can be sent of a message of its queue, which gives it no more than may be unacknowledged. */
    synchronized List<Delivery> take(Delivery message) {
        if (ended) {
            return List.of();
        }
        if (ack == AckMode.AUTO) {
            acknowledgeSent();
            sent = message.id();
        }
        return List.of(message);
    }

    /** Acknowledges for a client that does not what is on its way: if nothing waits for it, so that it can get more. */
    synchronized void acknowledgeSent() {
        if (sent != null && queue != null && !ended && session.isIdle()) {
            queue.settle(sent, true, QueueSubscription.Settlement.ACKNOWLEDGED);
            sent = null;
        }
    }

    /** What can be sent now that messages are acknowledged. */
    synchronized List<Delivery> release() {
        return next();
    }

    /**
     * What can be sent now that the history is there: first that, then what came meanwhile, which may be in it too.
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

    /** Settles a message of its queue. True if the message waited for it. */
    boolean settle(String messageId, QueueSubscription.Settlement settlement) {
        return ack != AckMode.AUTO && queue.settle(messageId, ack == AckMode.CLIENT, settlement);
    }

    /** Takes an ACK, or a NACK, which is the same: a message is not sent again. True if the message waited for it. */
    synchronized boolean acknowledge(String messageId) {
        if (ack == AckMode.CLIENT && unacknowledged.contains(messageId)) {
            while (!unacknowledged.element().equals(messageId)) {
                unacknowledged.remove();
            }
        }
        return unacknowledged.remove(messageId);
    }

    synchronized void end() {
        acknowledgeSent();
        ended = true;
        waiting.clear();
        unacknowledged.clear();
        if (queue != null) {
            queue.close();
        }
    }

    synchronized boolean isEnded() {
        return ended;
    }
}
