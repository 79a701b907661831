package dev.caravan.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FrameWriterTest {
    @ParameterizedTest
    @EnumSource
    void writesAMessageWithItsLength(Version version) {
        Frame frame = Frame.of(Command.MESSAGE)
                .header("subscription", "sub-0")
                .header("content-length", "1000")
                .body(Bytes.of("ü\0"))
                .build();

        assertThat(Bytes.write(frame, version)).isEqualTo("MESSAGE\nsubscription:sub-0\ncontent-length:3\n\nü\0\0");
    }

    @Test
    void writesNoLengthWhereThereIsNoBody() {
        assertThat(Bytes.write(
                        Frame.of(Command.RECEIPT).header("receipt-id", "1").build(), Version.V1_2))
                .isEqualTo("RECEIPT\nreceipt-id:1\n\n\0");
    }

    @ParameterizedTest
    @CsvSource({
        "V1_0, 'a :b \\ '", // what it cannot say
        "V1_1, 'a\\c:b\\n\\\\ '",
        "V1_2, 'a\\c:b\\n\\\\\\r'"
    })
    @DisplayName("value encoding of each version")
    void escapes(Version version, String line) {
        Frame frame = Frame.of(Command.SUBSCRIBE).header("a:", "b\n\\\r").build();

        assertThat(Bytes.write(frame, version)).isEqualTo("SUBSCRIBE\n" + line + "\n\n\0");
    }

    @Test
    @DisplayName("1.2: CONNECTED is not escaped; nothing can be smuggled in for that")
    void cannotEscapeInConnected() {
        Frame frame = Frame.of(Command.CONNECTED)
                .header("server", "a:b\\\nadmin:true\r\0")
                .build();

        assertThat(Bytes.write(frame, Version.V1_2)).isEqualTo("CONNECTED\nserver:a:b\\ admin:true  \n\n\0");
    }
}
