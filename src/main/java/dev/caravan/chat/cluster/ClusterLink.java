package dev.caravan.chat.cluster;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import dev.caravan.chat.ServerMessage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.camel.Body;
import org.apache.camel.ExchangeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * What nodes tell each other: what was said, who came and went, and every few seconds that they are there. Each node
 * publishes numbered letters and gets those of all nodes, its own too. Thread-safe.
 *
 * <p>While the broker is away a letter is published again and again, under the same number, so that whoever got it once
 * takes it once. When the broker is back, the others need some seconds until they have queues again: meanwhile only empty letters
 * are sent, and the one that waits follows when the time is over.
 *
 * <p>A node that is alone publishes only that it is there. It is alone if its own letters come back and none of another
 * node has come for {@code caravan.chat.alone-after}: one that is silent for that long has no queue any more, for the
 * broker has given its connection up. One that has just come may have listeners before it is heard, so it is told then
 * what was said in the last seconds.
 *
 * <p>Meters: {@code caravan.chat.relayed}, messages of other nodes, and {@code caravan.chat.relay.missed}, letters of
 * others that never came. {@code caravan.chat.alone}: 1 while there is no other node. {@code caravan.chat.relay.lag}:
 * how long an own letter takes to come back from the broker, which is as long as it takes to any other node, by one clock.
 */
