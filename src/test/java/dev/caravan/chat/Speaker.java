package dev.caravan.chat;

import com.google.gson.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A program that is in a room and speaks there, under whatever names it likes. */
final class Speaker implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final String room;
    private final WebSocket socket;
    private int receipts;

    Speaker(URI http, String login, String room) {
        this.room = room;
        URI address = URI.create(http.toString().replaceFirst("http", "ws") + "/ws/chat");
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .subprotocols("v12.stomp")
                .buildAsync(address, new Listener())
                .join();
        send("CONNECT\naccept-version:1.2\nlogin:" + login + "\n\n\0");
        await("CONNECTED");
        send("SUBSCRIBE\nid:0\ndestination:/receive-endpoint/" + room + "\nreceipt:in\n\n\0");
        await("receipt-id:in");
    }

    /** Says something, and comes back when the server has it. */
    void say(String sender, String message) {
        JsonObject json = new JsonObject();
        json.addProperty("roomId", room);
        json.addProperty("sender", sender);
        json.addProperty("message", message);
        String receipt = "said-" + receipts++;
        send("SEND\ndestination:/send-endpoint/ws/chat\nreceipt:" + receipt + "\n\n" + json + "\0");
        await("receipt-id:" + receipt);
    }

    private void send(String frame) {
        socket.sendText(frame, true).join();
    }

    private void await(String part) {
        try {
            for (String frame = ""; !List.of(frame.split("\n")).contains(part); ) {
                frame = frames.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
                if (frame == null) {
                    throw new AssertionError("no " + part);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                frames.addAll(List.of(text.toString().split("\0")));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }
}
