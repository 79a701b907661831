package dev.caravan.chat.session;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.HeartBeat;
import dev.caravan.stomp.StompException;
import dev.caravan.stomp.Version;
import java.security.Principal;

record ConnectHandler(ChatSettings settings, ChatAccessControl access) implements FrameHandler {
    /** A shorter one could be guessed. */
    private static final int SHORTEST_SECRET = 16;

    @Override
    public void handle(FrameContext context) throws StompException, MessageRejected {
        Frame frame = context.frame();
        Session session = context.session();
        Version version = Version.negotiate(frame.header("accept-version"));
        HeartBeat asked = HeartBeat.parse(frame.header("heart-beat"));
        int millis = Math.toIntExact(settings.heartBeat().toMillis());
        HeartBeat offered = version == Version.V1_0 ? HeartBeat.NONE : new HeartBeat(millis, millis);
        Principal login = access.enter(session.client(), frame::header);
        session.connected(version, offered.with(asked), login, name(login, frame.header("login")), secret(frame));
        Frame.Builder connected = Frame.of(Command.CONNECTED)
                .header("version", version.text())
                .header("heart-beat", offered.toString())
                .header("server", "caravan");
        if (session.principal() != null) {
            connected.header("user-name", session.name());
        } else {
            connected.header("sender-id", session.senderId());
        }
        context.reply(connected.build());
        context.connect();
    }

    private static String secret(Frame connect) throws StompException {
        String secret = connect.header("sender-secret");
        if (secret != null && secret.length() < SHORTEST_SECRET) {
            throw new StompException("sender-secret is shorter than " + SHORTEST_SECRET + " characters");
        }
        return secret;
    }

    private String name(Principal known, String login) throws StompException, MessageRejected {
        if (known != null) {
            return known.getName();
        }
        if (login == null || login.isBlank()) {
            return null;
        }
        if (login.length() > settings.maxName()) {
            throw new StompException("login is longer than " + settings.maxName() + " characters");
        }
        access.checkName(login.strip());
        return login.strip();
    }
}
