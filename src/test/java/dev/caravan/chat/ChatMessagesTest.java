package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.caravan.chat.session.FrameContext;
import dev.caravan.chat.session.Session;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.Version;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may publish and what not, by the reason of the rejection. */
class ChatMessagesTest {
    private final ChatMessages messages = new ChatMessages(
            Chats.SETTINGS,
            Chats.ACCESS,
            "me",
            Clock.fixed(Instant.parse("2026-01-02T08:05:59.042Z"), ZoneId.of("UTC")));

    private ChatMessage check(String text) throws MessageRejected {
        return check(text, Chats.session("key", Version.V1_2));
    }

    private ChatMessage check(String text, Session session) throws MessageRejected {
        return messages.check(
                text, FrameContext.of(session, Frame.of(Command.SEND).build()));
    }

    private void refuses(String text, String why) {
        assertThatThrownBy(() -> check(text))
                .isInstanceOf(MessageRejected.class)
                .hasMessageContaining(why);
    }

    private static String json(String room, String sender, String message) {
        return "{\"roomId\":\"%s\",\"sender\":\"%s\",\"message\":\"%s\"}".formatted(room, sender, message);
    }

    @Test
    void acceptsTheMessagesOfTheWireContract() throws MessageRejected {
        ChatMessage message = check("{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\" hi \",\"time\":\"99:99\"}");

        assertThat(message)
                .isEqualTo(
                        new ChatMessage("r", "a", Participant.idOf("key"), " hi ", List.of(), null, null, null, "me"));
    }

    @Test
    void theServerSetsTheTimeAndAnIdOfItsOwn() throws MessageRejected {
        ChatMessage first = messages.stamp(check(json("r", "a", "m")));
        ChatMessage second = messages.stamp(check(json("r", "a", "m")));

        assertThat(first.time()).isEqualTo("08:05");
        assertThat(first.sentAt()).isEqualTo("2026-01-02T08:05:59.042Z");
        assertThat(first.id()).startsWith("me-").isNotEqualTo(second.id());
        assertThat(first.isStamped()).isTrue();
        assertThat(new String(ChatJson.of(first)))
                .isEqualTo("{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"time\":\"08:05\"}");
    }

    @Test
    void headersThatTheSenderMadeUpAreKeptAndAllOthersNot() throws MessageRejected {
        Frame.Builder send = Frame.of(Command.SEND);
        for (String header :
                ("destination,content-type,content-length,receipt,transaction,ack,id,subscription,message-id,host,"
                                + "login,passcode,heart-beat,accept-version,session,server,version,message,receipt-id,history,"
                                + "prefetch-count,sender,sender-id,sender-secret,sent-at,time,user-name,authorization,"
                                + "Authorization,Cookie,X-XSRF-TOKEN,Sender-Id,caravan-anything,Caravan-Any")
                        .split(",")) {
            send.header(header, "forged");
        }
        send.header("reply-to", "7").header("colour", "red").header("colour", "blue");

        ChatMessage message =
                messages.check(json("r", "a", "m"), FrameContext.of(Chats.session("key", Version.V1_2), send.build()));

        assertThat(messages.stamp(message).headers())
                .containsExactly(new Frame.Header("reply-to", "7"), new Frame.Header("colour", "red"));
    }

    @ParameterizedTest
    @CsvSource({"16, 2040, true", "17, 0, false", "1, 2049, false"})
    void headersOfItsOwnAreBoundedInNumberAndLength(int count, int length, boolean taken) {
        Frame.Builder send = Frame.of(Command.SEND);
        send.header("", "x".repeat(Math.max(0, length - count + 1)));
        for (int i = 1; i < count; i++) {
            send.header("" + (char) ('a' + i), "");
        }
        FrameContext turn = FrameContext.of(Chats.session("key", Version.V1_2), send.build());

        assertThat(catchThrowable(() -> messages.check(json("r", "a", "m"), turn)) == null)
                .isEqualTo(taken);
    }

