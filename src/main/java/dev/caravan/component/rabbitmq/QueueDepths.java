package dev.caravan.component.rabbitmq;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;

/** What waits in the durable queues, by the last response of the broker. Thread-safe. */
public class QueueDepths {
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final AmqpAdmin admin;
    private final ReadyMessages ready;
    private volatile Sample sample = new Sample(null, List.of());
    private volatile boolean failed;
    /** When the request under way began; 0 if none is. */
    private volatile long askedNanos;

    /** @param ready counts the ready messages of an embedded broker; null if AMQP gives them */
    QueueDepths(AmqpAdmin admin, ReadyMessages ready) {
        this.admin = admin;
        this.ready = ready;
    }

    /**
     * A queue.
     *
     * @param messages ready, and not with a worker; of an embedded broker that another node has started, with a worker too
     * @param consumers on all nodes, of other services too
     */
    public record Depth(String name, long messages, int consumers) {}

    /**
     * A response of the broker.
     *
     * @param at its time; null before the first one
     */
    public record Sample(Instant at, List<Depth> queues) {
        /** The queue of this name, if the broker was asked for it. */
        public Optional<Depth> queue(String name) {
            return queues.stream().filter(depth -> depth.name().equals(name)).findFirst();
        }
    }

    /** The latest response. */
    public Sample latest() {
        return sample;
    }

    /** Whether the last request failed, or the one under way has had no response for five seconds. */
    public boolean isFailing() {
        long since = askedNanos;
        return failed || since != 0 && System.nanoTime() - since > SLOW_NANOS;
    }

    /**
     * Asks the broker.
     *
     * @return the names of the queues that are not there
     * @throws org.springframework.amqp.AmqpException if it does not respond
     */
    List<String> ask(List<String> names) {
        askedNanos = System.nanoTime() | 1; // never 0
        try {
            List<String> missing = read(names);
            failed = false;
            return missing;
        } catch (RuntimeException e) {
            failed = true;
            throw e;
        } finally {
            askedNanos = 0;
        }
    }

    private List<String> read(List<String> names) {
        List<Depth> depths = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String name : names) {
            QueueInformation info = admin.getQueueInfo(name);
            if (info == null) {
                missing.add(name);
            } else {
                long messages = ready == null ? info.getMessageCount() : ready.readyMessages(name);
                depths.add(new Depth(name, messages, info.getConsumerCount()));
            }
        }
        sample = new Sample(Instant.now(), List.copyOf(depths));
        return missing;
    }
}
