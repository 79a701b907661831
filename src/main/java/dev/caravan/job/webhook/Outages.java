package dev.caravan.job.webhook;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Keeps deliveries from a receiver that is down, so that they do not wait for its timeout in the slots of others. One at a time is
 * the trial; when one arrives, all are sent again. What this costs is stored with the webhook: nothing while it is up.
 * Thread-safe.
 */
@Component
class Outages {
    private static final Logger LOG = LoggerFactory.getLogger(Outages.class);

    private final Definitions<Webhook> store;
    private final InstantSource clock;

    @Autowired
    Outages(Definitions<Webhook> store) {
        this(store, InstantSource.system());
    }

    Outages(Definitions<Webhook> store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A delivery is to be sent.
     *
     * @throws WebhookFailed if its receiver is down, and this is not the trial
     */
    void check(Webhook webhook) {
        if (!webhook.isDown()) {
            return;
        }
        Instant now = clock.instant();
        AtomicBoolean goes = new AtomicBoolean();
        if (webhook.outage().isTrialDue(now)) {
            change(webhook, outage -> {
                boolean down = outage != null && outage.isDown();
                goes.set(!down || outage.isTrialDue(now));
                return down && goes.get() ? outage.tried(now) : outage;
            });
        }
        if (!goes.get()) {
            // The same for all of them: failures that are alike make a group.
            throw new WebhookFailed("The receiver is down, and was not tried again with this delivery", null);
        }
    }

    /** A delivery did not arrive. */
    void failed(Webhook webhook, String because) {
        Webhook now = change(webhook, outage -> Outage.after(outage, because, clock.instant()));
        if (now != null && now.outage() != null && now.outage().failures() == Outage.MOST_FAILURES) {
            LOG.warn(
                    "The receiver of the webhook {} is down, {} deliveries in a row did not arrive: one is tried every {} s"
                            + " from now on. The last one: {}",
                    webhook.name(),
                    Outage.MOST_FAILURES,
                    Outage.PAUSE.toSeconds(),
                    because);
        }
    }

    /** The receiver has responded. */
    void responded(Webhook webhook) {
        if (webhook.outage() == null) {
            return;
        }
        AtomicReference<Outage> over = new AtomicReference<>();
        change(webhook, outage -> {
            over.set(outage);
            return null;
        });
        if (over.get() != null && over.get().isDown()) {
            LOG.info(
                    "The receiver of the webhook {} is up again; it was down since {}",
                    webhook.name(),
                    Instant.ofEpochMilli(over.get().since()));
        }
    }

    /** Not that of another URL, which the webhook has got meanwhile. */
    private Webhook change(Webhook webhook, UnaryOperator<Outage> change) {
        return store.change(
                webhook.name(),
                now -> now == null || !now.url().equals(webhook.url())
                        ? now
                        : now.withOutage(change.apply(now.outage())));
    }
}
