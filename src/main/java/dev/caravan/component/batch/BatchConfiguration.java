package dev.caravan.component.batch;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Makes the component known to Camel, by the name of its bean. */
@Configuration(proxyBeanMethods = false)
class BatchConfiguration {
    /** Each Camel context gets its own: there is one more that tries routes out. */
    @Bean("batch")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    BatchComponent gather(ObjectProvider<MeterRegistry> registry) {
        return new BatchComponent(registry.getIfAvailable(() -> Metrics.globalRegistry));
    }
}
