package dev.caravan.chat.cluster;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
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
 * What a node tells the others, as JSON.
 *
 * @param node who says so: a name that is new with each start
 * @param number counts its letters from 1; 0 is one that only says that it is there
 * @param asks whether the others are to say who is with them
 * @param items chat messages, comings and goings
 * @param present all who are on that node, by room; null if that is not said
 */
public record ClusterMessage(String node, long number, boolean asks, List<?> items, Map<String, Set<String>> present) {
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
                    json.name(room.getKey()).beginArray();
                    for (String name : room.getValue()) {
                        json.value(name);
                    }
                    json.endArray();
                }
                json.endObject();
            }
        });
    }

    private static void write(JsonWriter json, Object item) throws IOException {
        if (item instanceof ChatMessage said) {
            json.beginObject();
            ChatJson.fields(json, said);
            ChatJson.more(json, said);
            json.endObject();
        } else if (item instanceof PresenceChange change) {
            json.beginObject();
            json.name("roomId").value(change.roomId());
            json.name(change.joined() ? "joined" : "left").value(change.who());
            json.endObject();
        }
    }

    /** @throws MessageRejected if the text is no letter */
    public static ClusterMessage of(String text) throws MessageRejected {
        return of(text, null);
    }

    /**
     * @param known a node whose letters are not read beyond their number: what is in them is known; null for none
     * @throws MessageRejected if the text is no letter
     */
    public static ClusterMessage of(String text, String known) throws MessageRejected {
        try (JsonReader json = ChatJson.strict(text)) {
            String node = null;
            long number = -1;
            boolean asks = false;
            List<Item> items = List.of();
            Map<String, Set<String>> present = null;
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "node" -> node = json.nextString();
                    case "number" -> number = json.nextLong();
                    case "asks" -> asks = json.nextBoolean();
                    case "items" -> items = items(json);
                    case "present" -> present = present(json);
                    default -> json.skipValue();
                }
                if (number >= 0 && node != null && node.equals(known)) {
                    return new ClusterMessage(node, number, false, List.of(), null);
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new MessageRejected("The letter is more than one JSON object");
            }
            if (node == null || node.isEmpty() || number < 0) {
                throw new MessageRejected("The letter has no node or no number");
            }
            return new ClusterMessage(node, number, asks, named(items, node), present);
        } catch (IOException | IllegalStateException | JsonParseException | NumberFormatException e) {
            throw new MessageRejected("Not a letter of a chat node: " + e.getMessage());
        }
    }

    /** What stands in an item; whose it is, is known only at the end of the letter. */
    private record Item(Map<String, String> fields) {}

    private static List<Item> items(JsonReader json) throws IOException {
        List<Item> items = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            items.add(new Item(ChatJson.strings(json)));
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

    private static List<Object> named(List<Item> items, String node) throws MessageRejected {
        List<Object> named = new ArrayList<>(items.size());
        for (Item item : items) {
            Map<String, String> fields = item.fields;
            String room = fields.get("roomId");
            if (fields.containsKey("joined") || fields.containsKey("left")) {
                boolean joined = fields.containsKey("joined");
                named.add(new PresenceChange(room, fields.get(joined ? "joined" : "left"), joined, node, false));
            } else {
                named.add(ChatJson.message(fields, node));
            }
            if (room == null) {
                throw new MessageRejected("An item has no room");
            }
        }
        return named;
    }
}
