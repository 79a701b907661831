package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class OneWriteTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final OneWrite.Gathering stream = new OneWrite.Gathering(sent);

    @Test
    void sendsAtEachFlushOutsideOfOneWrite() throws IOException {
        write('a');

        assertThat(sent.toString()).isEqualTo("a");
    }

    @Test
    void sendsAtTheEndOfOneWrite() throws IOException {
        OneWrite.of(() -> {
            write('a');
            write('b');
            assertThat(sent.size()).isZero();
        });

        assertThat(sent.toString()).isEqualTo("ab");
    }

    @Test
    void sendsWhatWasWrittenBeforeAFailure() {
        assertThatThrownBy(() -> OneWrite.of(() -> {
                    write('a');
                    throw new IOException("thrown by the test");
                }))
                .hasMessage("thrown by the test");

        assertThat(sent.toString()).isEqualTo("a");
    }

    private void write(char c) throws IOException {
        stream.write(c);
        stream.flush();
    }
}
