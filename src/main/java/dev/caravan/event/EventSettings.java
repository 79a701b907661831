package dev.caravan.event;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * How events are published, kept and received.
 *
 * @param exchange the exchange of events for all nodes; other services may publish and listen there too
 * @param directExchange the exchange of events with a key, which is their routing key; others may use it too
 * @param queue the queue of this node
 * @param deadQueue the queue that receives events which a durable subscription could not process
 * @param maxEvent largest event; at most 256KB
 * @param log how many of the latest events are kept in memory for subscribers that reconnect over HTTP; 1 to 1000000
 * @param logSize how large these may be together; not smaller than {@code max-event}
 */
@ConfigurationProperties("caravan.events")
record EventSettings(
        @DefaultValue("boot.fanout.exchange") String exchange,
        @DefaultValue("boot.direct.exchange") String directExchange,
        @DefaultValue("${caravan.events.exchange}.${caravan.node}.${caravan.instance}") String queue,
        @DefaultValue("caravan.events.dead") String deadQueue,
        @DefaultValue("64KB") DataSize maxEvent,
        @DefaultValue("1000") int log,
        @DefaultValue("4MB") DataSize logSize) {
    private static final DataSize LARGEST = DataSize.ofKilobytes(256);

    EventSettings {
        Assert.isTrue(
                maxEvent.toBytes() > 0 && maxEvent.compareTo(LARGEST) <= 0,
                "caravan.events.max-event must be 1B to 256KB");
        Assert.isTrue(log >= 1 && log <= 1_000_000, "caravan.events.log must be 1 to 1000000");
        Assert.isTrue(
                logSize.compareTo(maxEvent) >= 0,
                "caravan.events.log-size must not be smaller than caravan.events.max-event");
    }
}
