package dev.caravan.chat.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.Chats;
import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.PresenceChange;
import dev.caravan.stomp.Frame;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterMessageTest {
    @Test
    void readsWhatItWrote() throws MessageRejected {
        ClusterMessage message = new ClusterMessage(
                "b",
                Long.MAX_VALUE,
                true,
                List.of(
                        new ChatMessage(
                                "r",
                                "a",
                                "who",
                                "m",
                                List.of(
                                        new Frame.Header("b", " : \n\r\\"),
                                        new Frame.Header("a:", ""),
                                        new Frame.Header("id", "not its own")),
                                "12:34",
                                "2026-01-02T12:34:00Z",
                                "b-2",
                                "b"),
                        Chats.message("r", "\"quoted\" \\ \n \u0000 </script> é \uD83D\uDC2B", "b-1", "b"),
                        new PresenceChange("r", "ann", true, "b", false),
                        new PresenceChange("s", "bob", false, "b", false)),
                Map.of("r", Set.of("ann", "bob"), "s", Set.of()));

        assertThat(ClusterMessage.of(message.text(), null)).isEqualTo(message);
    }

    @Test
    void readsAnEmptyOne() throws MessageRejected {
        ClusterMessage message = new ClusterMessage("b", 0, false, List.of(), null);

        assertThat(message.text()).isEqualTo("{\"node\":\"b\",\"number\":0,\"items\":[]}");
        assertThat(ClusterMessage.of(message.text(), null)).isEqualTo(message);
    }

    @Test
    void theSenderIsTheOriginOfAllItems() throws MessageRejected {
        ClusterMessage message = ClusterMessage.of(
                "{\"items\":[{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\","
                        + "\"time\":\"12:34\",\"id\":\"1\",\"origin\":\"me\"}],\"number\":1,\"node\":\"b\",\"more\":[{}]}",
                null);

        assertThat(message.items())
                .isEqualTo(List.of(new ChatMessage("r", "a", null, "m", List.of(), "12:34", null, "1", "b")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no",
                "null",
                "[]",
                "{}",
                "{\"node\":\"b\"}",
                "{\"node\":\"\",\"number\":1}",
                "{\"number\":1}",
                "{\"node\":\"b\",\"number\":-1}",
                "{\"node\":\"b\",\"number\":1.5}",
                "{\"node\":\"b\",\"number\":NaN}",
                "{\"node\":\"b\",\"number\":99999999999999999999}",
                "{\"node\":null,\"number\":1}",
                "{\"node\":\"b\",\"number\":1,\"asks\":\"yes\"}",
                "{\"node\":\"b\",\"number\":1,\"items\":{}}",
                "{\"node\":\"b\",\"number\":1,\"items\":[1]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[null]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[{}]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[{\"joined\":\"a\"}]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[{\"roomId\":\"r\",\"joined\":null}]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[{\"roomId\":\"r\",\"sender\":\"a\",\"message\":\"m\"}]}",
                "{\"node\":\"b\",\"number\":1,\"items\":[{\"roomId\":{}}]}",
                "{\"node\":\"b\",\"number\":1,\"present\":[]}",
                "{\"node\":\"b\",\"number\":1,\"present\":{\"r\":[1]}}",
                "{\"node\":\"b\",\"number\":1,\"present\":{\"r\":[null]}}",
                "{\"node\":\"b\",\"number\":1",
                "{\"node\":\"b\",\"number\":1} trailing",
                "{'node':'b','number':1}",
                "{\"node\":\"b\",\"number\":1,}"
            })
    void rejectsWhatIsNoClusterMessage(String text) {
        assertThatThrownBy(() -> ClusterMessage.of(text, null)).isInstanceOf(MessageRejected.class);
    }

    @Test
    void rejectsDeepNesting() {
        String deep = "[".repeat(100_000);
        assertThatThrownBy(() -> ClusterMessage.of("{\"node\":\"b\",\"number\":1,\"more\":" + deep, null))
                .isInstanceOf(MessageRejected.class);
    }
}
