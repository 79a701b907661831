package dev.caravan.gather;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Makes the component known to Camel, by the name of its bean. */
@Configuration(proxyBeanMethods = false)
class GatherConfiguration {
    /** Each Camel context gets its own: there is one more that tries routes out. */
    @Bean("gather")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    GatherComponent gather(ObjectProvider<MeterRegistry> registry) {
        return new GatherComponent(registry.getIfAvailable(() -> Metrics.globalRegistry));
    }
}
