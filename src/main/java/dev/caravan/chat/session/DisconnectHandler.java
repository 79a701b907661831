package dev.caravan.chat.session;

final class DisconnectHandler implements FrameHandler {
    @Override
    public void handle(FrameContext context) {
        context.close(FrameContext.NORMAL, "DISCONNECT");
    }
}
