package dev.caravan.chat.history;

import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.cluster.ClusterMessage;
import dev.caravan.chat.cluster.RecentMessages;
import dev.caravan.chat.session.HistoryRequest;
import dev.caravan.chat.session.SubscriptionItem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * The last messages of each room. Each room has a list in Redis, whose elements are what one node published within a
 * moment, so that a busy room costs Redis no more than a quiet one. The messages of the last seconds, of all nodes, are in
 * memory too, because Redis may not have them yet. Thread-safe.
 */
@Component("chatHistory")
public class ChatHistory {
    private static final Logger LOG = LoggerFactory.getLogger(ChatHistory.class);

    private static final String REQUEST = "chatHistoryRequest";

    private final LongSupplier nanos;
    private final String instance;
    private final int most;
    private final Duration retention;
    private final RecentMessages recent = new RecentMessages(Duration.ofSeconds(5));

    /**
     * The messages that this node published in a room within a moment, as one element of the list.
     *
     * @param key of the list
     */
    public record Chunk(String key, String text) {}

    @Autowired
    public ChatHistory(ChatSettings settings, @Value("${caravan.instance}") String instance) {
        this(settings, instance, System::nanoTime);
    }

    ChatHistory(ChatSettings settings, String instance, LongSupplier nanos) {
        this.nanos = nanos;
        this.instance = instance;
        this.most = settings.history();
        this.retention = settings.historyRetention();
    }

    public static String key(String roomId) {
        return "Chat:history:" + roomId;
    }

    /** Keeps the messages of a batch in memory; those of this node, which it has to store. */
    public List<ChatMessage> keep(@Body List<?> batch) {
        List<ChatMessage> own = new ArrayList<>(batch.size());
        if (most == 0) {
            return own;
        }
        long now = nanos.getAsLong();
        synchronized (recent) {
            for (Object item : batch) {
                if (item instanceof ChatMessage message && message.isStamped()) {
                    recent.add(message, now);
                    if (message.origin().equals(instance)) {
                        own.add(message);
                    }
                }
            }
        }
        return own;
    }

    /** The new elements of the lists, one for each room. */
    public List<Chunk> chunks(@Body List<ChatMessage> batch) {
        Map<String, List<ChatMessage>> rooms = new LinkedHashMap<>();
        batch.forEach(message -> rooms.computeIfAbsent(message.roomId(), room -> new ArrayList<>())
                .add(message));
        List<Chunk> chunks = new ArrayList<>(rooms.size());
        rooms.forEach((room, messages) -> {
            // No client can ask for more than the last ones.
            List<ChatMessage> last = messages.subList(Math.max(0, messages.size() - most), messages.size());
            chunks.add(new Chunk(key(room), new ClusterMessage(instance, 0, false, last, null).text()));
        });
        return chunks;
    }

    /** Names the list and its new element, how long the list may then be, and how long Redis keeps it. */
    public void push(Exchange exchange) {
        Chunk chunk = exchange.getMessage().getBody(Chunk.class);
        exchange.getMessage().setHeader("CamelRedis.Key", chunk.key);
        exchange.getMessage().setHeader("CamelRedis.Value", chunk.text);
        exchange.getMessage().setHeader("CamelRedis.Start", (long) -most);
        exchange.getMessage().setHeader("CamelRedis.End", -1L);
        exchange.getMessage().setHeader("CamelRedis.Timeout", retention.toSeconds());
    }

    /** Names the list of the room. */
    public void range(Exchange exchange) {
        HistoryRequest request = exchange.getMessage().getBody(HistoryRequest.class);
        exchange.setProperty(REQUEST, request);
        exchange.getMessage().setHeader("CamelRedis.Key", key(request.roomId()));
        exchange.getMessage().setHeader("CamelRedis.Start", (long) -most);
        exchange.getMessage().setHeader("CamelRedis.End", -1L);
    }

    /**
     * The messages that a new subscription gets before all others.
     *
     * @param stored the list of its room; anything else if Redis could not be asked
     */
    public SubscriptionItem.Replay replay(@ExchangeProperty(REQUEST) HistoryRequest request, @Body Object stored) {
        Map<String, ChatMessage> messages = new LinkedHashMap<>();
        if (stored instanceof Collection<?> chunks) {
            chunks.forEach(chunk -> read((String) chunk, messages));
        }
        synchronized (recent) {
            recent.forEach(nanos.getAsLong(), one -> {
                if (one.roomId().equals(request.roomId())) {
                    messages.remove(one.id()); // the list may be cut short; what is in memory is in its order
                    messages.put(one.id(), one);
                }
            });
        }
        List<ChatMessage> all = new ArrayList<>(messages.values());
        return new SubscriptionItem.Replay(
                request.subscription(),
                all.subList(Math.max(0, all.size() - request.most()), all.size()),
                request.receipt());
    }

    private static void read(String chunk, Map<String, ChatMessage> messages) {
        try {
            for (Object item : ClusterMessage.of(chunk, null).items()) {
                if (item instanceof ChatMessage message) {
                    messages.put(message.id(), message);
                }
            }
        } catch (MessageRejected e) {
            LOG.warn("Chat: skipped an entry in the history of a room: {}", e.getMessage());
        }
    }
}
