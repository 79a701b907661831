package dev.caravan.chat.session;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatMessages;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.Participant;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.RouteMessage;
import dev.caravan.chat.ServerMessage;
import dev.caravan.chat.cluster.PresenceRegistry;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The subscriptions of this node. A frame is encoded once for all subscriptions of the same id and version, which share its
 * bytes.
 *
 * <p>Subscribing is thread-safe; {@link #encode} is for one thread at a time, which keeps messages in their order.
 */
@Component("subscriptionRegistry")
public class SubscriptionRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(SubscriptionRegistry.class);

    private final Map<String, Topic> topics = new ConcurrentHashMap<>();
    /** The server's own rooms that have subscribers, and how many subscriptions each has ever had. */
    private final Map<String, Integer> watched = new ConcurrentHashMap<>();

    private final ChatMessages messages;
    private final PresenceRegistry presence;
    /** Got their history in the last batch, in which each gets frames of its own; from the next one on they share frames. */
    private final List<Subscription> replayed = new ArrayList<>();

    SubscriptionRegistry(ChatMessages messages, PresenceRegistry presence) {
        this.messages = messages;
        this.presence = presence;
    }

    /** Subscriptions whose frames are the same to the byte. */
    private record Audience(Version version, String subscription) {}

    private static final class Topic {
        private final Map<Audience, Set<Object>> plain = new ConcurrentHashMap<>(2);
        private final Set<Subscription> slow = ConcurrentHashMap.newKeySet(2);

        boolean isEmpty() {
            return plain.isEmpty() && slow.isEmpty();
        }
    }

    /** @return the change that others in the room see; null if there is none */
    PresenceChange subscribe(Subscription subscription) {
        topics.compute(subscription.destination(), (destination, topic) -> {
            Topic entry = topic == null ? new Topic() : topic;
            if (subscription.isPlain()) {
                addPlain(entry, subscription);
            } else {
                entry.slow.add(subscription);
            }
            String room = serversRoom(destination);
            if (room != null) {
                watched.merge(room, 1, Integer::sum);
            }
            return entry;
        });
        return presenceChange(subscription, true);
    }

    private PresenceChange presenceChange(Subscription subscription, boolean joined) {
        String room = Destinations.clientRoom(subscription.destination());
        Participant participant = subscription.session().participant();
        return room == null || participant == null ? null : presence.change(room, participant.text(), joined);
    }

    private static String serversRoom(String destination) {
        String room = Destinations.room(destination, Destinations.ROOM);
        return room != null && Destinations.isServers(room) ? room : null;
    }

    /** The server's own rooms with this prefix that have subscribers on this node, and how many subscriptions each has had. */
    public Map<String, Integer> watchedRooms(String prefix) {
        Map<String, Integer> rooms = new HashMap<>(watched);
        rooms.keySet().removeIf(room -> !room.startsWith(prefix));
        return rooms;
    }

    private static void addPlain(Topic topic, Subscription subscription) {
        topic.plain
                .computeIfAbsent(audience(subscription), audience -> ConcurrentHashMap.newKeySet(2))
                .add(subscription.session().target());
    }

    /** @return the change that others in the room see; null if there is none */
    PresenceChange unsubscribe(Subscription subscription) {
        subscription.end();
        topics.computeIfPresent(subscription.destination(), (destination, topic) -> {
            topic.slow.remove(subscription);
            topic.plain.computeIfPresent(audience(subscription), (audience, keys) -> {
                keys.remove(subscription.session().target());
                return keys.isEmpty() ? null : keys;
            });
            if (topic.isEmpty() && serversRoom(destination) != null) {
                watched.remove(serversRoom(destination));
            }
            return topic.isEmpty() ? null : topic;
        });
        return presenceChange(subscription, false);
    }

    private static Audience audience(Subscription subscription) {
        return new Audience(subscription.session().version(), subscription.named() ? subscription.id() : null);
    }

    /**
     * The frames of a batch and who gets them.
     *
     * @param batch of {@link ChatItem}s; another object, from a route that was edited, is logged and skipped
     * @return frames in their order, by the key of a connection or a collection of keys
     */
    public Map<Object, List<Object>> encode(List<?> batch) {
        replayed.forEach(this::share);
        replayed.clear();
        Map<Object, List<Object>> frames = new IdentityHashMap<>();
        for (Object item : batch) {
            try {
                put(item, frames);
            } catch (RuntimeException e) { // one item must not stop the others
                LOG.warn("Chat: cannot deliver {}", item, e);
            }
        }
        return frames;
    }

    private void put(Object item, Map<Object, List<Object>> frames) {
        if (item instanceof ChatMessage message) {
            deliver(Delivery.of(message, false), frames);
        } else if (item instanceof PresenceChange change) {
            if (change.visible()) {
                deliver(own(Destinations.PRESENCE + change.roomId(), ChatJson.of(change)), frames);
            }
        } else if (item instanceof ServerMessage message) {
            deliver(own(message.destination(), message.body()), frames);
        } else if (item instanceof SubscriptionItem one) {
            deliver(one, frames);
        } else if (item instanceof RouteMessage message) {
            deliver(Delivery.of(message), frames);
        } else if (!(item instanceof ChatItem)) {
            throw new IllegalArgumentException(
                    "Not an item of the chat: " + item.getClass().getName());
        }
    }

    private void deliver(SubscriptionItem item, Map<Object, List<Object>> frames) {
        Subscription subscription = item.subscription();
        if (item instanceof SubscriptionItem.Replay replay) {
            replay(replay, frames);
        } else if (item instanceof SubscriptionItem.People people) {
            byte[] present = ChatJson.present(people.roomId(), presence.people(people.roomId()));
            write(subscription, subscription.offer(own(subscription.destination(), present)), frames);
        } else if (item instanceof SubscriptionItem.FromQueue queued) {
            write(subscription, subscription.take(Delivery.of(queued.message())), frames);
        } else {
            write(subscription, subscription.release(), frames);
        }
    }

    private Delivery own(String destination, byte[] body) {
        return Delivery.ofServer(destination, messages.nextId(), body);
    }

    /** The frame of a message of the server itself for one subscription. */
    ByteBuffer write(Subscription subscription, byte[] body) {
        return own(subscription.destination(), body)
                .write(subscription.session().version(), audience(subscription).subscription, subscription.ack());
    }

    private void deliver(Delivery message, Map<Object, List<Object>> frames) {
        Topic topic = topics.get(message.destination());
        if (topic == null) {
            return;
        }
        topic.plain.forEach((audience, keys) -> frames.computeIfAbsent(keys, any -> new ArrayList<>(4))
                .add(message.payload(audience.version, audience.subscription, AckMode.AUTO)));
        for (Subscription slow : topic.slow) {
            write(slow, slow.offer(message), frames);
        }
    }

    private void replay(SubscriptionItem.Replay replay, Map<Object, List<Object>> frames) {
        Subscription subscription = replay.subscription();
        List<Delivery> history = replay.history().stream()
                .map(message -> Delivery.of(message, true))
                .toList();
        write(subscription, subscription.replay(history), frames);
        if (replay.receipt() != null) {
            Frame receipt = Frame.of(Command.RECEIPT)
                    .header("receipt-id", replay.receipt())
                    .build();
            frames.computeIfAbsent(subscription.session().target(), any -> new ArrayList<>(4))
                    .add(FrameWriter.write(receipt, subscription.session().version()));
        }
        if (subscription.isPlain()) {
            replayed.add(subscription);
        }
    }

    private void share(Subscription subscription) {
        topics.computeIfPresent(subscription.destination(), (destination, topic) -> {
            // unless it was unsubscribed meanwhile
            if (topic.slow.remove(subscription)) {
                addPlain(topic, subscription);
            }
            return topic;
        });
    }

    private static void write(Subscription subscription, List<Delivery> messages, Map<Object, List<Object>> frames) {
        if (messages.isEmpty()) {
            return;
        }
        Audience audience = audience(subscription);
        List<Object> mine = frames.computeIfAbsent(subscription.session().target(), any -> new ArrayList<>(4));
        for (Delivery message : messages) {
            mine.add(message.payload(audience.version, audience.subscription, subscription.ack()));
        }
    }
}
