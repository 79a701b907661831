package dev.caravan.component.batch;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Registers the component with Camel, by the name of its bean. */
@Configuration(proxyBeanMethods = false)
class BatchConfiguration {
    /** Each Camel context gets its own: a second context validates routes. */
    @Bean("batch")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    BatchComponent batch(ObjectProvider<MeterRegistry> registry) {
        return new BatchComponent(registry.getIfAvailable(() -> Metrics.globalRegistry));
    }
}
