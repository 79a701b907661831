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

/** What waits in the queues of jobs, by the sample that is there: no scrape waits for the broker. */
@Component
class QueueMeters implements MeterBinder {
    /** Asked late: the connection to the broker has meters itself. */
    private final ObjectProvider<QueueDepths> depths;

    private final List<String> queues;

    QueueMeters(
            ObjectProvider<QueueDepths> depths,
            @Value("${caravan.jobs.queue}") String worker,
            @Value("${caravan.jobs.dead-queue}") String dead,
            @Value("${caravan.events.dead-queue}") String deadEvents) {
        this.depths = depths;
        this.queues = List.of(worker, dead, deadEvents);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (String queue : queues) {
            gauge(registry, queue, "messages", "Messages that wait", Depth::messages);
            gauge(registry, queue, "consumers", "Consumers, on all nodes", Depth::consumers);
        }
    }

    /** Not a number while it is not known: a number would be taken for one. */
    private void gauge(
            MeterRegistry registry, String queue, String what, String description, ToDoubleFunction<Depth> value) {
        Gauge.builder("caravan.queue." + what, () -> value(queue, value))
                .tag("queue", queue)
                .description(description)
                .register(registry);
    }

    private double value(String queue, ToDoubleFunction<Depth> value) {
        QueueDepths known = depths.getObject();
        return known.isFailing()
                ? Double.NaN
                : known.latest().queues().stream()
                        .filter(depth -> depth.name().equals(queue))
                        .mapToDouble(value)
                        .findFirst()
                        .orElse(Double.NaN);
    }
}