@Component("clusterLink")
public class ClusterLink {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterLink.class);
    /** A node that was silent for this long is gone: three of the beats of the route chat-announce, and some. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(7).toNanos();
    /** One that was away for less may come back, with a letter that came before. */
    private static final long OBLIVION_NANOS = Duration.ofHours(1).toNanos();
    /** Consumers look for their broker every two seconds. */
    private static final long RETURN_NANOS = Duration.ofSeconds(5).toNanos();
    /** A node whose own letters have not come back for this long, two beats and some, would not hear others either. */
    private static final long DEAF_NANOS = Duration.ofSeconds(5).toNanos();
    /** For how long a node that is alone keeps what was said: while it may be deaf, and until a new one has said so. */
    private static final Duration KEPT = Duration.ofSeconds(7);

    private final String instance;
    private final PresenceRegistry presence;
    private final long aloneAfter;
    private final LongSupplier nanos;
    private final Counter relayed;
    private final Counter missed;
    private final Timer lag;

    /** The letters of others: the number of the last one, and when something came. */
    private final Map<String, Other> others = new HashMap<>();

    private List<?> last;
    private long number;
    /** Whether the others are to be asked who is with them: at the beginning, and after letters were missed. */
    private boolean asks = true;
    /** Whether somebody has asked who is here. */
    private boolean asked = true;

    /** The same, in a letter that is not confirmed. */
    private boolean asking;

    private boolean telling;

    private boolean away;
    /** When an own letter came back after the broker was away; 0: none has. */
    private long backAt;

    private boolean probe;

    /** The own letter that is waited for, to see how long it takes; 0: none. */
    private long timed;

    private long timedAt;

    /** When a letter of another node came, or one could have been missed. */
    private long otherAt;

    /** When an own letter came. */
    private long ownAt;

    /** What was not told to others, because there are none. */
    private final RecentMessages untold = new RecentMessages(KEPT);

    private static final class Other {
        /** 0: none yet. */
        private long number;

        private long heardAt;
        private boolean gone;
    }

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
        this.aloneAfter = settings.aloneAfter().toNanos();
        this.nanos = nanos;
        this.otherAt = nanos.getAsLong();
        this.ownAt = otherAt - DEAF_NANOS;
        Gauge.builder("caravan.chat.alone", this, relay -> relay.alone() ? 1 : 0)
                .description("1 while this node hears no other node, else 0")
                .register(registry);
        this.relayed = Counter.builder("caravan.chat.relayed")
                .description("Chat messages received from other nodes")
                .register(registry);
        this.missed = Counter.builder("caravan.chat.relay.missed")
                .description("Cluster messages of other nodes that never arrived")
                .register(registry);
        this.lag = Timer.builder("caravan.chat.relay.lag")
                .description("From sending a cluster message until it comes back from the broker")
                .register(registry);
    }

    /** To be delivered every two seconds: who left with nodes that have gone silent, and that this one is there. */
    public List<Object> beat() {
        List<Object> items = new ArrayList<>(gone());
        items.add(new ChatItem.Heartbeat());
        return items;
    }

    /** What of a batch that was delivered here is to be told to others: not what came from them, and nothing if there are none. */
    public synchronized List<Object> own(@Body List<?> batch) {
        List<Object> own = new ArrayList<>(batch.size());
        long now = nanos.getAsLong();
        boolean alone = isAloneAt(now);
        if (!alone) {
            untold.forEach(now, own::add);
            untold.clear();
        }
        for (Object item : batch) {
            if (item instanceof ChatMessage said && said.origin().equals(instance) && said.isStamped()) {
                if (alone) {
                    untold.add(said, now);
                } else {
                    own.add(said);
                }
            } else if (item instanceof PresenceChange change && change.origin().equals(instance) && !alone) {
                own.add(change); // a node that comes asks who is here
            } else if (item instanceof ChatItem.Heartbeat) {
                own.add(item);
            }
        }
        return own;
    }

    private synchronized boolean alone() {
        return isAloneAt(nanos.getAsLong());
    }

    private boolean isAloneAt(long now) {
        return aloneAfter > 0 && !away && now - ownAt < DEAF_NANOS && now - otherAt > aloneAfter;
    }

    /** The letter for a batch, which gets its number when it comes first; an empty one while others may not listen. */
    public synchronized String write(@Body List<?> batch) {
        probe = away && (backAt == 0 || nanos.getAsLong() - backAt < RETURN_NANOS);
        if (probe) {
            return new ClusterMessage(instance, 0, false, List.of(), null).text();
        }
        if (batch != last) {
            last = batch;
            number++;
            if (timed == 0) {
                timed = number;
                timedAt = nanos.getAsLong();
            }
        }
        // What is asked from now on is a matter of the next letter, or of this one if it has to be written again.
        asking |= asks;
        telling |= asked;
        asks = false;
        asked = false;
        return new ClusterMessage(instance, number, asking, batch, telling || asking ? presence.here() : null).text();
    }

    /**
     * The broker has the letter.
     *
     * @return a notice for everybody if the broker was away, else nothing
     * @throws MessageRejected if it was an empty one, so that the batch comes again
     */
    public synchronized List<?> confirmed() throws MessageRejected {
        if (probe) {
            throw new MessageRejected("The broker is back; the others may not be, yet");
        }
        asking = false;
        telling = false;
        if (!away) {
            return List.of();
        }
        away = false;
        otherAt = nanos.getAsLong(); // who was there may still be
        LOG.info("Chat: the other nodes can be reached again");
        return List.of(notice("relay-up", "The other servers can be reached again."));
    }

    /** The letter did not get through; a notice for everybody if that is news, else nothing. */
    public synchronized List<?> failed(@ExchangeException Exception failure) {
        if (failure instanceof MessageRejected) {
            return List.of(); // but an empty one did
        }
        backAt = 0;
        if (away) {
            return List.of();
        }
        away = true;
        LOG.warn("Chat: the other nodes cannot be reached; what is said here goes on here, and to them later");
        return List.of(notice("relay-down", "Other servers cannot be reached; they will get what is said here later."));
    }

    /** Lets the batch come again. */
    public void again(@ExchangeException Exception failure) throws Exception {
        throw failure;
    }

    private static ServerMessage notice(String what, String text) {
        return new ServerMessage(
                Destinations.NOTICE,
                ChatJson.object(
                        json -> json.name("notice").value(what).name("message").value(text)));
    }

    /**
     * Reads a letter.
     *
     * @return what is to be delivered here; nothing of a letter that came before, or of an own one
     * @throws MessageRejected if it is no letter
     */
    public synchronized List<Object> read(@Body String text) throws MessageRejected {
        ClusterMessage letter = ClusterMessage.of(text, instance);
        long now = nanos.getAsLong();
        if (letter.node().equals(instance)) {
            ownAt = now;
            if (away && backAt == 0) {
                backAt = now;
            }
            if (timed > 0 && letter.number() >= timed) {
                lag.record(now - timedAt, TimeUnit.NANOSECONDS);
                timed = 0;
            }
            return List.of();
        }
        otherAt = now;
        Other other = others.get(letter.node());
        if (other == null || other.gone) {
            other = others.computeIfAbsent(letter.node(), node -> new Other());
            other.gone = false;
            asked = true;
            asks = true;
        }
        other.heardAt = now;
        asked |= letter.asks();
        if (letter.number() == other.number && letter.present() != null) {
            // Written again after somebody had asked.
            return new ArrayList<>(presence.heardAll(letter.node(), letter.present()));
        }
        if (letter.number() <= other.number) {
            return List.of();
        }
        if (other.number > 0 && letter.number() > other.number + 1) {
            missed.increment(letter.number() - other.number - 1);
            LOG.warn("Chat: {} letters of {} never came", letter.number() - other.number - 1, letter.node());
            asks = true;
        }
        other.number = letter.number();
        return taken(letter);
    }

    private List<Object> taken(ClusterMessage letter) {
        List<Object> items = new ArrayList<>(letter.items().size());
        for (Object item : letter.items()) {
            if (item instanceof PresenceChange change) {
                items.add(presence.heard(change));
            } else {
                items.add(item);
                relayed.increment();
            }
        }
        if (letter.present() != null) {
            items.addAll(presence.heardAll(letter.node(), letter.present()));
        }
        return items;
    }

    private synchronized List<PresenceChange> gone() {
        long now = nanos.getAsLong();
        List<PresenceChange> left = new ArrayList<>();
        others.forEach((node, other) -> {
            if (!other.gone && now - other.heardAt > SILENCE_NANOS) {
                LOG.info("Chat: the node {} is gone", node);
                other.gone = true;
                left.addAll(presence.heardAll(node, Map.<String, Set<String>>of()));
            }
        });
        others.values().removeIf(other -> now - other.heardAt > OBLIVION_NANOS);
        return left;
    }
}
