package dev.caravan.chat;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import dev.caravan.stomp.Frame;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON of the chat, read strictly and written in the order of the wire contract. */
public final class ChatJson {
    /** Begins the names of fields that are headers of a message, between nodes. */
    private static final String HEADER = "header:";

    /** What a client publishes; null for what it left out. */
    record Published(String roomId, String sender, String message) {}

    /** Writes the inside of an object. */
    public interface Fields {
        void write(JsonWriter json) throws IOException;
    }

    private ChatJson() {}

    /** @throws MessageRejected if it is not a JSON object whose known fields are text */
    static Published published(String text) throws MessageRejected {
        String room = null;
        String sender = null;
        String message = null;
        try (JsonReader json = strict(text)) {
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "roomId" -> room = string(json, "roomId", room);
                    case "sender" -> sender = string(json, "sender", sender);
                    case "message" -> message = string(json, "message", message);
                    default -> json.skipValue(); // clients may send more
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new MessageRejected("The body is more than one JSON object");
            }
        } catch (IOException | IllegalStateException | JsonParseException | NumberFormatException e) {
            throw new MessageRejected("The body is not a JSON object");
        }
        return new Published(room, sender, message);
    }

    private static String string(JsonReader json, String name, String before) throws IOException, MessageRejected {
        if (before != null) {
            throw new MessageRejected(name + " is there twice");
        }
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return null;
        }
        if (json.peek() != JsonToken.STRING) {
            throw new MessageRejected(name + " is not a string");
        }
        return json.nextString();
    }

    public static JsonReader strict(String text) {
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        return json;
    }

    /** The text itself if it is JSON, else a JSON string of it. */
    static byte[] value(String text) {
        boolean isJson;
        try (JsonReader json = strict(text)) {
            JsonParser.parseReader(json);
            isJson = json.peek() == JsonToken.END_DOCUMENT;
        } catch (IOException | IllegalStateException | JsonParseException | NumberFormatException e) {
            isJson = false;
        }
        return (isJson ? text : new JsonPrimitive(text).toString()).getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] object(Fields fields) {
        return text(fields).getBytes(StandardCharsets.UTF_8);
    }

    public static String text(Fields fields) {
        StringWriter text = new StringWriter(256);
        try (JsonWriter json = new JsonWriter(text)) {
            json.beginObject();
            fields.write(json);
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** The chat message of the wire contract. */
    public static byte[] of(ChatMessage message) {
        return object(json -> fields(json, message));
    }

    public static void fields(JsonWriter json, ChatMessage message) throws IOException {
        json.name("roomId").value(message.roomId());
        json.name("sender").value(message.sender());
        json.name("message").value(message.message());
        json.name("time").value(message.time());
    }

    /** What other nodes and the history need of a message beside that. A node that does not know one of them skips it. */
    public static void more(JsonWriter json, ChatMessage message) throws IOException {
        json.name("id").value(message.id());
        if (message.sentAt() != null) {
            json.name("sentAt").value(message.sentAt());
        }
        if (message.senderId() != null) {
            json.name("senderId").value(message.senderId());
        }
        for (Frame.Header header : message.headers()) {
            json.name(HEADER + header.name()).value(header.value());
        }
    }

    /** The other way round, from the fields of an object that a node has written. */
    public static ChatMessage message(Map<String, String> fields, String origin) throws MessageRejected {
        for (String name : List.of("roomId", "sender", "message", "time", "id")) {
            if (fields.get(name) == null) {
                throw new MessageRejected(name + " is missing");
            }
        }
        return new ChatMessage(
                fields.get("roomId"),
                fields.get("sender"),
                fields.get("senderId"),
                fields.get("message"),
                headers(fields),
                fields.get("time"),
                fields.get("sentAt"),
                fields.get("id"),
                origin);
    }

    private static List<Frame.Header> headers(Map<String, String> fields) {
        List<Frame.Header> headers = List.of();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            if (field.getKey().startsWith(HEADER)) {
                headers = headers.isEmpty() ? new ArrayList<>(4) : headers;
                headers.add(new Frame.Header(field.getKey().substring(HEADER.length()), field.getValue()));
            }
        }
        return headers;
    }

    /** An object whose values are all text. */
    public static Map<String, String> strings(JsonReader json) throws IOException {
        Map<String, String> strings = new LinkedHashMap<>(16);
        json.beginObject();
        while (json.hasNext()) {
            strings.put(json.nextName(), json.nextString());
        }
        json.endObject();
        return strings;
    }

    public static byte[] of(PresenceChange change) {
        return object(json -> {
            Participant person = Participant.of(change.who());
            json.name("roomId").value(change.roomId());
            json.name(change.joined() ? "joined" : "left").value(person.name());
            if (person.id() != null) {
                json.name("id").value(person.id());
            }
        });
    }

    /** Names, and beside them the ids of those who have not logged in. */
    public static byte[] present(String roomId, Collection<String> people) {
        return object(json -> {
            List<Participant> present = people.stream().map(Participant::of).toList();
            json.name("roomId").value(roomId);
            array(json.name("present"), present.stream().map(Participant::name).toList());
            array(json.name("ids"), present.stream().map(Participant::id).toList());
        });
    }

    public static void array(JsonWriter json, Collection<String> texts) throws IOException {
        json.beginArray();
        for (String text : texts) {
            json.value(text);
        }
        json.endArray();
    }
}
