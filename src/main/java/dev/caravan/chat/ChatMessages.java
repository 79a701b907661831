package dev.caravan.chat;

import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Checks the messages that clients publish, and completes them. Thread-safe. */
@Component("chatMessages")
public class ChatMessages {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");

    private final ChatSettings settings;
    private final ChatAccessControl access;
    private final String instance;
    private final Clock clock;
    private final AtomicLong count = new AtomicLong();
    private volatile Second second = new Second(-1, "", "");

    /**
     * The texts that all messages of a second share: formatting them takes longer than all else that a message needs.
     *
     * @param time {@code HH:mm}
     * @param sentAt up to the full stop before the milliseconds
     */
    private record Second(long number, String time, String sentAt) {}

    @Autowired
    public ChatMessages(
            ChatSettings settings, ChatAccessControl access, @Value("${caravan.instance}") String instance) {
        this(settings, access, instance, Clock.systemDefaultZone());
    }

    public ChatMessages(ChatSettings settings, ChatAccessControl access, String instance, Clock clock) {
        this.settings = settings;
        this.access = access;
        this.instance = instance;
        this.clock = clock;
    }

    /**
     * A message of the server itself in one of its own rooms.
     *
     * @param json the body; a text that is no JSON becomes a JSON string
     * @throws IllegalArgumentException if clients publish in that room
     */
    public ServerMessage fromServer(@Header("room") String room, @Body String json) {
        if (room == null || !Destinations.isServers(room)) {
            throw new IllegalArgumentException("Not a room of the server: " + room);
        }
        return new ServerMessage(Destinations.ROOM + room, ChatJson.value(json));
    }

    /** An id that no other message has, on any node. */
    public String nextId() {
        return instance + "-" + count.incrementAndGet();
    }

    /**
     * Reads what a client sent.
     *
     * @param text the body of its SEND, as the route has left it
     * @throws MessageRejected if it is no JSON object, or its room or message is missing or not allowed
     */
    public ChatMessage check(@Body String text, @ExchangeProperty(ClientFrame.PROPERTY) ClientFrame frame)
            throws MessageRejected {
        ChatJson.Published json = ChatJson.published(text);
        String room = required("roomId", json.roomId());
        String message = required("message", json.message());
        if (Destinations.isServers(room)) {
            throw new MessageRejected("Only the server publishes in " + room);
        }
        if (!Destinations.isName(room, settings.maxName())) {
            throw new MessageRejected("roomId cannot be the name of a room");
        }
        if (!access.mayUse(frame.sender().principal(), room)) {
            throw new MessageRejected("You may not publish in " + room);
        }
        if (message.length() > settings.maxMessage()) {
            throw new MessageRejected("message is longer than " + settings.maxMessage() + " characters");
        }
        return new ChatMessage(
                room,
                sender(frame.sender(), json.sender()),
                frame.sender().senderId(),
                message,
                CustomHeaders.of(frame.frame()),
                null,
                null,
                null,
                instance);
    }

    /** A client that has logged in publishes under that name alone. */
    private String sender(ClientFrame.Sender client, String claimed) throws MessageRejected {
        String sender = client.principal() != null || claimed == null ? client.name() : claimed;
        if (sender == null) {
            throw new MessageRejected("sender is missing");
        }
        if (sender.isBlank() || sender.length() > settings.maxName()) {
            throw new MessageRejected("sender is empty, or longer than " + settings.maxName() + " characters");
        }
        if (client.principal() == null) {
            access.checkName(sender);
        }
        return sender;
    }

    private static String required(String field, String value) throws MessageRejected {
        if (value == null || value.isBlank()) {
            throw new MessageRejected(field + " is missing or empty");
        }
        return value;
    }

    /** Gives a message its time and its id. */
    public ChatMessage stamp(ChatMessage message) {
        long millis = clock.millis();
        Second now = second(millis / 1000);
        return new ChatMessage(
                message.roomId(),
                message.sender(),
                message.senderId(),
                message.message(),
                message.headers(),
                now.time,
                now.sentAt + String.valueOf(1000 + millis % 1000).substring(1) + "Z",
                nextId(),
                instance);
    }

    private Second second(long number) {
        Second known = second;
        if (known.number != number) {
            Instant start = Instant.ofEpochSecond(number);
            known = new Second(
                    number,
                    start.atZone(clock.getZone()).format(TIME),
                    start.toString().replace('Z', '.'));
            second = known;
        }
        return known;
    }
}
