package dev.caravan.job.webhook;

import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.WebhookUse;
import dev.caravan.job.store.JobStore;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.stereotype.Component;

/**
 * The webhooks as this node knows them: the route {@code webhooks-refresh} reads them every two seconds. While there are none that
 * want the end of a job, it costs no command. Until they were read for the first time, each end is noted. Thread-safe.
 */
@Component
public class Webhooks implements InitializingBean {
    private final Definitions<Webhook> store;
    private final JobStore jobs;
    private final List<Consumer<WebhookUse>> listeners;
    /** Null until they were read. */
    private volatile Map<String, Webhook> known;

    Webhooks(Definitions<Webhook> store, JobStore jobs, List<Consumer<WebhookUse>> listeners) {
        this.store = store;
        this.jobs = jobs;
        this.listeners = listeners;
    }

    @Override
    public void afterPropertiesSet() {
        jobs.noteEnds((type, end) -> {
            Map<String, Webhook> all = known;
            return all == null
                    ? !type.equals(JobTypes.WEBHOOK)
                    : !wanting(all.values(), type, end).isEmpty();
        });
    }

    /** @throws org.springframework.dao.DataAccessException if Redis does not respond; then those of before count */
    public void refresh() {
        Map<String, Webhook> all = store.all();
        known = all;
        WebhookUse use =
                new WebhookUse(all.values().stream().filter(Webhook::isDown).count());
        listeners.forEach(listener -> listener.accept(use));
    }

    /** Those that want events, by their names. */
    Map<String, Webhook> ofEvents() {
        Map<String, Webhook> all = new TreeMap<>(known == null ? Map.of() : known);
        all.values().removeIf(webhook -> webhook.events() == null);
        return all;
    }

    /** One as it is stored now; null if there is none. */
    Webhook read(String name) {
        return store.read(name);
    }

    /** Those that want to know of the end of a job, as they are stored now. */
    List<Webhook> wanting(String type, JobState end) {
        return known == null ? List.of() : wanting(known.values(), type, end);
    }

    /** Nobody is told of the end of a delivery: that would be another one. */
    private static List<Webhook> wanting(Collection<Webhook> all, String type, JobState end) {
        return all.isEmpty() || type.equals(JobTypes.WEBHOOK)
                ? List.of()
                : all.stream().filter(webhook -> webhook.wants(type, end)).toList();
    }
}
