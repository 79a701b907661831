package dev.caravan.job.webhook;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.security.web.util.matcher.IpAddressMatcher;
import org.springframework.util.Assert;

/**
 * What webhooks may reach.
 *
 * @param allowNetworks networks such as {@code 10.0.0.0/8} that webhooks may reach although their addresses are not of the
 *     internet: private ones, those of this machine, and others for special purposes. With one, URLs may be {@code http}, too
 * @param timeout how long a receiver may take to respond; 1s to 25s
 */
@ConfigurationProperties("caravan.webhooks")
record WebhookSettings(@DefaultValue({}) List<String> allowNetworks, @DefaultValue("15s") Duration timeout) {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(25);

    WebhookSettings {
        Assert.isTrue(
                timeout.compareTo(SHORTEST) >= 0 && timeout.compareTo(LONGEST) <= 0,
                "caravan.webhooks.timeout must be 1s to 25s");
        for (String network : allowNetworks) {
            Assert.isTrue(
                    network.contains("/"),
                    "caravan.webhooks.allow-networks has a network such as 10.0.0.0/8: " + network);
            new IpAddressMatcher(network); // fails if it is none
        }
    }
}
