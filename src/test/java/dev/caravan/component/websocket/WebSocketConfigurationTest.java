package dev.caravan.component.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.component.websocket.jetty.JettyServer;
import dev.caravan.component.websocket.sockjs.SockJs;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class WebSocketConfigurationTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConfigurationPropertiesAutoConfiguration.class))
            // Its own: meters in Micrometer's global one would take the place of those of the next test.
            .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
            .withUserConfiguration(WebSocketConfiguration.class, JettyServer.class, SockJs.class);

    @Test
    void givesTheComponentItsSettings() {
        runner.withPropertyValues("camel.component.websocket-jetty.max-posted-bytes=1000")
                .run(context -> assertThat(
                                context.getBean(WebSocketComponent.class).getMaxPostedBytes())
                        .isEqualTo(1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"max-connections=many", "post-timeout=soon", "max-posted-bytes=16MB"})
    void doesNotStartWithASettingThatCannotBeRead(String setting) {
        runner.withPropertyValues("camel.component.websocket-jetty." + setting)
                .run(context -> assertThat(context).hasFailed());
    }
}
