package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.support.converter.MessageConverter;

/**
 * Reads and writes text as UTF-8, whatever encoding a sender claims and whatever the platform's own is. What is not
 * text, or not UTF-8, is handed to the route as its bytes. Never fails to read: a message that did would go round and
 * round before any route had a chance to reject it.
 */
final class Utf8MessageConverter implements MessageConverter {
    private final MessageConverter writer;

    /** @param writer makes messages of what is no text */
    Utf8MessageConverter(MessageConverter writer) {
        this.writer = writer;
    }

    @Override
    public Object fromMessage(Message message) {
        String type = message.getMessageProperties().getContentType();
        if (type == null || !type.startsWith("text")) {
            return message.getBody();
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(message.getBody())).toString();
        } catch (CharacterCodingException e) {
            return message.getBody();
        }
    }

    @Override
    public Message toMessage(Object body, MessageProperties properties) {
        if (body instanceof String && properties.getContentEncoding() == null) {
            properties.setContentEncoding(UTF_8.name());
        }
        return writer.toMessage(body, properties);
    }
}
