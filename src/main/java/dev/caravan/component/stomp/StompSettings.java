package dev.caravan.component.stomp;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Destinations of STOMP that routes make.
 *
 * @param exchange the exchange by which nodes send each other the messages of topics
 * @param queue the queue of this node at that exchange
 * @param queuePrefix what the names of queues on the broker have before the destination
 * @param maxQueues queues of destinations that this node may use within ten minutes
 * @param maxQueueSubscriptions subscriptions of this node to queues; each has a channel to the broker
 */
@ConfigurationProperties("caravan.stomp")
record StompSettings(
        @DefaultValue("caravan.chat.topics") String exchange,
        @DefaultValue("${caravan.stomp.exchange}.${caravan.node}.${caravan.instance}") String queue,
        @DefaultValue("caravan.stomp.") String queuePrefix,
        @DefaultValue("1000") int maxQueues,
        @DefaultValue("1000") int maxQueueSubscriptions) {
    StompSettings {
        Assert.isTrue(maxQueues > 0 && maxQueueSubscriptions > 0, "caravan.stomp.max-… must be positive");
    }
}
