package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;

/** The idle timeout of the server comes to a request of many lines by its listener, or to whoever reads at that moment. */
class LineStreamTimeoutTest {
    private final ByteArrayOutputStream response = new ByteArrayOutputStream();

    @Test
    void aReadThatFailsByTheIdleTimeoutTellsTheClientWhereToGoOn() throws IOException {
        LineStream stream = new LineStream(new LineStream.Limits(10, 1000, 1000), Runnable::run, new Accepting());

        stream.open(context(), new OneLineThenSilence(), shared());

        assertThat(response.toString(UTF_8).lines().toList())
                .hasSize(2)
                .first()
                .isEqualTo("{\"line\":1,\"was\":\"one\"}");
        assertThat(response.toString(UTF_8))
                .contains("\"status\":408")
                .contains("Nothing arrived for too long. Nothing from line 2 on was accepted: send that again.");
    }

    private AsyncContext context() throws IOException {
        ServletResponse written = mock();
        when(written.getOutputStream()).thenReturn(new ServletOutputStream() {
            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setWriteListener(WriteListener listener) {}

            @Override
            public void write(int one) {
                response.write(one);
            }
        });
        AsyncContext context = mock();
        when(context.getResponse()).thenReturn(written);
        return context;
    }

    private static RestConsumer.Shared shared() {
        HttpSettings settings = new Binder().bindOrCreate("caravan.http", HttpSettings.class);
        ScheduledExecutorService clock = mock();
        return new RestConsumer.Shared(
                settings, clock, new BufferedBytes(1_000_000), null, null, null, null, null, null);
    }

    private static final class Accepting implements LineStream.Handler {
        @Override
        public long admit() {
            return 0;
        }

        @Override
        public void handle(byte[] line, LineStream.Reply reply) {
            reply.done("\"was\":\"" + new String(line, UTF_8) + '"');
        }

        @Override
        public void ended() {}
    }

    private static final class OneLineThenSilence extends ServletInputStream {
        private boolean isRead;

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (isRead) {
                throw new IOException(new TimeoutException("Idle timeout expired"));
            }
            isRead = true;
            System.arraycopy("one\n".getBytes(UTF_8), 0, bytes, from, 4);
            return 4;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isFinished() {
            return false;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {}
    }
}
