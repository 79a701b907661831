package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CoalescingSocketFactoryTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final CoalescingSocketFactory.CoalescingStream stream = new CoalescingSocketFactory.CoalescingStream(sent);

    @Test
    void sendsAtEachFlushOutsideOfOneWrite() throws IOException {
        write('a');

        assertThat(sent.toString()).isEqualTo("a");
    }

    @Test
    void sendsAtTheEndOfOneWrite() throws IOException {
        CoalescingSocketFactory.coalesce(() -> {
            write('a');
            write('b');
            assertThat(sent.size()).isZero();
        });

        assertThat(sent.toString()).isEqualTo("ab");
    }

    @Test
    void sendsWhatWasWrittenBeforeAFailure() {
        assertThatThrownBy(() -> CoalescingSocketFactory.coalesce(() -> {
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
