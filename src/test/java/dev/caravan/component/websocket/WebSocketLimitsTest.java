package dev.caravan.component.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.websocket.jetty.JettyServer;
import dev.caravan.component.websocket.sockjs.SockJs;
import dev.caravan.fixture.PartTest;
import dev.caravan.fixture.PartsAlone;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Each limit with its close code and its metric, as bytes on a socket. */
@PartTest("camel.component.websocket-jetty.max-connections=4")
class WebSocketLimitsTest {
    private static final int TEXT = 0x81;
    private static final int TEXT_TO_BE_CONTINUED = 0x01;
    private static final int CONTINUATION = 0x80;
    private static final int BINARY = 0x82;
    private static final int CLOSE = 0x88;
    private static final int PING = 0x89;
    private static final int PONG = 0x8A;
    private static final int COMPRESSED = 0x40;

    private static final List<String> PATHS =
            List.of("/ws/small", "/ws/idle", "/ws/hasty", "/ws/busy", "/ws/deflate", "/ws/asking");
    private static final Queue<String> EVENTS = new ConcurrentLinkedQueue<>();

    @Autowired
    ProducerTemplate template;

    @Autowired
    WebSocketPaths paths;

    @Autowired
    MeterRegistry meters;

    @LocalServerPort
    int port;

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        // Until their last events are worked, too.
        await().until(() ->
                PATHS.stream().allMatch(path -> paths.path(path).connections().isEmpty()));
        EVENTS.clear();
    }

    @Test
    void putsAMessageTogetherFromItsFramesAndAnswersAPingBetween() throws Exception {
        Peer peer = new Peer("/ws/small", "");
        peer.write(TEXT_TO_BE_CONTINUED, "é".getBytes(StandardCharsets.UTF_8), 0, 1);
        peer.write(PING, "are you there".getBytes(StandardCharsets.UTF_8));
        peer.write(CONTINUATION, "é!".getBytes(StandardCharsets.UTF_8), 1, 2);
        assertThat(peer.read(PONG)).asString().isEqualTo("are you there");
        assertThat(peer.read(TEXT)).asString().isEqualTo("é!");
    }

    @Test
    void takesAFrameThatComesWithTheHandshake() throws Exception {
        byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
        Peer peer = new Peer("/ws/small", "", Peer.frame(TEXT, hello, 0, hello.length));
        assertThat(peer.read(TEXT)).asString().isEqualTo("hello");
    }

    /** More than are read in a row. */
    @Test
    void takesManyFramesThatComeWithTheHandshake() throws Exception {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        byte[] part = new byte[64];
        for (int i = 0; i < 100; i++) {
            int header = i == 0 ? TEXT_TO_BE_CONTINUED : i == 99 ? CONTINUATION : 0;
            frames.writeBytes(Peer.frame(header, part, 0, part.length));
        }
        new Peer("/ws/busy", "", frames.toByteArray());
        await().until(() -> EVENTS.stream().anyMatch(event -> event.startsWith("message")));
    }

    @Test
    void closesWith1009AFrameThatIsTooLarge() throws Exception {
        closes(1009, TEXT, new byte[501]);
    }

    @Test
    void closesWith1009WhoSendsFarTooMuch() throws Exception {
        Peer peer = new Peer("/ws/small", "");
        OutputStream out = peer.socket.getOutputStream();
        out.write(new byte[] {(byte) TEXT, (byte) 0xFF, 0, 0, 0, 0, 0, 0x50, 0, 0, 1, 2, 3, 4}); // 5 MB follow
        byte[] part = new byte[0x10000];
        for (int i = 0; i < 0x50; i++) {
            out.write(part);
        }
        assertThat(peer.readClose()).isEqualTo(1009);
        peer.socket.close();
        await().until(() -> paths.count() == 0);
    }

    @Test
    void cutsAPeerThatIgnoresTheClose() throws Exception {
        Peer peer = new Peer("/ws/small", "");
        peer.write(TEXT, new byte[501]);
        assertThat(peer.readClose()).isEqualTo(1009);
        assertThat(peer.in.read()).isEqualTo(-1);
        await().until(() -> paths.count() == 0);
    }

    @Test
    void closesWith1009AMessageThatIsTooLarge() throws Exception {
        double before = closed(1009);
        Peer peer = new Peer("/ws/small", "");
        byte[] half = "x".repeat(500).getBytes(StandardCharsets.UTF_8);
        peer.write(TEXT_TO_BE_CONTINUED, half);
        peer.write(0, half);
        peer.write(CONTINUATION, half);
        assertThat(peer.readClose()).isEqualTo(1009);
        peer.socket.close();
        await().until(() -> closed(1009) == before + 1);
    }

    @Test
    void closesWith1009ABinaryMessageThatIsTooLarge() throws Exception {
        closes(1009, BINARY, new byte[101]);
    }

    @Test
    void closesWith1007TextThatIsNotUtf8() throws Exception {
        closes(1007, TEXT, new byte[] {'a', (byte) 0xC3, 'b'});
    }

    @Test
    void takesTheCharacterThatStandsForWhatIsMalformed() throws Exception {
        Peer peer = new Peer("/ws/small", "");
        peer.write(TEXT, "\uFFFD".getBytes(StandardCharsets.UTF_8));
        assertThat(peer.read(TEXT)).asString().isEqualTo("\uFFFD");
    }

    @Test
    void closesWith1002WhatIsAgainstTheProtocol() throws Exception {
        closes(1002, CONTINUATION, new byte[] {'a'});
        closes(1002, 0x83, new byte[] {'a'});
    }

    /** Jetty below 12.0.38 would make room for all of it if it might take frames in pieces. */
    @ParameterizedTest
    @ValueSource(ints = {0x83, 0x87, 0x8B, 0x8F})
    void rejectsAHugeFrameOfAKindThatThereIsNotAtItsFirstByte(int header) throws Exception {
        Peer peer = new Peer("/ws/small", "");
        peer.socket.getOutputStream().write(new byte[] {
            (byte) header, (byte) 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4, 5 // 1 GB follow, it says
        });
        assertThat(peer.readClose()).isEqualTo(1009);
    }

    @Test
    void closesWith1001WhoIsSilent() throws Exception {
        double before = closed(1001);
        Peer peer = new Peer("/ws/idle", "");
        assertThat(peer.readClose()).isEqualTo(1001);
        peer.socket.close();
        await().until(() -> closed(1001) == before + 1);
    }

    @Test
    void asksAPeerThatSaysNothingWhetherItIsThereAndCutsItWhenItDoesNotAnswer() throws Exception {
        Peer peer = new Peer("/ws/asking", "");
        for (int i = 0; i < 3; i++) { // longer than one who does not answer is kept
            assertThat(peer.read(PING)).isEmpty();
            peer.write(PONG, new byte[0]);
        }
        peer.write(TEXT, "there".getBytes(StandardCharsets.UTF_8));
        assertThat(peer.read(TEXT)).asString().isEqualTo("there");
        await().until(() -> EVENTS.contains("close 1006 silent"));
        assertThat(meters.counter("caravan.websocket.aborted", "reason", "silent")
                        .count())
                .isEqualTo(1);
    }

    private void close(String path, int code) {
        await().until(() -> paths.count() == 1);
        template.send("websocket-jetty:" + path + "?sendToAll=true", e -> {
            e.getMessage().setBody("the last words");
            e.setProperty(WebSocketProperties.CLOSE, code);
            e.setProperty(WebSocketProperties.CLOSE_REASON, "enough");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, 1008, 4000})
    void aPeerThatIsClosedWhileItSendsGetsTheLastMessages(int code) throws Exception {
        Peer peer = new Peer("/ws/busy", "");
        close("/ws/busy", code);
        for (int i = 0; i < 300; i++) {
            peer.write(TEXT, new byte[1000]);
        }
        assertThat(peer.read(TEXT)).asString().isEqualTo("the last words");
        assertThat(peer.readClose()).isEqualTo(code);
        peer.write(CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
        assertThat(peer.in.read()).isEqualTo(-1);
        await().until(() -> EVENTS.contains("close " + code + " enough"));
    }

    @Test
    void whoIsClosedAndDoesNotAnswerIsCut() throws Exception {
        Peer peer = new Peer("/ws/hasty", "");
        close("/ws/hasty", 1008);
        assertThat(peer.read(TEXT)).asString().isEqualTo("the last words");
        assertThat(peer.readClose()).isEqualTo(1008);
        assertThat(peer.in.read()).isEqualTo(-1);
        await().until(() -> EVENTS.contains("close 1008 enough"));
    }

    @Test
    void cutsWhoDoesNotReadInTime() throws Exception {
        new Peer("/ws/hasty", "");
        await().until(() -> paths.count() == 1);
        // More than the sockets hold, and less than the limits.
        template.send(
                "websocket-jetty:/ws/hasty?sendToAll=true", e -> e.getMessage().setBody(new byte[20_000_000]));
        await().until(() -> EVENTS.contains("close 1006 send-timeout"));
        assertThat(meters.counter("caravan.websocket.aborted", "reason", "send-timeout")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void cutsForWhomTooManyMessagesWait() throws Exception {
        new Peer("/ws/hasty", "");
        await().until(() -> paths.count() == 1);
        template.send(
                "websocket-jetty:/ws/hasty?sendToAll=true", e -> e.getMessage().setBody(new byte[20_000_000]));
        template.send(
                "websocket-jetty:/ws/hasty?sendToAll=true", e -> e.getMessage().setBody(List.of("1", "2", "3", "4")));
        template.send(
                "websocket-jetty:/ws/hasty?sendToAll=true", e -> e.getMessage().setBody("5"));
        await().until(() -> EVENTS.contains("close 1006 queued-frames"));
    }

    @Test
    void keepsMessagesWholeAndInOrderHoweverManyThreadsSendAndHoweverSlowlyTheyAreRead() throws Exception {
        Peer peer = new Peer("/ws/busy", "");
        await().until(() -> paths.count() == 1);
        int senders = 4;
        int messages = 300;
        List<Thread> threads = new ArrayList<>();
        for (int sender = 0; sender < senders; sender++) {
            int name = sender;
            threads.add(new Thread(() -> {
                for (int i = 0; i < messages; i++) {
                    String text = name + " " + i + " " + "x".repeat((i * 7919 + name) % 70_000);
                    template.sendBody("websocket-jetty:/ws/busy?sendToAll=true", text);
                }
            }));
        }
        threads.forEach(Thread::start);
        int[] next = new int[senders];
        for (int i = 0; i < senders * messages; i++) {
            if (i == 50) {
                // By now most of it waits in the queue.
                for (Thread thread : threads) {
                    thread.join();
                }
            }
            String[] text = new String(peer.read(TEXT), StandardCharsets.UTF_8).split(" ", 3);
            int sender = Integer.parseInt(text[0]);
            assertThat(text[1]).isEqualTo(String.valueOf(next[sender]));
            assertThat(text[2]).hasSize((next[sender]++ * 7919 + sender) % 70_000);
        }
        assertThat(next).containsOnly(messages);
    }

    @Test
    void letsGoOfAPeerThatDoesNotAnswerAClose() throws Exception {
        Peer peer = new Peer("/ws/hasty", "");
        await().until(() -> paths.count() == 1);
        template.send("websocket-jetty:/ws/hasty?sendToAll=true", e -> e.setProperty("websocket.close", 1000));
        assertThat(peer.readClose()).isEqualTo(1000);
        await().until(() -> paths.count() == 0);
    }

    @Test
    void rejectsMoreConnectionsThanANodeHas() throws Exception {
        for (int i = 0; i < 4; i++) {
            new Peer("/ws/small", "");
        }
        await().until(() -> paths.count() == 4);
        assertThat(new Peer("/ws/small", "").response).contains(" 503 ", "Retry-After: 5");
        assertThat(meters.counter("caravan.websocket.rejected", "reason", "connections")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void doesNotCompressByDefault() throws Exception {
        String offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        assertThat(new Peer("/ws/small", offer).response).contains(" 101 ").doesNotContain("permessage-deflate");
        Peer peer = new Peer("/ws/deflate", offer);
        assertThat(peer.response).contains("permessage-deflate");
        peer.write(TEXT | COMPRESSED, deflated("z".repeat(900)));
        byte[] compressed = peer.read(TEXT | COMPRESSED);
        assertThat(compressed).hasSizeLessThan(100);
        assertThat(inflated(compressed)).isEqualTo("z".repeat(900));
    }

    @Test
    void aBombDoesNotGetPastTheLimitOfAMessage() throws Exception {
        Peer peer = new Peer("/ws/deflate", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        peer.write(TEXT | COMPRESSED, deflated("z".repeat(1_000_000)));
        assertThat(peer.readClose()).isEqualTo(1009);
    }

    @Test
    void hasNoSockJsWhereItIsOff() throws Exception {
        assertThat(new Peer("/ws/small/websocket", "").response).contains(" 404 ");
    }

    @ParameterizedTest
    @ValueSource(ints = {PING, PONG, TEXT_TO_BE_CONTINUED})
    void closesWith1008WhoFloodsWithFramesWithoutAMessage(int kind) throws Exception {
        double closed = closed(1008);
        double cut = cut("flood");
        Peer peer = new Peer("/ws/busy", "");
        flood(peer, kind, 0);
        assertThat(new Peer("/ws/busy/websocket/no", "").response).contains(" 404 ");
        await().until(() -> closed(1008) == closed + 1);
        assertThat(cut("flood")).isEqualTo(cut + 1);
        await().until(() -> EVENTS.stream().anyMatch(event -> event.startsWith("close 1008 ")));
    }

    @Test
    void servesOthersWhileAClosedPeerGoesOnSending() throws Exception {
        Peer leaving = new Peer("/ws/busy", "");
        close("/ws/busy", 1008);
        flood(leaving, TEXT, 100);
        assertThat(leaving.read(TEXT)).asString().isEqualTo("the last words");
        for (int i = 0; i < 5; i++) {
            Peer other = new Peer("/ws/small", "");
            other.socket.setSoTimeout(5_000);
            other.write(TEXT, "there".getBytes(StandardCharsets.UTF_8));
            assertThat(other.read(TEXT)).asString().isEqualTo("there");
            other.socket.close();
        }
    }

    /** Sends such frames of so many bytes as quickly as it can, until the socket is closed. */
    private void flood(Peer peer, int kind, int size) throws IOException {
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        boolean pieces = kind == TEXT_TO_BE_CONTINUED;
        for (int i = 0; i < 1000; i++) {
            many.writeBytes(Peer.frame(pieces ? 0 : kind, new byte[size], 0, size));
        }
        if (pieces) {
            peer.write(kind, new byte[size]);
        }
        Thread flooding = new Thread(() -> {
            try {
                while (true) {
                    peer.socket.getOutputStream().write(many.toByteArray());
                }
            } catch (IOException e) {
                // Closed by either side.
            }
        });
        flooding.setDaemon(true);
        flooding.start();
    }

    @Test
    void onlyTheLastPingIsAnsweredToWhoDoesNotRead() throws Exception {
        Peer peer = new Peer("/ws/busy", "");
        await().until(() -> paths.count() == 1);
        template.send(
                "websocket-jetty:/ws/busy?sendToAll=true", e -> e.getMessage().setBody("x".repeat(20_000_000)));
        for (int i = 0; i < 20; i++) {
            peer.write(PING, ("ping " + i).getBytes(StandardCharsets.UTF_8));
        }
        peer.write(TEXT, "all pings are read".getBytes(StandardCharsets.UTF_8));
        await().until(() ->
                EVENTS.stream().filter(event -> event.startsWith("message")).count() == 1);
        assertThat(peer.read(TEXT)).hasSize(20_000_000);
        assertThat(peer.read(PONG)).asString().isEqualTo("ping 19");
        assertThat(peer.read(TEXT)).asString().isEqualTo("all pings are read");
    }

    private double cut(String reason) {
        return meters.counter("caravan.websocket.aborted", "reason", reason).count();
    }

    private void closes(int code, int header, byte[] payload) throws IOException {
        double before = closed(code);
        Peer peer = new Peer("/ws/small", "");
        peer.write(header, payload);
        assertThat(peer.readClose()).isEqualTo(code);
        peer.socket.close(); // else the node waits for an answer
        await().until(() -> closed(code) == before + 1);
    }

    private double closed(int code) {
        return meters.counter("caravan.websocket.closed", "code", String.valueOf(code))
                .count();
    }

    private static byte[] deflated(String text) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
        byte[] buffer = new byte[10_000];
        int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return Arrays.copyOf(buffer, length - 4); // without 00 00 FF FF, as it goes over the wire
    }

    private static String inflated(byte[] compressed) throws DataFormatException {
        Inflater inflater = new Inflater(true);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(compressed);
        whole.writeBytes(new byte[] {0, 0, (byte) 0xFF, (byte) 0xFF});
        inflater.setInput(whole.toByteArray());
        byte[] text = new byte[10_000];
        int length = inflater.inflate(text);
        inflater.end();
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** A client that writes and reads frames, and does nothing by itself. */
    private final class Peer {
        private final Socket socket = new Socket("127.0.0.1", port);
        private final DataInputStream in = new DataInputStream(socket.getInputStream());
        private final String response;

        private Peer(String path, String headers) throws IOException {
            this(path, headers, new byte[0]);
        }

        /** @param more sent with the handshake, in one write */
        private Peer(String path, String headers, byte[] more) throws IOException {
            sockets.add(socket);
            socket.setSoTimeout(10_000);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            all.writeBytes(more);
            socket.getOutputStream().write(all.toByteArray());
            StringBuilder read = new StringBuilder();
            while (!read.toString().endsWith("\r\n\r\n")) {
                read.append((char) in.readUnsignedByte());
            }
            response = read.toString();
        }

        private void write(int header, byte[] payload) throws IOException {
            write(header, payload, 0, payload.length);
        }

        private void write(int header, byte[] payload, int offset, int length) throws IOException {
            socket.getOutputStream().write(frame(header, payload, offset, length));
        }

        private static byte[] frame(int header, byte[] payload, int offset, int length) {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(header);
            if (length < 126) {
                frame.write(0x80 | length);
            } else {
                frame.write(0x80 | 126);
                frame.write(length >> 8);
                frame.write(length);
            }
            byte[] mask = {1, 2, 3, 4};
            frame.writeBytes(mask);
            for (int i = 0; i < length; i++) {
                frame.write(payload[offset + i] ^ mask[i % 4]);
            }
            return frame.toByteArray();
        }

        private byte[] read(int header) throws IOException {
            assertThat(in.readUnsignedByte()).isEqualTo(header);
            int length = in.readUnsignedByte();
            if (length == 127) {
                return in.readNBytes((int) in.readLong());
            }
            return in.readNBytes(length == 126 ? in.readUnsignedShort() : length);
        }

        private int readClose() throws IOException {
            byte[] close = read(CLOSE);
            return (close[0] & 0xFF) << 8 | close[1] & 0xFF;
        }
    }

    @SpringBootConfiguration
    @PartsAlone
    @Import({WebSocketConfiguration.class, JettyServer.class, SockJs.class})
    static class Node {
        @Bean
        RouteBuilder limits() {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    echo("/ws/small?maxFrameSize=500&maxTextMessageSize=1000&maxBinaryMessageSize=100&sockJs=false");
                    echo("/ws/idle?maxIdleTime=500");
                    echo("/ws/asking?pingInterval=1s");
                    echo("/ws/hasty?sendTimeout=1s&maxQueuedFrames=5&maxQueuedBytes=30000000");
                    echo("/ws/busy?maxQueuedFrames=10000&maxQueuedBytes=100000000");
                    echo("/ws/deflate?deflate=true&maxTextMessageSize=1000");
                }

                private void echo(String path) {
                    from("websocket-jetty:" + path)
                            .process(e -> EVENTS.add(e.getMessage().getHeader("websocket.event") + " "
                                    + e.getMessage().getHeader("websocket.closeCode") + " "
                                    + e.getMessage().getHeader("websocket.closeReason")))
                            .filter(header("websocket.event").isEqualTo("message"))
                            .to("websocket-jetty:" + path);
                }
            };
        }
    }
}
