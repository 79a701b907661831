package dev.caravan.observability;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whether and where traces go.
 *
 * @param enabled whether routes are traced
 * @param endpoint where spans are sent, by OTLP over HTTP
 * @param sampling part of the traces that begin here which is sent; 0 to 1
 */
@ConfigurationProperties("caravan.tracing")
record TracingSettings(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("http://localhost:4318/v1/traces") String endpoint,
        @DefaultValue("1.0") double sampling) {}
