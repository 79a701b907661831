package dev.caravan.chat.session;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatMessages;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.PresenceChange;
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
 * Who subscribed to what on this node. A frame is encoded once for all whose subscriptions have the same id and version,
 * and they share its bytes.
 *
 * <p>Subscribing is thread-safe; {@link #encode} is for one thread at a time, which keeps messages in their order.
 */
@Component("subscriptionRegistry")
public class SubscriptionRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(SubscriptionRegistry.class);

    private final Map<String, Topic> topics = new ConcurrentHashMap<>();
    /** How many have come to each of the server's own rooms in which somebody is. */
    private final Map<String, Integer> comers = new ConcurrentHashMap<>();

    private final ChatMessages messages;
    private final PresenceRegistry presence;
    /** Those who got their history in the last batch; in that, they are written to each for itself. */
    private final List<Subscription> settled = new ArrayList<>();

    SubscriptionRegistry(ChatMessages messages, PresenceRegistry presence) {
        this.messages = messages;
        this.presence = presence;
    }

    /** Whose frames are the same to the byte. */
    private record Audience(Version version, String subscription) {}

    private static final class Topic {
        private final Map<Audience, Set<Object>> plain = new ConcurrentHashMap<>(2);
        private final Set<Subscription> slow = ConcurrentHashMap.newKeySet(2);

        boolean isEmpty() {
            return plain.isEmpty() && slow.isEmpty();
        }
    }

    void subscribe(Subscription subscription) {
        topics.compute(subscription.destination(), (destination, topic) -> {
            Topic it = topic == null ? new Topic() : topic;
            if (subscription.isPlain()) {
                addPlain(it, subscription);
            } else {
                it.slow.add(subscription);
            }
            String room = serversRoom(destination);
            if (room != null) {
                comers.merge(room, 1, Integer::sum);
            }
            return it;
        });
    }

    private static String serversRoom(String destination) {
        String room = Destinations.room(destination, Destinations.ROOM);
        return room != null && Destinations.isServers(room) ? room : null;
    }

    /** The server's own rooms that begin like this in which somebody listens on this node, and how many have come there. */
    public Map<String, Integer> listened(String prefix) {
        Map<String, Integer> listened = new HashMap<>();
        comers.forEach((room, count) -> {
            if (room.startsWith(prefix)) {
                listened.put(room, count);
            }
        });
        return listened;
    }

    private static void addPlain(Topic topic, Subscription subscription) {
        topic.plain
                .computeIfAbsent(audience(subscription), audience -> ConcurrentHashMap.newKeySet(2))
                .add(subscription.session().target());
    }

    void unsubscribe(Subscription subscription) {
        subscription.end();
        topics.computeIfPresent(subscription.destination(), (destination, topic) -> {
            topic.slow.remove(subscription);
            topic.plain.computeIfPresent(audience(subscription), (audience, keys) -> {
                keys.remove(subscription.session().target());
                return keys.isEmpty() ? null : keys;
            });
            if (topic.isEmpty() && serversRoom(destination) != null) {
                comers.remove(serversRoom(destination));
            }
            return topic.isEmpty() ? null : topic;
        });
    }

    private static Audience audience(Subscription subscription) {
        return new Audience(subscription.session().version(), subscription.named() ? subscription.id() : null);
    }

    /**
     * The frames of a batch and who gets them.
     *
     * @param batch chat messages, comings and goings, and the records of this class
     * @return frames in their order, by the key of a connection or a collection of keys
     */
    public Map<Object, List<ByteBuffer>> encode(List<?> batch) {
        settled.forEach(this::settle);
        settled.clear();
        Map<Object, List<ByteBuffer>> frames = new IdentityHashMap<>();
        for (Object item : batch) {
            try {
                put(item, frames);
            } catch (RuntimeException e) { // a route that was edited: what others say is said
                LOG.warn("Not said: {}", item, e);
            }
        }
        return frames;
    }

    private void put(Object item, Map<Object, List<ByteBuffer>> frames) {
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
        } else if (!(item instanceof ChatItem)) {
            throw new IllegalArgumentException(
                    "Not an item of the chat: " + item.getClass().getName());
        }
    }

    private void deliver(SubscriptionItem item, Map<Object, List<ByteBuffer>> frames) {
        Subscription subscription = item.subscription();
        if (item instanceof SubscriptionItem.Replay replay) {
            replay(replay, frames);
        } else if (item instanceof SubscriptionItem.People people) {
            byte[] present = ChatJson.present(people.roomId(), presence.people(people.roomId()));
            write(subscription, subscription.offer(own(subscription.destination(), present)), frames);
        } else {
            write(subscription, subscription.release(), frames);
        }
    }

    private Delivery own(String destination, byte[] body) {
        return new Delivery(destination, messages.nextId(), body, false, List.of());
    }

    /** The frame of a message of the server's own for one subscription. */
    ByteBuffer write(Subscription subscription, byte[] body) {
        return own(subscription.destination(), body)
                .write(subscription.session().version(), audience(subscription).subscription, subscription.ack());
    }

    private void deliver(Delivery message, Map<Object, List<ByteBuffer>> frames) {
        Topic topic = topics.get(message.destination());
        if (topic == null) {
            return;
        }
        topic.plain.forEach((audience, keys) -> frames.computeIfAbsent(keys, any -> new ArrayList<>(4))
                .add(message.write(audience.version, audience.subscription, AckMode.AUTO)));
        for (Subscription slow : topic.slow) {
            write(slow, slow.offer(message), frames);
        }
    }

    private void replay(SubscriptionItem.Replay replay, Map<Object, List<ByteBuffer>> frames) {
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
            settled.add(subscription);
        }
    }

    private void settle(Subscription subscription) {
        topics.computeIfPresent(subscription.destination(), (destination, topic) -> {
            // Not if it was unsubscribed meanwhile.
            if (topic.slow.remove(subscription)) {
                addPlain(topic, subscription);
            }
            return topic;
        });
    }

    private static void write(
            Subscription subscription, List<Delivery> messages, Map<Object, List<ByteBuffer>> frames) {
        if (messages.isEmpty()) {
            return;
        }
        Audience audience = audience(subscription);
        List<ByteBuffer> mine = frames.computeIfAbsent(subscription.session().target(), any -> new ArrayList<>(4));
        for (Delivery message : messages) {
            mine.add(message.write(audience.version, audience.subscription, subscription.ack()));
        }
    }
}
