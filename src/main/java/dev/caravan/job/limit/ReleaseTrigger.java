package dev.caravan.job.limit;

import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** Has the route {@code jobs-release} run at once, on another thread. Thread-safe. */
@Component
class ReleaseTrigger implements Runnable {
    private final ProducerTemplate producer;

    ReleaseTrigger(@Lazy ProducerTemplate producer) {
        this.producer = producer;
    }

    /** If that cannot be, the timer does it. */
    @Override
    public void run() {
        producer.asyncSend("direct:jobs-release", exchange -> {});
    }
}
