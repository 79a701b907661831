package dev.caravan.chat.cluster;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.ServerMessage;
import dev.caravan.chat.cluster.PresenceRegistry.Part;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.camel.Body;
import org.apache.camel.ExchangeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * The link to the other nodes: the messages and presence changes of each node, and its heartbeats. Each node publishes
 * numbered cluster messages and receives those of all nodes, its own too. Thread-safe.
 *
 * <p>While the broker is away, a message is published again under the same number, so that a node that already has it skips
 * it. When the broker is back, the others need some seconds until they have queues again: meanwhile only empty messages are
 * sent, and the one that waits follows.
 *
 * <p>A node that is alone publishes only heartbeats. It is alone if its own messages come back and none of another node has
 * come for {@code caravan.chat.isolated-after}: a node that is silent for that long has no queue any more, because the broker
 * has given its connection up. A new node may have subscribers before its first message comes, so it then gets the messages
 * of the last seconds.
 *
 * <p>Meters: {@code caravan.chat.cluster.received}, chat messages of other nodes; {@code caravan.chat.cluster.missed}, cluster messages
 * of others that never came; {@code caravan.chat.isolated}, 1 while there is no other node; {@code caravan.chat.cluster.lag}, how
 * long an own message takes to come back from the broker, which is as long as it takes to any other node, by one clock.
 */
