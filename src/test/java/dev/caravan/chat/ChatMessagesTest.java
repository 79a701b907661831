package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.Version;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be said and what may not, by the words of the refusal. */
class ChatMessagesTest {
    private final ChatMessages messages = new ChatMessages(
            Chats.SETTINGS, Chats.DOOR, "me", Clock.fixed(Instant.parse("2026-01-02T08:05:59Z"), ZoneId.of("UTC")));

    private ChatMessage check(String text) throws Refusal {
        return check(text, Chats.session("key", Version.V1_2));
    }

    private ChatMessage check(String text, Session session) throws Refusal {
        return messages.check(text, Turn.of(session, Frame.of(Command.SEND).build()));
    }

    private void refuses(String text, String why) {
        assertThatThrownBy(() -> check(text)).isInstanceOf(Refusal.class).hasMessageContaining(why);
    }

    private static String json(String room, String sender, String message) {
        return "{\"roomId\":\"%s\",\"sender\":\"%s\",\"message\":\"%s\"}".formatted(room, sender, message);
    }

    @Test
    void takesWhatTheWireContractSays() throws Refusal {
        ChatMessage said = check("{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\" hi \",\"time\":\"99:99\"}");

        assertThat(said).isEqualTo(new ChatMessage("r", "a", " hi ", null, null, "me"));
    }

    @Test
    void theServerSetsTheTimeAndAnIdOfItsOwn() throws Refusal {
        ChatMessage first = messages.stamp(check(json("r", "a", "m")));
        ChatMessage second = messages.stamp(check(json("r", "a", "m")));

        assertThat(first.time()).isEqualTo("08:05");
        assertThat(first.id()).startsWith("me-").isNotEqualTo(second.id());
        assertThat(first.isStamped()).isTrue();
        assertThat(new String(ChatJson.of(first)))
                .isEqualTo("{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\",\"time\":\"08:05\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"sender\":\"a\",\"message\":\"m\"}', roomId is missing",
        "'{\"roomId\":\"events\",\"sender\":\"a\",\"message\":\"m\"}', Only the server speaks in events",
        "'{\"roomId\":\"events/a\",\"sender\":\"a\",\"message\":\"m\"}', Only the server speaks in events/a",
        "'{\"roomId\":\"jobs/1\",\"sender\":\"a\",\"message\":\"m\"}', Only the server speaks in jobs/1",
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
    void refusesWhatIsMissingOrOfAnotherType(String text, String why) {
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
    void refusesWhatIsNoJsonObject(String text) {
        refuses(text, "not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "x", "null", "{\"roomId\":\"s\"}"})
    void refusesWhatFollowsTheObject(String more) {
        refuses(json("r", "a", "m") + more, "JSON object");
    }

    @Test
    void passesOverFieldsThatItDoesNotKnow() throws Refusal {
        assertThat(check("{\"more\":{\"a\":[1,-2e3,null,{}]},\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"}")
                        .message())
                .isEqualTo("m");
    }

    @Test
    void refusesDeepNesting() {
        for (String deep : new String[] {"[", "{\"a\":"}) {
            refuses("{\"roomId\":\"r\",\"more\":" + deep.repeat(60_000), "not a JSON object");
        }
    }

    @Test
    void refusesLongMessagesAndNames() throws Refusal {
        assertThat(check(json("r".repeat(20), "a".repeat(20), "m".repeat(100))).message())
                .hasSize(100);
        refuses(json("r", "a", "m".repeat(101)), "message is longer than 100");
        refuses(json("r", "a", "m".repeat(70_000)), "message is longer than 100");
        refuses(json("r".repeat(21), "a", "m"), "roomId");
        refuses(json("r", "a".repeat(21), "m"), "sender is empty, or longer than 20");
    }

    @Test
    void whoIsNamedSpeaksUnderThatNameIfItGivesNoOther() throws Refusal {
        Session named = Chats.session("key", Version.V1_2, "ann", null);
        assertThat(check("{\"roomId\":\"r\",\"message\":\"m\"}", named).sender())
                .isEqualTo("ann");
        assertThat(check(json("r", "bob", "m"), named).sender()).isEqualTo("bob");
    }

    @Test
    void whoHasLoggedInSpeaksUnderThatNameAlone() throws Refusal {
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
