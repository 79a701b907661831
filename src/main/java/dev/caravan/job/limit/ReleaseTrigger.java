package dev.caravan.job.limit;

import java.util.concurrent.CompletableFuture;
import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** Has the route {@code jobs-release} run at once, on another thread. Thread-safe. */
@Component
class ReleaseTrigger {
    private final ProducerTemplate producer;

    ReleaseTrigger(@Lazy ProducerTemplate producer) {
        this.producer = producer;
    }

    /** Returns whether the route has run to its end. If not, the timer runs it. */
    CompletableFuture<Boolean> run() {
        try {
            return producer.asyncSend("direct:jobs-release", exchange -> {})
                    .handle((exchange, failure) -> failure == null && exchange.getException() == null);
        } catch (RuntimeException e) { // this node stops
            return CompletableFuture.completedFuture(false);
        }
    }
}
