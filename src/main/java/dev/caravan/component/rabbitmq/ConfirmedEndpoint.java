package dev.caravan.component.rabbitmq;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Message;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultAsyncProducer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.builder.ExpressionBuilder;

/**
 * Where to publish to. The options are texts, or expressions of the language simple, asked for each message. See
 * {@link ConfirmedComponent}.
 */
class ConfirmedEndpoint extends DefaultEndpoint {
    private final ConfirmedPublisher publisher;
    private final String exchange;
    private String routingKey = "";
    private String messageId;
    private String timestamp;
    private boolean mandatory = true;

    /** W3C Trace Context, version 00. */
    private static final String TRACE_PARENT = "traceparent";

    private static final Pattern W3C = Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    ConfirmedEndpoint(String uri, Component component, ConfirmedPublisher publisher, String exchange) {
        super(uri, component);
        this.publisher = publisher;
        this.exchange = exchange;
    }

    /** With the default exchange the name of a queue; default none. */
    public void setRoutingKey(String routingKey) {
        this.routingKey = routingKey;
    }

    /** Default: one that means nothing to others. */
    public void setMessageId(String messageId) {
        this.messageId = messageId;
    }

    /** A time as {@code 2026-11-25T04:49:41Z}; default none. */
    public void setTimestamp(String timestamp) {
        this.timestamp = timestamp;
    }

    /** Whether a message that no queue is bound for is a failure; default true. */
    public void setMandatory(boolean mandatory) {
        this.mandatory = mandatory;
    }

    @Override
    public Producer createProducer() {
        return new ConfirmedProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException("confirmed: only publishes; consume with spring-rabbitmq:");
    }

    private Expression expression(String option) {
        if (option == null || !option.contains("${")) {
            return ExpressionBuilder.constantExpression(option);
        }
        Expression expression = getCamelContext().resolveLanguage("simple").createExpression(option);
        expression.init(getCamelContext());
        return expression;
    }

    private final class ConfirmedProducer extends DefaultAsyncProducer {
        private final Expression key = expression(routingKey);
        private final Expression id = expression(messageId);
        private final Expression time = expression(timestamp);

        ConfirmedProducer(ConfirmedEndpoint endpoint) {
            super(endpoint);
        }

        @Override
        public boolean process(Exchange message, AsyncCallback callback) {
            CompletableFuture<Void> confirmed;
            try {
                confirmed = message.getMessage().getBody() instanceof List<?> texts
                        ? publish(message, texts)
                        : publisher.publish(
                                outgoing(message, message.getMessage().getMandatoryBody(String.class)));
            } catch (Exception e) {
                message.setException(e);
                callback.done(true);
                return true;
            }
            confirmed.whenComplete((nothing, failure) -> {
                if (failure != null) {
                    message.setException(failure instanceof CompletionException ? failure.getCause() : failure);
                }
                callback.done(false);
            });
            return false;
        }

        /** All or, if one of them is no text, none. Done when the broker has responded to each. */
        private CompletableFuture<Void> publish(Exchange message, List<?> texts)
                throws NoTypeConversionAvailableException {
            List<OutgoingMessage> outgoing = new ArrayList<>(texts.size());
            for (Object text : texts) {
                outgoing.add(outgoing(
                        message, getCamelContext().getTypeConverter().mandatoryConvertTo(String.class, message, text)));
            }
            return CompletableFuture.allOf(
                    outgoing.stream().map(publisher::publish).toArray(CompletableFuture<?>[]::new));
        }

        private OutgoingMessage outgoing(Exchange message, String text) {
            String at = time.evaluate(message, String.class);
            return new OutgoingMessage(
                    exchange,
                    key.evaluate(message, String.class),
                    text,
                    id.evaluate(message, String.class),
                    at == null ? null : Instant.parse(at),
                    trace(message.getMessage()),
                    mandatory);
        }

        /** Which trace the message belongs to, if there is one: nothing else of an exchange leaves as a header. */
        private static Map<String, String> trace(Message message) {
            String parent = message.getHeader(TRACE_PARENT, String.class);
            return parent == null || !W3C.matcher(parent).matches() ? Map.of() : Map.of(TRACE_PARENT, parent);
        }
    }
}
