package dev.caravan.chat;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * The settings {@code caravan.chat.*} that Java reads; the routes read others.
 *
 * @param maxMessage characters of one message
 * @param maxName characters of the name of a room or a sender
 * @param maxFrame bytes of the body of a frame
 * @param maxSubscriptions of one connection
 * @param rate frames, and messages without a whole frame, a second that one connection may send for long, acknowledgements
 *     of what it got aside; five times as many at once. 0: any number
 * @param window messages of a subscription that acknowledges, sent and not acknowledged yet, if it names no number
 * @param backlog messages that wait for one subscription to acknowledge; the connection that has more is closed
 * @param connectTimeout how long a connection may take to say CONNECT
 * @param heartBeat how often the server can send something, and wants the client to; at least a second
 * @param history messages of each room that are kept; 0: none
 * @param historyRetention how long the history of a room is kept after the last message in it
 * @param presence whether it is told who is in a room
 * @param aloneAfter how long no other node must have been heard until this one does not relay what is said on it; longer than
 *     the broker takes to give up a connection on which nothing comes. 0: it always does
 */
@ConfigurationProperties("caravan.chat")
record ChatSettings(
        @DefaultValue("4000") int maxMessage,
        @DefaultValue("100") int maxName,
        @DefaultValue("65536") int maxFrame,
        @DefaultValue("100") int maxSubscriptions,
        @DefaultValue("200") int rate,
        @DefaultValue("100") int window,
        @DefaultValue("1000") int backlog,
        @DefaultValue("10s") Duration connectTimeout,
        @DefaultValue("10s") Duration heartBeat,
        @DefaultValue("50") int history,
        @DefaultValue("7d") Duration historyRetention,
        @DefaultValue("true") boolean presence,
        @DefaultValue("1m") Duration aloneAfter) {
    ChatSettings {
        Assert.isTrue(maxMessage > 0 && maxName > 0 && maxFrame > 0, "caravan.chat.max-… must be positive");
        Assert.isTrue(maxSubscriptions > 0 && window > 0 && backlog > 0, "caravan.chat.… must be positive");
        Assert.isTrue(rate >= 0 && history >= 0, "caravan.chat.rate and .history must not be negative");
        Assert.isTrue(heartBeat.toMillis() >= 1000, "caravan.chat.heart-beat must be at least 1s");
    }
}
