package dev.caravan.chat.session;

import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatMessage;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A MESSAGE for the subscribers of a destination.
 *
 * @param id its {@code message-id}
 * @param body JSON
 * @param past whether it was published before its receiver subscribed
 * @param more headers beside those of each MESSAGE
 */
record Delivery(String destination, String id, byte[] body, boolean past, List<Frame.Header> more) {
    static Delivery of(ChatMessage message, boolean past) {
        List<Frame.Header> more = new ArrayList<>(2 + message.headers().size());
        if (message.sentAt() != null) {
            more.add(new Frame.Header("sent-at", message.sentAt()));
        }
        if (message.senderId() != null) {
            more.add(new Frame.Header("sender-id", message.senderId()));
        }
        more.addAll(message.headers());
        return new Delivery(message.destination(), message.id(), ChatJson.of(message), past, more);
    }

    /** The bytes of its frame for one subscription, or for all with the same id, version and way of acknowledging. */
    ByteBuffer write(Version version, String subscription, AckMode ack) {
        Frame.Builder frame =
                Frame.of(Command.MESSAGE).header("destination", destination).header("content-type", "application/json");
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
