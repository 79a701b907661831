package dev.caravan.chat.session;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.Participant;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.cluster.PresenceRegistry;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.springframework.stereotype.Component;

/** The handlers of frames about subscriptions. Stateless. */
@Component
class Subscriptions {
    private final ChatSettings settings;
    private final SubscriptionRegistry topics;
    private final PresenceRegistry presence;
    private final ChatAccessControl door;

    Subscriptions(
            ChatSettings settings, SubscriptionRegistry topics, PresenceRegistry presence, ChatAccessControl door) {
        this.settings = settings;
        this.topics = topics;
        this.presence = presence;
        this.door = door;
    }

    static String required(Frame frame, String header) throws StompException {
        String value = frame.header(header);
        if (value == null || value.isEmpty()) {
            throw new StompException(header + " is missing");
        }
        return value;
    }

    void subscribe(FrameContext turn) throws StompException, MessageRejected {
        Frame frame = turn.frame();
        Session session = turn.session();
        String destination = required(frame, "destination");
        String id = id(session, frame);
        if (session.subscription(id) != null) {
            throw new StompException("There is a subscription " + id + " already");
        }
        if (session.subscriptions().size() >= settings.maxSubscriptions()) {
            throw new MessageRejected("More than " + settings.maxSubscriptions() + " subscriptions");
        }
        check(session, destination);
        AckMode ack = AckMode.of(frame.header("ack"));
        if (ack == null) {
            throw new StompException("ack must be auto, client or client-individual");
        }
        String room = peoples(destination);
        int history = room == null ? 0 : Math.min(settings.history(), number(frame, "history", 0));
        Subscription subscription = new Subscription(
                session,
                id,
                frame.header("id") != null,
                destination,
                ack,
                Math.max(1, number(frame, "prefetch-count", settings.window())),
                history > 0,
                settings.backlog());
        session.add(subscription);
        topics.subscribe(subscription);
        if (history > 0) {
            turn.recall(new HistoryRequest(subscription, room, history, frame.header("receipt")));
        }
        if (room != null) {
            moved(turn, room, true);
        }
        String watched = Destinations.room(destination, Destinations.PRESENCE);
        if (watched != null) {
            turn.deliver(new SubscriptionItem.People(subscription, watched));
        }
    }

    /** STOMP 1.0 knows subscriptions by their destinations, if they are not given an id. */
    private static String id(Session session, Frame frame) throws StompException {
        String id = frame.header("id");
        if (id == null && session.version() == Version.V1_0) {
            id = frame.header("destination");
        }
        if (id == null) {
            throw new StompException("id is missing");
        }
        return id;
    }

    private void check(Session session, String destination) throws MessageRejected {
        if (destination.equals(Destinations.NOTICE) || destination.equals(Destinations.REFUSED)) {
            return;
        }
        String room = Destinations.room(destination, Destinations.ROOM);
        if (room == null && settings.presence()) {
            room = Destinations.room(destination, Destinations.PRESENCE);
        }
        if (room == null) {
            throw new MessageRejected(
                    "There is no destination " + destination + "; subscribe to " + Destinations.ROOM + "{roomId}");
        }
        if (!Destinations.isRoom(room, settings.maxName())) {
            throw new MessageRejected("That cannot be the name of a room; there are no patterns: " + destination);
        }
        if (!door.mayUse(session.principal(), room)) {
            throw new MessageRejected("You may not listen in " + room);
        }
    }

    private static int number(Frame frame, String header, int otherwise) throws StompException {
        String value = frame.header(header);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("\\d{1,9}")) {
            throw new StompException(header + " is not a number");
        }
        return Integer.parseInt(value);
    }

    /** One that is not there is no error: brokers that clients know do not mind. */
    void unsubscribe(FrameContext turn) throws StompException {
        Session session = turn.session();
        Subscription subscription = session.remove(id(session, turn.frame()));
        if (subscription == null && turn.frame().header("id") == null) { // 1.0: by its destination, though it has an id
            String destination = turn.frame().header("destination");
            subscription = session.subscriptions().stream()
                    .filter(one -> one.destination().equals(destination))
                    .findFirst()
                    .orElse(null);
            if (subscription != null) {
                session.remove(subscription.id());
            }
        }
        if (subscription != null) {
            end(turn, subscription);
        }
    }

    /** Ends all of a connection that is gone. */
    void leave(FrameContext turn) {
        for (Subscription subscription : turn.session().removeAll()) {
            end(turn, subscription);
        }
    }

    private void end(FrameContext turn, Subscription subscription) {
        topics.unsubscribe(subscription);
        String room = peoples(subscription.destination());
        if (room != null) {
            moved(turn, room, false);
        }
    }

    /** The room of people that this is, else null: those of the server have no history, and nobody is in them. */
    private static String peoples(String destination) {
        String room = Destinations.room(destination, Destinations.ROOM);
        return room == null || Destinations.isServers(room) ? null : room;
    }

    private void moved(FrameContext turn, String room, boolean joined) {
        Participant person = turn.session().person();
        if (person != null && settings.presence()) {
            PresenceChange change = presence.moved(room, person.text(), joined);
            if (change != null) {
                turn.deliver(change);
            }
        }
    }

    /**
     * An ACK or a NACK. One for a message that does not wait for it is no error, since brokers that clients know do not
     * mind, but there may not be any number.
     */
    void acknowledge(FrameContext turn) throws StompException, MessageRejected {
        if (!isAcknowledged(turn) && !turn.session().mayGoOn()) {
            throw new MessageRejected("Too many acknowledgements of nothing");
        }
    }

    /** Whether something was waiting for it. */
    private static boolean isAcknowledged(FrameContext turn) throws StompException {
        Frame frame = turn.frame();
        if (turn.session().version() == Version.V1_2) {
            String id = required(frame, "id");
            int slash = id.indexOf('/');
            return slash > 0 && acknowledge(turn, id.substring(0, slash), of(turn.session(), id.substring(slash + 1)));
        }
        String message = required(frame, "message-id");
        String subscription = frame.header("subscription");
        if (subscription == null && turn.session().version() == Version.V1_1) {
            throw new StompException("subscription is missing");
        }
        return acknowledge(
                turn,
                message,
                subscription == null ? List.copyOf(turn.session().subscriptions()) : of(turn.session(), subscription));
    }

    private static Collection<Subscription> of(Session session, String id) {
        Subscription subscription = session.subscription(id);
        return subscription == null ? List.of() : List.of(subscription);
    }

    private static boolean acknowledge(FrameContext turn, String message, Collection<Subscription> subscriptions) {
        boolean any = false;
        for (Subscription subscription : subscriptions) {
            if (subscription.acknowledge(message)) {
                turn.deliver(new SubscriptionItem.Release(subscription));
                any = true;
            }
        }
        return any;
    }

    /** The frame of a message of the server's own for one subscription. */
    ByteBuffer write(Subscription subscription, byte[] body) {
        return topics.write(subscription, body);
    }
}
