package dev.caravan.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.stomp.StompMessage;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.Headers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Reads the messages of topics that nodes send each other. Stateless. */
@Component("topicMessages")
public class TopicMessages {
    private static final Logger LOG = LoggerFactory.getLogger(TopicMessages.class);

    /**
     * @param body {@code byte[]}, or text; null for an empty one
     * @return null, with a warning, if it is no message of a topic: another service has sent it
     */
    public RouteMessage read(@Body Object body, @Headers Map<String, Object> headers) {
        byte[] bytes =
                body instanceof byte[] binary ? binary : body == null ? new byte[0] : ((String) body).getBytes(UTF_8);
        StompMessage message = StompMessage.of(headers, null, null, null, bytes);
        if (message.destination() == null || message.id() == null) {
            LOG.warn("Skipped a message to topics without the headers stomp-destination and stomp-message-id");
            return null;
        }
        return RouteMessage.of(message);
    }
}
