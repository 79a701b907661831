package dev.caravan.component.websocket;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Registers the component with Camel, by the name of its bean, and its paths with Spring MVC. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WebSocketThreads.class)
public class WebSocketConfiguration {
    @Bean
    WebSocketPaths webSocketPaths(ObjectProvider<MeterRegistry> registry) {
        return new WebSocketPaths(new WebSocketMeters(registry.getIfAvailable(() -> Metrics.globalRegistry)));
    }

    /** Each Camel context gets its own: a second context validates routes. */
    @Bean("websocket-jetty")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    @ConfigurationProperties("camel.component.websocket-jetty")
    WebSocketComponent webSocketComponent(
            WebSocketPaths paths, @Qualifier("webSocketExecutor") AdaptiveExecutor executor) {
        return new WebSocketComponent(paths, executor);
    }

    /** Runs the routes of all connections; a {@code batch:} route may share it with {@code executor=#webSocketExecutor}. */
    @Bean(defaultCandidate = false) // Spring Boot still makes its own executor
    AdaptiveExecutor webSocketExecutor(WebSocketThreads settings) {
        return new AdaptiveExecutor(settings.threads(), Duration.ofMillis(5), new DaemonThreads("websocket"));
    }

    /** Stops the start if a setting is invalid: Camel would silently make a component with defaults. */
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
