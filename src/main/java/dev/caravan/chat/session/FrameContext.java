package dev.caravan.chat.session;

import dev.caravan.chat.ClientFrame;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;

/**
 * One frame of a connection, or its end, and what comes of it: answers to the one who sent it, and what others are to
 * know. For one thread at a time.
 */
public final class FrameContext implements ClientFrame {
    private final Session session;
    private final Frame frame;
    private final Exception refusal;
    private final Stage stage;
    private final List<ByteBuffer> answers = new ArrayList<>(1);
    private final List<Object> deliveries = new ArrayList<>(0);
    private HistoryRequest recall;
    private boolean connects;
    private boolean closes;
    private int closeCode;
    private String closeReason;

    /** Where a frame stands: it came; its transaction is committed; it was a COMMIT, and all in it is worked. */
    enum Stage {
        CAME,
        COMMITTED,
        DONE
    }

    private FrameContext(Session session, Frame frame, Exception refusal, Stage stage) {
        this.session = session;
        this.frame = frame;
        this.refusal = refusal;
        this.stage = stage;
    }

    public static FrameContext of(Session session, Frame frame) {
        return new FrameContext(session, frame, null, Stage.CAME);
    }

    static FrameContext of(Session session, Frame frame, Stage stage) {
        return new FrameContext(session, frame, null, stage);
    }

    /** What came cannot be read, or is not looked at. */
    static FrameContext refused(Session session, Exception why) {
        return new FrameContext(session, null, why, Stage.CAME);
    }

    /** The turn in which others learn that a connection is gone. */
    static FrameContext end(Session session) {
        return new FrameContext(session, null, null, Stage.CAME);
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
    public Principal principal() {
        return session.principal();
    }

    @Override
    public String name() {
        return session.name();
    }

    @Override
    public String senderId() {
        return session.senderId();
    }

    /** Why there is no frame; null if there is one, or the connection is gone. */
    Exception refusal() {
        return refusal;
    }

    void answer(Frame answer) {
        answer(FrameWriter.write(answer, session.version() == null ? Version.V1_0 : session.version()));
    }

    void answer(ByteBuffer written) {
        answers.add(written);
    }

    /** Who is there is known from now on. */
    void connect() {
        connects = true;
    }

    boolean connects() {
        return connects;
    }

    /** Closes the connection after the answers. */
    void close(int code, String reason) {
        session.end();
        closes = true;
        closeCode = code;
        closeReason = reason;
    }

    /** Something for others who subscribed, or for this one, in its order among what they get. */
    void deliver(Object item) {
        deliveries.add(item);
    }

    void recall(HistoryRequest wanted) {
        recall = wanted;
    }

    /** Whether somebody is to hear of it. */
    boolean isAnswered() {
        return closes || !answers.isEmpty() || !deliveries.isEmpty() || recall != null;
    }

    /** None of what was to be answered holds any more. */
    void takeBack() {
        answers.clear();
    }

    List<ByteBuffer> answers() {
        return answers;
    }

    List<Object> deliveries() {
        return deliveries;
    }

    HistoryRequest recall() {
        return recall;
    }

    boolean closes() {
        return closes;
    }

    int closeCode() {
        return closeCode;
    }

    String closeReason() {
        return closeReason;
    }
}
