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
 * What was said before. Each room has a list in Redis, whose elements are what was said on one node within a moment, so
 * that a busy room costs Redis no more than a quiet one. What may not be there yet, because it was said a moment ago here
 * or elsewhere, is remembered in memory for some seconds. Thread-safe.
 */
@Component("chatHistory")
public class ChatHistory {
    private static final Logger LOG = LoggerFactory.getLogger(ChatHistory.class);

    private final LongSupplier nanos;
    private final String instance;
    private final int most;
    private final Duration retention;
    private final RecentMessages recent = new RecentMessages(Duration.ofSeconds(5));

    /**
     * What was said in a room within a moment, as one element of its list.
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

    /** The key of the list of a room. */
    public static String key(String roomId) {
        return "Chat:history:" + roomId;
    }

    /** Remembers what was just said, on any node; what of that this node has to store. */
    public List<Object> saw(@Body List<?> batch) {
        List<Object> own = new ArrayList<>(batch.size());
        if (most == 0) {
            return own;
        }
        long now = nanos.getAsLong();
        synchronized (recent) {
            for (Object item : batch) {
                if (item instanceof ChatMessage said && said.isStamped()) {
                    recent.add(said, now);
                    if (said.origin().equals(instance)) {
                        own.add(said);
                    }
                }
            }
        }
        return own;
    }

    /** The elements of lists for what is to be stored, one for each room. */
    public List<Chunk> chunks(@Body List<?> batch) {
        Map<String, List<ChatMessage>> rooms = new LinkedHashMap<>();
        for (Object item : batch) {
            ChatMessage said = (ChatMessage) item;
            rooms.computeIfAbsent(said.roomId(), room -> new ArrayList<>()).add(said);
        }
        List<Chunk> chunks = new ArrayList<>(rooms.size());
        rooms.forEach((room, said) -> {
            // Nobody can ask for more than the last ones.
            List<ChatMessage> last = said.subList(Math.max(0, said.size() - most), said.size());
            chunks.add(new Chunk(key(room), new ClusterMessage(instance, 0, false, last, null).text()));
        });
        return chunks;
    }

    /** Says which element is to be added to which list, how long the list may then be, and how long it is kept. */
    public void push(Exchange exchange) {
        Chunk chunk = exchange.getMessage().getBody(Chunk.class);
        exchange.getMessage().setHeader("CamelRedis.Key", chunk.key);
        exchange.getMessage().setHeader("CamelRedis.Value", chunk.text);
        exchange.getMessage().setHeader("CamelRedis.Start", (long) -most);
        exchange.getMessage().setHeader("CamelRedis.End", -1L);
        exchange.getMessage().setHeader("CamelRedis.Timeout", retention.toSeconds());
    }

    /** Says which list is wanted. */
    public void range(Exchange exchange) {
        HistoryRequest recall = exchange.getMessage().getBody(HistoryRequest.class);
        exchange.setProperty("chat.recall", recall);
        exchange.getMessage().setHeader("CamelRedis.Key", key(recall.roomId()));
        exchange.getMessage().setHeader("CamelRedis.Start", (long) -most);
        exchange.getMessage().setHeader("CamelRedis.End", -1L);
    }

    /**
     * What is to be sent to a new subscription before all else.
     *
     * @param stored the list of its room; anything else if Redis could not be asked
     */
    public SubscriptionItem.Replay replay(@ExchangeProperty("chat.recall") HistoryRequest recall, @Body Object stored) {
        Map<String, ChatMessage> said = new LinkedHashMap<>();
        if (stored instanceof Collection<?> chunks) {
            chunks.forEach(chunk -> read((String) chunk, said));
        }
        synchronized (recent) {
            recent.forEach(nanos.getAsLong(), one -> {
                if (one.roomId().equals(recall.roomId())) {
                    said.remove(one.id()); // what is stored may be cut short; what is remembered is in its order
                    said.put(one.id(), one);
                }
            });
        }
        List<ChatMessage> all = new ArrayList<>(said.values());
        return new SubscriptionItem.Replay(
                recall.subscription(),
                all.subList(Math.max(0, all.size() - recall.most()), all.size()),
                recall.receipt());
    }

    private static void read(String chunk, Map<String, ChatMessage> said) {
        try {
            for (Object item : ClusterMessage.of(chunk).items()) {
                if (item instanceof ChatMessage message) {
                    said.put(message.id(), message);
                }
            }
        } catch (MessageRejected e) {
            LOG.warn("What stands in the history of a room is not ours: {}", e.getMessage());
        }
    }
}
