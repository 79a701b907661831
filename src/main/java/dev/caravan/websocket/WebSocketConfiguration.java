package dev.caravan.websocket;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the component known to Camel, by the name of its bean, and its paths to Spring MVC. */
@Configuration(proxyBeanMethods = false)
class WebSocketConfiguration {
    @Bean("websocket-jetty")
    @ConfigurationProperties("camel.component.websocket-jetty")
    WebSocketComponent webSocketComponent(ObjectProvider<MeterRegistry> registry) {
        return new WebSocketComponent(new WebSocketMeters(registry.getIfAvailable(() -> Metrics.globalRegistry)));
    }

    @Bean
    WebSocketUpgrades webSocketUpgrades(WebSocketComponent component) {
        return new WebSocketUpgrades(component);
    }
}
