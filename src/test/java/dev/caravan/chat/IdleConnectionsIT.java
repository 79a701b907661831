package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.Rounds;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What clients take who have subscribed and say nothing: thousands of them in the profile {@code long}. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc")
@Timeout(600)
class IdleConnectionsIT {
    /** Whose memory is not counted: what is loaded and compiled for them is no matter of each. */
    private static final int FIRST = 500;

    private static final int CONNECTIONS = 1000 + Rounds.of(4000);
    private static final int ROOMS = 500;
    private static final int MOST_KILOBYTES = 20;
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Unasked, masked with nothing: RFC 6455, 5.5.3. The node asks a peer after 30 s of silence whether it is there. */
    private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};

    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final List<SocketChannel> open = new ArrayList<>();
    private final ExecutorService clients = Executors.newFixedThreadPool(8);
    private long pongs = System.nanoTime();

    /** Resident memory without the heap, which is there from the start, and what lives in the heap. */
    private record Memory(double outside, double heap) {}

    @Test
    void eachTakesLessThanTwentyKilobytesAndAllReceive() throws Exception {
        List<String> options = List.of("-Xms300m", "-Xmx300m", "-XX:+AlwaysPreTouch");
        List<String> arguments = List.of(
                "--caravan.roles=chat",
                "--caravan.http.max-connections-per-address=0",
                "--camel.component.websocket-jetty.max-connections-per-address=6000");
        try (CaravanProcess node = CaravanProcess.startWith(options, arguments)) {
            connect(node, FIRST);
            Memory before = memory(node);
            connect(node, CONNECTIONS);
            Memory after = memory(node);

            double outside = (after.outside - before.outside) / (CONNECTIONS - FIRST);
            double heap = (after.heap - before.heap) / (CONNECTIONS - FIRST);
            System.out.printf("An idle connection: %.1f KB outside of the heap, %.1f KB in it%n", outside, heap);
            assertThat(outside + heap).isLessThan(MOST_KILOBYTES);

            StompClient speaker = StompClient.connect(node.http(), "1.2");
            for (int room = 0; room < ROOMS; room++) {
                speaker.say("idle" + room, "s", "x");
                if (room % 100 == 99) {
                    speaker.settle();
                }
            }
            speaker.close();
            for (SocketChannel channel : open) {
                String got = next(channel);
                while (!got.contains("MESSAGE\n")) {
                    got = next(channel); // a PING comes first on a busy machine
                }
            }
        } finally {
            clients.shutdown();
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
    }

    private void connect(CaravanProcess node, int until) throws IOException {
        while (open.size() < until) {
            IntStream.range(open.size(), open.size() + 100)
                    .mapToObj(number -> CompletableFuture.supplyAsync(
                            () -> subscribed(node.http(), "idle" + number % ROOMS), clients))
                    .toList()
                    .forEach(channel -> open.add(channel.join()));
            if (System.nanoTime() - pongs > SILENCE.toNanos()) { // on a busy machine
                for (SocketChannel channel : open) {
                    send(channel, PONG);
                }
                pongs = System.nanoTime();
            }
        }
        await().atMost(SOON)
                .until(() -> node.api().metric("caravan.chat.sessions").orElseThrow() == until);
    }

    /** Subscribes by hand, since a client with buffers and threads would be the larger part of it. */
    private static SocketChannel subscribed(URI http, String room) {
        try {
            return subscribe(http, room);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SocketChannel subscribe(URI http, String room) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(http.getHost(), http.getPort()));
        send(
                channel,
                ("GET /ws/chat HTTP/1.1\r\nHost: " + http.getAuthority()
                                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(next(channel)).startsWith("HTTP/1.1 101");
        byte[] frames = (StompClient.text("CONNECT", "", "accept-version", "1.2")
                        + StompClient.text(
                                "SUBSCRIBE", "", "id", "0", "destination", "/receive-endpoint/" + room, "receipt", "r"))
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer message = ByteBuffer.allocate(8 + frames.length);
        message.put((byte) 0x81).put((byte) (0x80 | 126)).putShort((short) frames.length); // text, masked
        message.putInt(0).put(frames); // by a mask that changes nothing
        send(channel, message.array());
        StringBuilder answers = new StringBuilder();
        while (!answers.toString().contains("receipt-id:r")) {
            answers.append(next(channel));
        }
        return channel;
    }

    private static void send(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static String next(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(2048);
        assertThat(channel.read(buffer)).isPositive();
        return StandardCharsets.ISO_8859_1.decode(buffer.flip()).toString();
    }

    private static Memory memory(CaravanProcess node) throws IOException {
        node.collectGarbage();
        double resident = Files.readAllLines(Path.of("/proc", Long.toString(node.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
        return new Memory(
                resident, node.api().metric("jvm.memory.used?tag=area:heap").orElseThrow() / 1024);
    }
}
