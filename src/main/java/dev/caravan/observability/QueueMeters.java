package dev.caravan.observability;

import dev.caravan.component.rabbitmq.QueueDepths;
import dev.caravan.component.rabbitmq.QueueDepths.Depth;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Messages and consumers of the queues, by the latest sample: no scrape waits for the broker. */
@Component
class QueueMeters implements MeterBinder {
    /** Resolved late: the connection to the broker has meters itself. */
    private final ObjectProvider<QueueDepths> depths;

    private final List<String> queues;

    QueueMeters(
            ObjectProvider<QueueDepths> depths,
            @Value("${caravan.jobs.queue}") String worker,
            @Value("${caravan.jobs.again-queue}") String again,
            @Value("${caravan.jobs.high-queue}") String high,
            @Value("${caravan.jobs.low-queue}") String low,
            @Value("${caravan.jobs.dead-queue}") String dead,
            @Value("${caravan.events.dead-queue}") String deadEvents) {
        this.depths = depths;
        this.queues = List.of(worker, again, high, low, dead, deadEvents);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (String queue : queues) {
            Gauge.builder("caravan.queue.messages", () -> value(queue, Depth::messages))
                    .tag("queue", queue)
                    .description("Messages that wait")
                    .register(registry);
            Gauge.builder("caravan.queue.consumers", () -> value(queue, Depth::consumers))
                    .tag("queue", queue)
                    .description("Consumers, on all nodes")
                    .register(registry);
        }
    }

    /** NaN as long as it is unknown: any number would be taken for one. */
    private double value(String queue, ToDoubleFunction<Depth> value) {
        QueueDepths known = depths.getObject();
        return known.isFailing()
                ? Double.NaN
                : known.latest().queue(queue).map(value::applyAsDouble).orElse(Double.NaN);
    }
}
