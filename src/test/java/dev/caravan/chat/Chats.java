package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.caravan.chat.session.Session;
import dev.caravan.fixture.StompClient.Got;
import dev.caravan.stomp.HeartBeat;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** Parts of a chat, made for tests. */
public final class Chats {
    public static final ChatSettings SETTINGS = settings(50);

    /** Allows everybody everything but the room {@code closed}; {@code taken} is a user's name. */
    public static final ChatAccessControl ACCESS = new ChatAccessControl() {
        @Override
        public Principal enter(Principal client, UnaryOperator<String> header) {
            return client;
        }

        @Override
        public boolean mayUse(Principal somebody, String room) {
            return !room.equals("closed");
        }

        @Override
        public void checkName(String name) throws MessageRejected {
            if (name.equals("taken")) {
                throw new MessageRejected("The name " + name + " is a user's");
            }
        }
    };

    private Chats() {}

    public static ChatSettings settings(int history) {
        return new ChatSettings(
                "",
                Duration.ofHours(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                100,
                20,
                1000,
                100,
                0,
                100,
                1000,
                history,
                3,
                Duration.ofDays(7),
                true,
                Duration.ofSeconds(30),
                "caravan.chat",
                "caravan.chat.n");
    }

    public static Session session(String key, Version version) {
        return session(key, version, null, null);
    }

    public static Session session(String key, Version version, String name, Principal principal) {
        Session session = new Session(key, principal, SETTINGS);
        session.connected(version, HeartBeat.NONE, principal, name, null);
        return session;
    }

    public static ChatMessage message(String room, String text, String id, String origin) {
        return new ChatMessage(room, "somebody", null, text, List.of(), "12:34", null, id, origin);
    }

    public static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    public static List<String> texts(List<?> frames) {
        return frames.stream().map(frame -> text((ByteBuffer) frame)).toList();
    }

    /** The text of the message in a frame, which must be a MESSAGE of a room. */
    public static String messageIn(Got frame) {
        assertThat(frame.command()).isEqualTo("MESSAGE");
        return JsonParser.parseString(frame.body())
                .getAsJsonObject()
                .get("message")
                .getAsString();
    }
}