@Component("clusterLink")
public class ClusterLink {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterLink.class);
    /** Consumers try to reach their broker every two seconds. */
    private static final long RETURN_NANOS = Duration.ofSeconds(5).toNanos();
    /** A node whose own messages have not come back for this long, two heartbeats and some, would not hear others either. */
    private static final long DEAF_NANOS = Duration.ofSeconds(5).toNanos();
    /**
     * Characters of a cluster message, which are 6 MiB in UTF-8 at the most. One over RabbitMQ's 16 MiB would close the
     * channel, on which jobs are published, too.
     */
    private static final int MAX_TEXT = 2 << 20;

    /** Characters of one announcement of who is present; what is left follows with the next messages. */
    private static final int MAX_PART = 1 << 20;

    /** How long a node that is alone keeps messages: while it may be deaf, and until a new node has announced itself. */
    private static final Duration KEPT = Duration.ofSeconds(7);

    /** The broker confirms; it does not; it does, but the others may have no queues yet. */
    private enum State {
        UP,
        DOWN,
        RETURNING
    }

    private final String instance;
    private final PresenceRegistry presence;
    private final long isolatedAfter;
    private final LongSupplier nanos;
    private final Counter received;
    private final Counter missed;

    private final ClusterMembers members = new ClusterMembers();
    private final ClusterSequence sequence;
    /** Asks the others who is present with them: at the beginning, and after messages were missed. */
    private final UntilConfirmed request = new UntilConfirmed();
    /** Tells the others who is present here: when another node has asked for it. */
    private final UntilConfirmed announcement = new UntilConfirmed();
    /** What was not sent to others, because there are none. */
    private final RecentMessages unsent = new RecentMessages(KEPT);

    /** Up to which place the others know who is present here, while that takes several messages; null: it is all told. */
    private String announced;
    /** The same, once the message that is on its way is confirmed. */
    private String written;

    private State state = State.UP;
    private long returningAt;
    /** Whether the message that is on its way is an empty one. */
    private boolean probing;
    /** When a message of another node came, or one could have been missed. */
    private long otherAt;
    /** When an own message came. */
    private long ownAt;

    @Autowired
    ClusterLink(
            ChatSettings settings,
            @Value("${caravan.instance}") String instance,
            PresenceRegistry presence,
            MeterRegistry registry) {
        this(settings, instance, presence, registry, System::nanoTime);
    }

    ClusterLink(
            ChatSettings settings,
            String instance,
            PresenceRegistry presence,
            MeterRegistry registry,
            LongSupplier nanos) {
        this.instance = instance;
        this.presence = presence;
        this.isolatedAfter = settings.isolatedAfter().toNanos();
        this.nanos = nanos;
        this.otherAt = nanos.getAsLong();
        this.ownAt = otherAt - DEAF_NANOS;
        Gauge.builder("caravan.chat.isolated", this, link -> link.alone() ? 1 : 0)
                .description("1 while this node hears no other node, else 0")
                .register(registry);
        this.received = Counter.builder("caravan.chat.cluster.received")
                .description("Chat messages received from other nodes")
                .register(registry);
        this.missed = Counter.builder("caravan.chat.cluster.missed")
                .description("Cluster messages of other nodes that never arrived")
                .register(registry);
        this.sequence = new ClusterSequence(Timer.builder("caravan.chat.cluster.lag")
                .description("From sending a cluster message until it comes back from the broker")
                .register(registry));
    }

    /** To be delivered every two seconds: who left with nodes that have gone silent, and that this node is alive. */
    public synchronized List<ChatItem> heartbeat() {
        List<ChatItem> items = new ArrayList<>();
        for (String node : members.removeSilent(nanos.getAsLong())) {
            LOG.info("Chat: the node {} is gone", node);
            items.addAll(presence.replaceAll(node, Map.of()));
        }
        items.add(new ChatItem.Heartbeat());
        return items;
    }

    /** The items of a batch that other nodes need: none that came from them, and only heartbeats if there are none. */
    public synchronized List<ChatItem> outgoing(@Body List<?> batch) {
        List<ChatItem> outgoing = new ArrayList<>(batch.size());
        long now = nanos.getAsLong();
        boolean alone = isAloneAt(now);
        if (!alone) {
            unsent.forEach(now, outgoing::add);
            unsent.clear();
        }
        for (Object item : batch) {
            if (item instanceof ChatMessage message && message.origin().equals(instance) && message.isStamped()) {
                if (alone) {
                    unsent.add(message, now);
                } else {
                    outgoing.add(message);
                }
            } else if (item instanceof PresenceChange change && change.origin().equals(instance) && !alone) {
                outgoing.add(change); // a node that joins asks who is present
            } else if (item instanceof ChatItem.Heartbeat heartbeat) {
                outgoing.add(heartbeat);
            }
        }
        return outgoing;
    }

    private synchronized boolean alone() {
        return isAloneAt(nanos.getAsLong());
    }

    private boolean isAloneAt(long now) {
        return isolatedAfter > 0 && state == State.UP && now - ownAt < DEAF_NANOS && now - otherAt > isolatedAfter;
    }

    /** The cluster message of a batch, under the same number each time; an empty one while others may have no queues. */
    public synchronized String write(@Body List<?> batch) {
        long now = nanos.getAsLong();
        probing = state == State.DOWN || state == State.RETURNING && now - returningAt < RETURN_NANOS;
        if (probing) {
            return new ClusterMessage(instance, 0, false, List.of(), null).text();
        }
        boolean asks = request.write();
        boolean announces = announced != null || announcement.write() || asks;
        Part part = announces ? presence.local(announced, MAX_PART) : new Part(null, null, null);
        written = part.upTo();
        boolean first = sequence.next(batch, now);
        String text = text(asks, part);
        while (first && text.length() > MAX_TEXT && sequence.halve()) {
            text = text(asks, part);
        }
        return text;
    }

    private String text(boolean asks, Part part) {
        return new ClusterMessage(
                        instance, sequence.number(), asks, sequence.items(), part.rooms(), part.after(), part.upTo())
                .text();
    }

    /**
     * The broker has confirmed the cluster message.
     *
     * @return a notice for all clients if the broker was away, else nothing
     * @throws MessageRejected if the message was an empty one, or not all of the batch was in it, so that the batch is sent
     *     again
     */
    public synchronized List<ChatItem> confirmed() throws MessageRejected {
        if (probing) {
            throw new MessageRejected("The broker is back; other nodes may not be connected yet");
        }
        request.confirm();
        announced = written;
        if (announced == null) {
            announcement.confirm();
        }
        if (sequence.confirm(nanos.getAsLong())) {
            throw new MessageRejected("The rest of the batch follows");
        }
        if (state == State.UP) {
            return List.of();
        }
        state = State.UP;
        otherAt = nanos.getAsLong(); // the other nodes may still be there
        LOG.info("Chat: the other nodes can be reached again");
        return List.of(notice("cluster-up", "The other servers can be reached again."));
    }

    /** The cluster message was not confirmed; a notice for all clients if the one before it was, else nothing. */
    public synchronized List<ChatItem> failed(@ExchangeException Exception failure) {
        if (failure instanceof MessageRejected) {
            return List.of(); // an empty message was
        }
        boolean known = state != State.UP;
        state = State.DOWN;
        if (known) {
            return List.of();
        }
        LOG.warn("Chat: the other nodes cannot be reached; their clients get later what is published here now");
        return List.of(notice(
                "cluster-down", "Other servers cannot be reached; they will get the messages of this one later."));
    }

    /** Fails, so that the batch is sent again. */
    public void retry(@ExchangeException Exception failure) throws Exception {
        throw failure;
    }

    private static ServerMessage notice(String what, String text) {
        return new ServerMessage(
                Destinations.NOTICE,
                ChatJson.object(
                        json -> json.name("notice").value(what).name("message").value(text)));
    }

    /**
     * Receives a cluster message.
     *
     * @return what is to be delivered here; nothing of a message that came before, or of an own one; first a notice for all
     *     clients if messages before it are missing
     * @throws MessageRejected if it is no cluster message
     */
    public synchronized List<ChatItem> receive(@Body String text) throws MessageRejected {
        ClusterMessage message = ClusterMessage.of(text, instance);
        long now = nanos.getAsLong();
        if (message.node().equals(instance)) {
            returned(message, now);
            return List.of();
        }
        otherAt = now;
        ClusterMembers.Member member = members.get(message.node());
        boolean joined = members.received(member, now);
        if (joined) {
            request.want();
        }
        if (joined || message.asks()) {
            announcement.want();
        }
        if (message.number() == member.number && message.present() != null) {
            // Written again after another node had asked.
            return new ArrayList<>(presence.replace(message.node(), part(message)));
        }
        if (message.number() <= member.number) {
            return List.of();
        }
        long missing = member.take(message.number());
        if (missing > 0) {
            missed.increment(missing);
            LOG.warn("Chat: {} cluster messages of the node {} are lost", missing, message.node());
            request.want();
        }
        List<ChatItem> items = items(message);
        if (missing > 0) {
            items.add(0, notice("cluster-missed", "Messages of other servers may be missing here. Reload the page."));
        }
        return items;
    }

    private void returned(ClusterMessage message, long now) {
        ownAt = now;
        if (state == State.DOWN) {
            state = State.RETURNING;
            returningAt = now;
        }
        sequence.returned(message.number(), now);
    }

    private List<ChatItem> items(ClusterMessage message) {
        List<ChatItem> items = new ArrayList<>(message.items().size());
        for (Object item : message.items()) {
            if (item instanceof PresenceChange change) {
                items.add(presence.apply(change));
            } else {
                items.add((ChatItem) item);
                received.increment();
            }
        }
        if (message.present() != null) {
            items.addAll(presence.replace(message.node(), part(message)));
        }
        return items;
    }

    private static Part part(ClusterMessage message) {
        return new Part(message.present(), message.after(), message.upTo());
    }
}
