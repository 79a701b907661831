package dev.caravan.chat.session;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.ClientFrame;
import dev.caravan.chat.MessageRejected;
import dev.caravan.component.stomp.StompDestinations;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.springframework.stereotype.Component;

/** Gives each frame to the handler of its command. Stateless. */
@Component("frameDispatcher")
public class FrameDispatcher {
    /** The property that tells the route whether the body is to be published. */
    private static final String PUBLISH = "chatPublish";
    /** The property that tells the route that it is for a destination that another route makes. */
    private static final String ROUTE = "chatRoute";
    /** The property that tells the route whether there is something to send after the frame. */
    private static final String REPLY = "chatReply";

    private final ChatSettings settings;
    private final SubscriptionRegistry registry;
    private final Map<Command, FrameHandler> handlers;

    FrameDispatcher(
            ChatSettings settings,
            SubscriptionRegistry registry,
            ChatAccessControl access,
            StompDestinations destinations,
            RouteSubscriptions routes) {
        this.settings = settings;
        this.registry = registry;
        FrameHandler connect = new ConnectHandler(settings, access);
        FrameHandler ack = new AckHandler();
        FrameHandler transaction = new TransactionHandler();
        this.handlers = new EnumMap<>(Map.of(
                Command.CONNECT, connect,
                Command.STOMP, connect,
                Command.SEND, new SendHandler(destinations),
                Command.SUBSCRIBE, new SubscribeHandler(settings, registry, access, routes),
                Command.UNSUBSCRIBE, new UnsubscribeHandler(registry),
                Command.ACK, ack,
                Command.NACK, ack,
                Command.BEGIN, transaction,
                Command.ABORT, transaction,
                Command.COMMIT, transaction));
        handlers.put(Command.DISCONNECT, new DisconnectHandler());
    }

    /**
     * Processes the frame context that is the body. After a SEND to the chat the body is its text; the route sends the RECEIPT when the
     * text is published, and that of a subscription with history after the history.
     */
    public void process(Exchange exchange) throws Exception {
        FrameContext context = exchange.getMessage().getBody(FrameContext.class);
        exchange.setProperty(ClientFrame.PROPERTY, context);
        if (context.unreadable() != null) {
            throw context.unreadable();
        }
        boolean publish = false;
        if (context.frame() == null) { // the connection is gone
            context.session().removeAll().forEach(gone -> context.deliver(registry.unsubscribe(gone)));
        } else if (waitsForCommit(context)) {
            context.session().transactions().add(context.frame().header("transaction"), context.frame());
            receipt(context);
        } else {
            publish = handle(context);
        }
        if (publish) {
            exchange.getMessage().setBody(context.frame().text());
        } else if (context.route() != null) {
            exchange.setProperty(ROUTE, true);
        }
        // The route asks both for each message: a property costs a tenth of a method call.
        exchange.setProperty(PUBLISH, publish);
        exchange.setProperty(REPLY, context.hasReply());
    }

    /** True if the body is to be published. */
    private boolean handle(FrameContext context) throws StompException, MessageRejected {
        Command command = context.frame().command();
        if (context.stage() != FrameContext.Stage.DONE) {
            limit(context, command);
            handler(context, command).handle(context);
        }
        if (context.historyRequest() == null
                && (command != Command.COMMIT || context.stage() == FrameContext.Stage.DONE)) {
            receipt(context);
        }
        return command == Command.SEND && context.route() == null;
    }

    /** Each message may be acknowledged, so only {@link AckHandler} knows which acknowledgements are too many. */
    private void limit(FrameContext context, Command command) throws MessageRejected {
        if (command != Command.ACK
                && command != Command.NACK
                && !context.session().tryAcquire()) {
            context.close(FrameContext.POLICY_VIOLATION, "too fast");
            throw new MessageRejected("More than " + settings.rate() + " frames a second");
        }
    }

    private FrameHandler handler(FrameContext context, Command command) throws StompException {
        if (!command.fromClient()) {
            throw new StompException("Only the server sends " + command);
        }
        boolean opens = command == Command.CONNECT || command == Command.STOMP;
        if (opens == (context.session().version() != null)) {
            throw new StompException(opens ? "CONNECT came before" : "The first frame must be CONNECT");
        }
        return handlers.get(command);
    }

    /** Whether the frame belongs to a transaction that is not committed. */
    private static boolean waitsForCommit(FrameContext context) {
        return context.stage() == FrameContext.Stage.RECEIVED
                && context.session().version() != null
                && context.frame().header("transaction") != null
                && switch (context.frame().command()) {
                    case SEND, ACK, NACK -> true;
                    default -> false;
                };
    }

    private static void receipt(FrameContext context) {
        String receipt = context.frame().header("receipt");
        Command command = context.frame().command();
        if (receipt != null
                && context.stage() != FrameContext.Stage.COMMITTED // sent when the frame came
                && command != Command.CONNECT
                && command != Command.STOMP) {
            context.reply(
                    Frame.of(Command.RECEIPT).header("receipt-id", receipt).build());
        }
    }

    /** The replies to the client, with the properties that tell the WebSocket component what to do with its connection. */
    public List<ByteBuffer> reply(Exchange exchange) {
        FrameContext context = exchange.getProperty(ClientFrame.PROPERTY, FrameContext.class);
        context.connection().forEach(exchange::setProperty);
        return context.replies();
    }
}
