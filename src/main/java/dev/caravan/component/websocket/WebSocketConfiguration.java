package dev.caravan.component.websocket;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Makes the component known to Camel, by the name of its bean, and its paths to Spring MVC. */
@Configuration(proxyBeanMethods = false)
public class WebSocketConfiguration {
    @Bean
    WebSocketPaths webSocketPaths(ObjectProvider<MeterRegistry> registry) {
        return new WebSocketPaths(new WebSocketMeters(registry.getIfAvailable(() -> Metrics.globalRegistry)));
    }

    /** Each Camel context gets its own: there is one more that tries routes out. */
    @Bean("websocket-jetty")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    @ConfigurationProperties("camel.component.websocket-jetty")
    WebSocketComponent webSocketComponent(WebSocketPaths paths) {
        return new WebSocketComponent(paths);
    }

    /** Ends a start with settings that cannot be read: Camel would make a component of its own, with none of them. */
    @Bean
    SmartInitializingSingleton webSocketSettings(ObjectProvider<WebSocketComponent> components) {
        return components::getObject;
    }

    @Bean
    Admission webSocketAdmission(WebSocketPaths paths) {
        return new Admission(paths);
    }

    @Bean
    WebSocketUpgrades webSocketUpgrades(
            WebSocketPaths paths, Admission admission, WebSocketServer server, HttpFallback sockJs) {
        return new WebSocketUpgrades(paths, admission, server, sockJs);
    }
}
