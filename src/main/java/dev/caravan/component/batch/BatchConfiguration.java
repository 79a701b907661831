package dev.caravan.component.batch;

import dev.caravan.component.DaemonThreads;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Registers the component with Camel, by the name of its bean. */
@Configuration(proxyBeanMethods = false)
class BatchConfiguration {
    /**
     * Runs all batches of {@link Batcher} and what follows them, so that one thread goes from one to the next while it keeps
     * up. Requests that submit jobs begin there, too, so that those that arrive together are stored together. It may have many
     * threads: a step that somebody adds to such a route may block, or wait for another task.
     */
    @Bean(defaultCandidate = false) // Spring Boot still makes its own executor
    AdaptiveExecutor batchExecutor() {
        return new AdaptiveExecutor(1_000, Duration.ofMillis(2), new DaemonThreads("caravan-batch"));
    }

    /** Each Camel context gets its own: a second context validates routes. */
    @Bean("batch")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    BatchComponent batch(ObjectProvider<MeterRegistry> registry) {
        return new BatchComponent(registry.getIfAvailable(() -> Metrics.globalRegistry));
    }
}
