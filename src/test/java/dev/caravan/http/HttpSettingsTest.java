package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class HttpSettingsTest {

    @Test
    void hasDefaults() {
        HttpSettings settings = bind(Map.of());
        assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(75));
        assertThat(settings.bodyTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(settings.maxBody()).isEqualTo(DataSize.ofMegabytes(1));
        assertThat(settings.headers()).contains("Idempotency-Key").doesNotContain("Authorization", "Cookie");
    }

    @ParameterizedTest
    @CsvSource({
        "timeout, 0s",
        "timeout, -1s",
        "body-timeout, 0s",
        "max-body, 0B",
        "max-body, 2GB",
        "max-streams-per-user, -1",
        "headers, authorization",
        "headers, Cookie",
        "headers, cAmElHttpUri",
        "headers, org.apache.camel.x",
        "headers, not a name"
    })
    void refusesNonsense(String setting, String value) {
        assertThatThrownBy(() -> bind(Map.of("caravan.http." + setting, value)))
                .rootCause()
                .hasMessageContaining("caravan.http." + setting);
    }

    private static HttpSettings bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("caravan.http", HttpSettings.class);
    }
}