    @Test
    void anonymousClientsOfOneNameHaveIdsAndLoginsHaveNone() throws MessageRejected {
        ChatMessage one = check(json("r", "ada", "m"), Chats.session("1", Version.V1_2));
        ChatMessage other = check(json("r", "ada", "m"), Chats.session("2", Version.V1_2));
        ChatMessage user = check(json("r", "ada", "m"), Chats.session("3", Version.V1_2, "ann", () -> "ann"));

        assertThat(one.senderId()).isNotEqualTo(other.senderId()).hasSize(16);
        assertThat(user.senderId()).isNull();
        assertThat(user.sender()).isEqualTo("ann");
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"sender\":\"a\",\"message\":\"m\"}', roomId is missing",
        "'{\"roomId\":\"events\",\"sender\":\"a\",\"message\":\"m\"}', Only the server publishes in events",
        "'{\"roomId\":\"events/a\",\"sender\":\"a\",\"message\":\"m\"}', Only the server publishes in events/a",
        "'{\"roomId\":\"jobs/1\",\"sender\":\"a\",\"message\":\"m\"}', Only the server publishes in jobs/1",
        "'{\"roomId\":\"\",\"sender\":\"a\",\"message\":\"m\"}', roomId is missing",
        "'{\"roomId\":\"  \",\"sender\":\"a\",\"message\":\"m\"}', roomId is missing",
        "'{\"roomId\":null,\"sender\":\"a\",\"message\":\"m\"}', roomId is missing",
        "'{\"roomId\":\"r\",\"sender\":\"a\"}', message is missing",
        "'{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"\\n \"}', message is missing",
        "'{\"roomId\":\"r\",\"message\":\"m\"}', sender is missing",
        "'{\"roomId\":\"r\",\"sender\":\"\",\"message\":\"m\"}', sender is empty",
        "'{\"roomId\":1,\"sender\":\"a\",\"message\":\"m\"}', roomId is not a string",
        "'{\"roomId\":\"r\",\"sender\":true,\"message\":\"m\"}', sender is not a string",
        "'{\"roomId\":\"r\",\"sender\":\"a\",\"message\":[\"m\"]}', message is not a string",
        "'{\"roomId\":\"r\",\"sender\":\"a\",\"message\":{}}', message is not a string",
        "'{\"roomId\":\"r\",\"roomId\":\"s\",\"sender\":\"a\",\"message\":\"m\"}', roomId is there twice",
    })
    void rejectsWhatIsMissingOrOfAnotherType(String text, String why) {
        refuses(text, why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "hello",
                "\"hello\"",
                "null",
                "1",
                "NaN",
                "[]",
                "{",
                "{\"roomId\":\"r\"",
                "{\"roomId\":\"r\",}",
                "{'roomId':'r','sender':'a','message':'m'}",
                "{roomId:\"r\",sender:\"a\",message:\"m\"}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"more\":NaN}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"more\":Infinity}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"more\":0x1}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"more\":01}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"more\":True}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"a\nb\"}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"\\x\"}",
                "{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"} // comment",
                "/* comment */{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"}",
                ")]}'\n{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"}"
            })
    void rejectsWhatIsNoJsonObject(String text) {
        refuses(text, "not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "x", "null", "{\"roomId\":\"s\"}"})
    void rejectsWhatFollowsTheObject(String more) {
        refuses(json("r", "a", "m") + more, "JSON object");
    }

    @Test
    void passesOverFieldsThatItDoesNotKnow() throws MessageRejected {
        assertThat(check("{\"more\":{\"a\":[1,-2e3,null,{}]},\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"}")
                        .message())
                .isEqualTo("m");
    }

    @Test
    void rejectsDeepNesting() {
        for (String deep : new String[] {"[", "{\"a\":"}) {
            refuses("{\"roomId\":\"r\",\"more\":" + deep.repeat(60_000), "not a JSON object");
        }
    }

    @Test
    void rejectsLongMessagesAndNames() throws MessageRejected {
        assertThat(check(json("r".repeat(20), "a".repeat(20), "m".repeat(100))).message())
                .hasSize(100);
        refuses(json("r", "a", "m".repeat(101)), "message is longer than 100");
        refuses(json("r", "a", "m".repeat(70_000)), "message is longer than 100");
        refuses(json("r".repeat(21), "a", "m"), "roomId");
        refuses(json("r", "a".repeat(21), "m"), "sender is empty, or longer than 20");
    }

    @Test
    void aNamedClientPublishesUnderThatNameIfItGivesNoOther() throws MessageRejected {
        Session named = Chats.session("key", Version.V1_2, "ann", null);
        assertThat(check("{\"roomId\":\"r\",\"message\":\"m\"}", named).sender())
                .isEqualTo("ann");
        assertThat(check(json("r", "bob", "m"), named).sender()).isEqualTo("bob");
    }

    @Test
    void aLoggedInClientPublishesUnderThatNameAlone() throws MessageRejected {
        Session loggedIn = Chats.session("key", Version.V1_2, "ann", () -> "ann");
        assertThat(check(json("r", "bob", "m"), loggedIn).sender()).isEqualTo("ann");
    }

    @ParameterizedTest
    @ValueSource(strings = {"r", "a room", "Raum-1", "räume.2", "日本", "a_b:c", "\uD83D\uDC2B", "12345678901234567890"})
    void theseAreNamesOfRooms(String name) {
        assertThat(Destinations.isName(name, 20)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " r",
                "r ",
                "a/b",
                "a\\b",
                "*",
                "a*",
                "?",
                "#",
                ">",
                "{r}",
                "[r]",
                "a\nb",
                "a\tb",
                "a\u0000",
                "a\u007f",
                "a\u200bb",
                "a\u202eb",
                "\ufeffa",
                "a\u2028b",
                "a\u2029b",
                "\ud83d",
                "123456789012345678901"
            })
    void theseAreNone(String name) {
        assertThat(Destinations.isName(name, 20)).isFalse();
    }

    @Test
    void aRoomIsWhatFollowsThePrefix() {
        assertThat(Destinations.room("/receive-endpoint/r", Destinations.ROOM)).isEqualTo("r");
        assertThat(Destinations.room("/receive-endpoint/", Destinations.ROOM)).isEmpty();
        assertThat(Destinations.room("/receive-endpoint", Destinations.ROOM)).isNull();
    }
}
