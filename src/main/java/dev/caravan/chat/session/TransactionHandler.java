package dev.caravan.chat.session;

import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.util.List;

final class TransactionHandler implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException {
        Session session = context.session();
        String name = context.required("transaction");
        if (context.frame().command() == Command.BEGIN) {
            session.transactions().begin(name);
            return;
        }
        List<Frame> frames = session.transactions().end(name);
        if (context.frame().command() == Command.COMMIT) {
            session.commit(frames, context.frame());
        }
    }
}
