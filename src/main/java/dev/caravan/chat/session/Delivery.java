package dev.caravan.chat.session;

import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.RouteMessage;
import dev.caravan.component.stomp.StompMessage;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A MESSAGE for the subscribers of a destination.
 *
 * @param id its {@code message-id}
 * @param contentType null for none
 * @param binary whether its frame is a binary message of WebSocket
 * @param past whether it was published before its receiver subscribed
 * @param more headers beside those of each MESSAGE
 */
record Delivery(
        String destination,
        String id,
        String contentType,
        byte[] body,
        boolean binary,
        boolean past,
        List<Frame.Header> more) {
    private static final String JSON = "application/json";

    static Delivery of(ChatMessage message, boolean past) {
        List<Frame.Header> more = new ArrayList<>(2 + message.headers().size());
        if (message.sentAt() != null) {
            more.add(new Frame.Header("sent-at", message.sentAt()));
        }
        if (message.senderId() != null) {
            more.add(new Frame.Header("sender-id", message.senderId()));
        }
        more.addAll(message.headers());
        return new Delivery(message.destination(), message.id(), JSON, ChatJson.of(message), false, past, more);
    }

    static Delivery of(RouteMessage route) {
        StompMessage message = route.message();
        return new Delivery(
                message.destination(),
                message.id(),
                message.contentType(),
                message.body(),
                route.binary(),
                false,
                route.headers());
    }

    /** A message of the server itself. */
    static Delivery ofServer(String destination, String id, byte[] json) {
        return new Delivery(destination, id, JSON, json, false, false, List.of());
    }

    /** What is sent of it, for the WebSocket component: its frame as text, or as bytes. */
    Object payload(Version version, String subscription, AckMode ack) {
        ByteBuffer frame = write(version, subscription, ack);
        return binary ? Arrays.copyOf(frame.array(), frame.limit()) : frame;
    }

    /** The bytes of its frame for one subscription, or for all with the same id, version and way of acknowledging. */
    ByteBuffer write(Version version, String subscription, AckMode ack) {
        Frame.Builder frame = Frame.of(Command.MESSAGE).header("destination", destination);
        if (contentType != null) {
            frame.header("content-type", contentType);
        }
        if (subscription != null) {
            frame.header("subscription", subscription);
        }
        frame.header("message-id", id);
        if (ack != AckMode.AUTO && version == Version.V1_2) {
            frame.header("ack", id + "/" + subscription); // unique among all messages of one connection
        }
        if (past) {
            frame.header("history", "true");
        }
        for (Frame.Header header : more) {
            frame.header(header.name(), header.value());
        }
        return FrameWriter.write(frame.body(body).build(), version);
    }
}
