package dev.caravan.chat.session;

import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ClientFrame;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The replies to frames that failed. Stateless. */
@Component("frameErrors")
public class FrameErrors {
    private static final Logger LOG = LoggerFactory.getLogger(FrameErrors.class);
    private static final String VERSIONS = "1.0,1.1,1.2";

    private final SubscriptionRegistry registry;

    FrameErrors(SubscriptionRegistry registry) {
        this.registry = registry;
    }

    /**
     * Replies with an ERROR and closes the connection, as STOMP wants it. A client that subscribed to the destination for
     * rejections gets a rejected message there instead, and stays connected, unless the frame is not valid STOMP.
     */
    public void reject(
            @ExchangeProperty(ClientFrame.PROPERTY) FrameContext context,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable failure) {
        context.clearReplies(); // the receipt of what is not published
        boolean protocol = failure instanceof StompException;
        boolean known = protocol || failure instanceof MessageRejected;
        if (!known) {
            // One line: a client can cause it as often as it likes.
            LOG.warn("Chat: cannot process the frame {}: {}", context.frame(), String.valueOf(failure));
            LOG.debug("Chat: cannot process the frame", failure);
        }
        String reason = known ? failure.getMessage() : "The server failed";
        Subscription rejections = protocol || context.closes() ? null : rejections(context);
        if (rejections != null) {
            context.reply(registry.write(rejections, rejection(context.frame(), reason)));
            return;
        }
        context.reply(error(context, failure, reason));
        if (!context.closes()) {
            context.close(
                    protocol ? FrameContext.PROTOCOL_ERROR : FrameContext.POLICY_VIOLATION,
                    protocol ? "protocol error" : "rejected");
        }
    }

    /** Null if the frame is no SEND: STOMP wants a SUBSCRIBE that fails to end the connection. */
    private static Subscription rejections(FrameContext context) {
        boolean send = context.frame() != null && context.frame().command() == Command.SEND;
        return send ? context.session().subscriptionTo(Destinations.REJECTED) : null;
    }

    private static byte[] rejection(Frame frame, String reason) {
        return ChatJson.object(json -> {
            json.name("reason").value(reason);
            json.name("destination").value(frame.header("destination"));
            json.name("receipt").value(frame.header("receipt"));
        });
    }

    private static Frame error(FrameContext context, Throwable failure, String reason) {
        Frame.Builder error = Frame.of(Command.ERROR).header("message", reason).header("content-type", "text/plain");
        String receipt = failure instanceof StompException stomp && stomp.receipt() != null
                ? stomp.receipt()
                : context.frame() == null ? null : context.frame().header("receipt");
        if (receipt != null) {
            error.header("receipt-id", receipt);
        }
        if (context.session().version() == null) {
            error.header("version", VERSIONS);
        }
        return error.body(reason.getBytes(StandardCharsets.UTF_8)).build();
    }
}
