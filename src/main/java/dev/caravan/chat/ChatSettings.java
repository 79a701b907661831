package dev.caravan.chat;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * The limits of the chat, its history, and how nodes share messages.
 *
 * @param allowedOrigins origins of pages that may connect besides the server's own, separated by commas; {@code *}: all
 * @param idleTimeout how long a connection may be silent in both directions; one with heartbeats never is
 * @param connectTimeout how long a client may take to send CONNECT
 * @param heartBeat how often the server can send a heartbeat, and asks a client that offers them to; at least 1s
 * @param maxMessage characters of one message
 * @param maxName characters of the name of a room or a sender
 * @param maxFrame bytes of the body of a frame
 * @param maxSubscriptions subscriptions of one connection
 * @param rate frames that one connection may send in a second, ACK and NACK aside; five times as many at once. A WebSocket
 *     message without a whole frame counts as one. 0: any number. Before CONNECT it is 10, and 50 at once
 * @param window how many messages a subscription that acknowledges may leave unacknowledged, if it names no other number
 * @param backlog how many messages may wait for such a subscription; the connection is closed at one more
 * @param history how many messages of each room are kept. 0: none
 * @param historyRooms how many rooms have a history; of more, those whose last message is the oldest lose it. 0: any number
 * @param historyRetention how long the history of a room is kept after its last message
 * @param presence whether subscribers of a room may ask who is in it
 * @param isolatedAfter how long a node that hears no other node sends it messages; after that it keeps them to itself until a
 *     node is heard. More than three times {@code spring.rabbitmq.requested-heartbeat}: by then the broker has closed the
 *     connection of a node that is frozen. 0: it always sends
 * @param exchange the exchange by which nodes send each other what is published in rooms
 * @param queue the queue of this node
 */
@ConfigurationProperties("caravan.chat")
public record ChatSettings(
        @DefaultValue("") String allowedOrigins,
        @DefaultValue("1h") Duration idleTimeout,
        @DefaultValue("10s") Duration connectTimeout,
        @DefaultValue("10s") Duration heartBeat,
        @DefaultValue("4000") int maxMessage,
        @DefaultValue("100") int maxName,
        @DefaultValue("65536") int maxFrame,
        @DefaultValue("100") int maxSubscriptions,
        @DefaultValue("200") int rate,
        @DefaultValue("100") int window,
        @DefaultValue("1000") int backlog,
        @DefaultValue("50") int history,
        @DefaultValue("10000") int historyRooms,
        @DefaultValue("7d") Duration historyRetention,
        @DefaultValue("true") boolean presence,
        @DefaultValue("1m") Duration isolatedAfter,
        @DefaultValue("caravan.chat") String exchange,
        @DefaultValue("${caravan.chat.exchange}.${caravan.node}.${caravan.instance}") String queue) {
    public ChatSettings {
        Assert.isTrue(maxMessage > 0 && maxName > 0 && maxFrame > 0, "caravan.chat.max-… must be positive");
        Assert.isTrue(maxSubscriptions > 0 && window > 0 && backlog > 0, "caravan.chat.… must be positive");
        Assert.isTrue(
                rate >= 0 && history >= 0 && historyRooms >= 0,
                "caravan.chat.rate, .history and .history-rooms must not be negative");
        Assert.isTrue(heartBeat.toMillis() >= 1000, "caravan.chat.heart-beat must be at least 1s");
    }
}
