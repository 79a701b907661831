package dev.caravan.event;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.mockito.ArgumentMatchers;
import org.mockito.Mockito;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What a node has for events, without a broker. */
final class Events implements AutoCloseable {
    static final EventSettings SETTINGS =
            new Binder(new MapConfigurationPropertySource()).bindOrCreate("caravan.events", EventSettings.class);

    final EventQueues queues = Mockito.mock();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    final EventLog log = new EventLog(1000, 4_000_000, System::nanoTime);
    final EventKeys keys;
    final EventHub hub;

    /** @param graceMillis how long a key outlives its last subscriber */
    Events(long graceMillis) {
        Mockito.when(queues.bindKey(ArgumentMatchers.any())).thenReturn(CompletableFuture.completedFuture(true));
        keys = new EventKeys(queues, log, thread, graceMillis);
        hub = new EventHub(log, keys, new EventStreamSubscribers(log, keys, thread, "me", meters), thread, meters);
    }

    static Event event(String key, String text) {
        return new Event("id-" + text, key, Instant.EPOCH, text, text.length());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
