package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.MessageConstraintException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receivers that mean no good. */
@Timeout(120)
class WebhookClientTest {
    private static final WebhookSettings SETTINGS = new WebhookSettings(List.of("127.0.0.0/8"), Duration.ofSeconds(1));

    private final WebhookClient client = new WebhookClient(SETTINGS, new Receivers(SETTINGS, new HostLookup()));
    private ServerSocket server;

    /** What is written to a client until it goes. */
    private interface Writing {
        void to(OutputStream out) throws IOException, InterruptedException, ExecutionException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        client.destroy();
    }

    private HttpPost request(Writing writing) {
        Thread thread = new Thread(() -> {
            try (Socket socket = server.accept();
                    OutputStream out = socket.getOutputStream()) {
                writing.to(out);
            } catch (IOException | InterruptedException | ExecutionException gone) {
                // as expected
            }
        });
        thread.setDaemon(true);
        thread.start();
        return new HttpPost("http://127.0.0.1:" + server.getLocalPort() + "/hook");
    }

    @Test
    void aHeaderWithoutEndIsNotKept() {
        HttpPost request = request(out -> {
            out.write("HTTP/1.1 200 OK\r\nX-Long: ".getBytes(UTF_8));
            byte[] much = "x".repeat(8192).getBytes(UTF_8);
            while (true) {
                out.write(much);
            }
        });
        assertThatThrownBy(() -> client.send(request)).isInstanceOf(MessageConstraintException.class);
    }

    @Test
    void headersWithoutEndAreNotKept() {
        HttpPost request = request(out -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
            while (true) {
                out.write("X-Many: x\r\n".getBytes(UTF_8));
            }
        });
        assertThatThrownBy(() -> client.send(request)).isInstanceOf(MessageConstraintException.class);
    }

    private static void write(OutputStream out, char one) {
        try {
            out.write(one);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aByteNowAndThenDoesNotHelp() {
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        HttpPost request = request(out -> {
            out.write("HTTP/1.1 200 OK\r\nX-Slow: ".getBytes(UTF_8));
            clock.scheduleAtFixedRate(() -> write(out, 'x'), 0, 100, TimeUnit.MILLISECONDS)
                    .get(); // fails when the client goes
        });
        assertThatThrownBy(() -> client.send(request))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(MessageConstraintException.class);
        clock.shutdownNow();
    }

    @Test
    void aBodyWithoutEndIsNotRead() throws IOException {
        HttpPost request = request(out -> {
            out.write("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
            while (true) {
                out.write("1000\r\n".getBytes(UTF_8));
                out.write("x".repeat(0x1000).getBytes(UTF_8));
                out.write("\r\n".getBytes(UTF_8));
            }
        });
        assertThat(client.send(request)).isEqualTo(201);
    }
}
