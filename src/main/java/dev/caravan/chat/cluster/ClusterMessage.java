package dev.caravan.chat.cluster;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A message of a node to the others, as JSON.
 *
 * @param node the name of the sender, a new one with each start
 * @param number counts the node's messages from 1; 0: an empty one, which only says that the node is alive
 * @param asks whether the others are to announce who is present with them
 * @param items chat messages and presence changes; of others, such as heartbeats, nothing is written
 * @param present who is present on the node, by room; null if the message does not announce them
 * @param after, upTo which part of them: {@link PresenceRegistry.Part}
 */
public record ClusterMessage(
        String node,
        long number,
        boolean asks,
        List<?> items,
        Map<String, Set<String>> present,
        String after,
        String upTo) {
    /** One that announces all who are present, or nothing. */
    public ClusterMessage(String node, long number, boolean asks, List<?> items, Map<String, Set<String>> present) {
        this(node, number, asks, items, present, null, null);
    }

    public String text() {
        return ChatJson.text(json -> {
            json.name("node").value(node);
            json.name("number").value(number);
            if (asks) {
                json.name("asks").value(true);
            }
            json.name("items").beginArray();
            for (Object item : items) {
                write(json, item);
            }
            json.endArray();
            if (present != null) {
                json.name("present").beginObject();
                for (Map.Entry<String, Set<String>> room : present.entrySet()) {
                    ChatJson.array(json.name(room.getKey()), room.getValue());
                }
                json.endObject();
                if (after != null) {
                    json.name("after").value(after);
                }
                if (upTo != null) {
                    json.name("upTo").value(upTo);
                }
            }
        });
    }

    private static void write(JsonWriter json, Object item) throws IOException {
        if (item instanceof ChatMessage message) {
            json.beginObject();
            ChatJson.fields(json, message);
            ChatJson.more(json, message);
            json.endObject();
        } else if (item instanceof PresenceChange change) {
            json.beginObject();
            json.name("roomId").value(change.roomId());
            json.name(change.joined() ? "joined" : "left").value(change.who());
            json.endObject();
        }
    }

    /**
     * @param known a node whose messages are not read beyond their number: what is in them is known; null for none
     * @throws MessageRejected if the text is no cluster message
     */
    public static ClusterMessage of(String text, String known) throws MessageRejected {
        try (JsonReader json = ChatJson.strict(text)) {
            String node = null;
            long number = -1;
            boolean asks = false;
            List<Map<String, String>> items = List.of();
            Map<String, Set<String>> present = null;
            String after = null;
            String upTo = null;
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "node" -> node = json.nextString();
                    case "number" -> number = json.nextLong();
                    case "asks" -> asks = json.nextBoolean();
                    case "items" -> items = items(json);
                    case "present" -> present = present(json);
                    case "after" -> after = json.nextString();
                    case "upTo" -> upTo = json.nextString();
                    default -> json.skipValue();
                }
                if (number >= 0 && node != null && node.equals(known)) {
                    return new ClusterMessage(node, number, false, List.of(), null);
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new MessageRejected("The cluster message is more than one JSON object");
            }
            if (node == null || node.isEmpty() || number < 0) {
                throw new MessageRejected("The cluster message has no node or no number");
            }
            return new ClusterMessage(node, number, asks, read(items, node), present, after, upTo);
        } catch (IOException | IllegalStateException | JsonParseException | NumberFormatException e) {
            throw new MessageRejected("Not a cluster message: " + e.getMessage());
        }
    }

    private static List<Map<String, String>> items(JsonReader json) throws IOException {
        List<Map<String, String>> items = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            items.add(ChatJson.strings(json));
        }
        json.endArray();
        return items;
    }

    private static Map<String, Set<String>> present(JsonReader json) throws IOException {
        Map<String, Set<String>> rooms = new HashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            Set<String> names = rooms.computeIfAbsent(json.nextName(), room -> new HashSet<>());
            json.beginArray();
            while (json.peek() == JsonToken.STRING) {
                names.add(json.nextString());
            }
            json.endArray();
        }
        json.endObject();
        return rooms;
    }

    private static List<ChatItem> read(List<Map<String, String>> items, String node) throws MessageRejected {
        List<ChatItem> read = new ArrayList<>(items.size());
        for (Map<String, String> fields : items) {
            String room = fields.get("roomId");
            if (fields.containsKey("joined") || fields.containsKey("left")) {
                boolean joined = fields.containsKey("joined");
                read.add(new PresenceChange(room, fields.get(joined ? "joined" : "left"), joined, node, false));
            } else {
                read.add(ChatJson.message(fields, node));
            }
            if (room == null) {
                throw new MessageRejected("An item has no room");
            }
        }
        return read;
    }
}
