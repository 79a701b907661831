package dev.caravan.event;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * The settings {@code caravan.events.*} that Java reads; {@code application.yaml} explains each.
 *
 * @param directExchange events that come from there have their routing key as key
 * @param deadQueue where events go that a durable subscription could not work
 * @param maxEvent the largest event
 * @param log how many of the latest events are kept for those who come again
 * @param logSize how large these may be, all in all
 */
@ConfigurationProperties("caravan.events")
record EventSettings(
        @DefaultValue("boot.direct.exchange") String directExchange,
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
