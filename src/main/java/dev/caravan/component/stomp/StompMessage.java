package dev.caravan.component.stomp;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A message for the subscribers of a destination.
 *
 * @param id no other message has it
 * @param contentType null if nobody has said
 * @param body not to be written to
 * @param headers those of the sender and of the route
 */
public record StompMessage(
        String destination, String id, String contentType, byte[] body, Map<String, String> headers) {
    /** What the name of each header of a frame has before it as a header of AMQP. */
    private static final String PREFIX = "stomp-";

    private static final String DESTINATION = PREFIX + "destination";
    private static final String ID = PREFIX + "message-id";
    private static final String CONTENT_TYPE = PREFIX + "content-type";

    StompMessage withId(String other) {
        return new StompMessage(destination, other, contentType, body, headers);
    }

    /** All but the body, as headers of AMQP. */
    Map<String, String> amqpHeaders() {
        Map<String, String> all = new HashMap<>();
        headers.forEach((name, value) -> all.put(PREFIX + name, value));
        all.put(DESTINATION, destination);
        all.put(ID, id);
        if (contentType != null) {
            all.put(CONTENT_TYPE, contentType);
        }
        return all;
    }

    /**
     * Reads a message of the broker.
     *
     * @param amqp its headers
     * @param destination if they do not name it
     * @param id if they do not name it
     * @param type its content type, if they do not name it
     */
    public static StompMessage of(Map<String, ?> amqp, String destination, String id, String type, byte[] body) {
        Map<String, String> own = new LinkedHashMap<>();
        amqp.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && value != null && !isOurs(name)) {
                own.put(name.substring(PREFIX.length()), value.toString());
            }
        });
        return new StompMessage(
                text(amqp, DESTINATION, destination), text(amqp, ID, id), text(amqp, CONTENT_TYPE, type), body, own);
    }

    private static boolean isOurs(String name) {
        return name.equals(DESTINATION) || name.equals(ID) || name.equals(CONTENT_TYPE);
    }

    private static String text(Map<String, ?> amqp, String name, String otherwise) {
        Object value = amqp.get(name);
        return value == null ? otherwise : value.toString();
    }
}
