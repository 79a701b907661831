package dev.caravan.chat.session;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ClientFrame;
import dev.caravan.component.stomp.StompDestination;
import dev.caravan.component.websocket.WebSocketProperties;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import dev.caravan.stomp.StompException;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One frame of a connection, or its end, and what is to be sent because of it: replies to the client, and items for the
 * route {@code chat-deliver}. For one thread at a time.
 */
public final class FrameContext implements ClientFrame {
    /** Codes of a WebSocket's close (RFC 6455). */
    static final int NORMAL = 1000;

    static final int PROTOCOL_ERROR = 1002;
    static final int POLICY_VIOLATION = 1008;

    private final Session session;
    private final Frame frame;
    private final Exception unreadable;
    private final Stage stage;
    private final List<ByteBuffer> replies = new ArrayList<>(1);
    private final List<ChatItem> deliveries = new ArrayList<>(0);
    private HistoryRequest historyRequest;
    private StompDestination route;
    private Map<String, Object> connection = Map.of();

    /** A frame is received; its transaction is committed; it is a COMMIT, and all in the transaction is processed. */
    enum Stage {
        RECEIVED,
        COMMITTED,
        DONE
    }

    private FrameContext(Session session, Frame frame, Exception unreadable, Stage stage) {
        this.session = session;
        this.frame = frame;
        this.unreadable = unreadable;
        this.stage = stage;
    }

    /** @param frame null if the connection is gone */
    public static FrameContext of(Session session, Frame frame) {
        return of(session, frame, Stage.RECEIVED);
    }

    static FrameContext of(Session session, Frame frame, Stage stage) {
        return new FrameContext(session, frame, null, stage);
    }

    /** The client sent what cannot be read, or must not be processed. */
    static FrameContext unreadable(Session session, Exception why) {
        return new FrameContext(session, null, why, Stage.RECEIVED);
    }

    Stage stage() {
        return stage;
    }

    Session session() {
        return session;
    }

    /** Null if it could not be read, or the connection is gone. */
    @Override
    public Frame frame() {
        return frame;
    }

    @Override
    public Sender sender() {
        return session;
    }

    /** Why there is no frame; null if there is one, or the connection is gone. */
    Exception unreadable() {
        return unreadable;
    }

    String required(String header) throws StompException {
        String value = frame.header(header);
        if (value == null || value.isEmpty()) {
            throw new StompException(header + " is missing");
        }
        return value;
    }

    int number(String header, int otherwise) throws StompException {
        String value = frame.header(header);
        if (value != null && !value.matches("\\d{1,9}")) {
            throw new StompException(header + " is not a number");
        }
        return value == null ? otherwise : Integer.parseInt(value);
    }

    /** The id of the subscription that the frame names; STOMP 1.0 may name it by its destination. */
    String subscriptionId() throws StompException {
        String id = frame.header("id");
        if (id == null && session.version() == Version.V1_0) {
            id = frame.header("destination");
        }
        if (id == null) {
            throw new StompException("id is missing");
        }
        return id;
    }

    void reply(Frame reply) {
        reply(FrameWriter.write(reply, session.version() == null ? Version.V1_0 : session.version()));
    }

    void reply(ByteBuffer written) {
        replies.add(written);
    }

    void clearReplies() {
        replies.clear();
    }

    /** The client is connected from now on. */
    void connect() {
        connection = Map.of(WebSocketProperties.KNOWN, true);
    }

    /** Closes the connection after the replies. */
    void close(int code, String reason) {
        session.end();
        connection = Map.of(WebSocketProperties.CLOSE, code, WebSocketProperties.CLOSE_REASON, reason);
    }

    boolean closes() {
        return connection.containsKey(WebSocketProperties.CLOSE);
    }

    /** What the WebSocket component is to do with the connection: properties of the exchange. */
    Map<String, Object> connection() {
        return connection;
    }

    /** @param item for other clients, or for this one in its order among what they get; null for nothing */
    void deliver(ChatItem item) {
        if (item != null) {
            deliveries.add(item);
        }
    }

    void requestHistory(HistoryRequest request) {
        historyRequest = request;
    }

    /** The message is for a destination that a route makes. */
    void route(StompDestination destination) {
        route = destination;
    }

    /** Null if it is the chat's. */
    StompDestination route() {
        return route;
    }

    boolean hasReply() {
        return closes() || !replies.isEmpty() || !deliveries.isEmpty() || historyRequest != null;
    }

    List<ByteBuffer> replies() {
        return replies;
    }

    public List<ChatItem> deliveries() {
        return deliveries;
    }

    /** Null if no history is wanted. */
    public HistoryRequest historyRequest() {
        return historyRequest;
    }
}
