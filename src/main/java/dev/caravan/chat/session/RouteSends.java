package dev.caravan.chat.session;

import dev.caravan.chat.ClientFrame;
import dev.caravan.chat.CustomHeaders;
import dev.caravan.chat.MessageRejected;
import dev.caravan.component.stomp.StompRejected;
import dev.caravan.stomp.Frame;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.stereotype.Component;

/** Gives what clients send to the routes that make its destinations. Stateless. */
@Component("routeSends")
public class RouteSends {
    private static final Logger LOG = LoggerFactory.getLogger(RouteSends.class);

    /** Done when the message is published, or stopped by its route; fails with what its client is to know. */
    public CompletableFuture<Void> send(@ExchangeProperty(ClientFrame.PROPERTY) FrameContext context)
            throws MessageRejected {
        Frame frame = context.frame();
        Map<String, String> own = new LinkedHashMap<>();
        for (Frame.Header header : CustomHeaders.of(frame)) {
            own.put(header.name(), header.value());
        }
        CompletableFuture<Void> sent = new CompletableFuture<>();
        context.route()
                .send(context.session().principal(), frame.header("content-type"), frame.body(), own)
                .whenComplete((nothing, failure) -> {
                    if (failure == null) {
                        sent.complete(null);
                    } else {
                        sent.completeExceptionally(rejection(failure));
                    }
                });
        return sent;
    }

    /** A route rejects a message by an IllegalArgumentException. */
    private static Throwable rejection(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof StompRejected || cause instanceof IllegalArgumentException) {
            return new MessageRejected(String.valueOf(cause.getMessage()));
        }
        if (cause instanceof AmqpException) {
            LOG.debug("A message was not confirmed", cause);
            return new MessageRejected("The broker did not confirm the message. Send it again");
        }
        return cause;
    }
}
