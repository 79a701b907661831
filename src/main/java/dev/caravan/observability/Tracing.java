package dev.caravan.observability;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.apache.camel.CamelContext;
import org.apache.camel.opentelemetry2.OpenTelemetryTracer;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Traces, off unless {@code caravan.tracing.enabled} is true: a span for each route and each endpoint that an exchange goes
 * through, from the request over the queue to the handler and Redis, sent by OTLP over HTTP in batches. A request with a
 * {@code traceparent} continues its trace here. A receiver that does not respond costs spans and nothing else.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("caravan.tracing.enabled")
@EnableConfigurationProperties(TracingSettings.class)
class Tracing {
    /** These fire every few moments, whether or not there is work, and would make most of the spans. */
    private static final String TIMERS = "timer:*,direct:nodes-*,batch:*";

    @Bean(destroyMethod = "close")
    SdkTracerProvider tracerProvider(TracingSettings settings, @Value("${caravan.node}") String node) {
        Attributes service = Attributes.of(
                AttributeKey.stringKey("service.name"), "caravan", AttributeKey.stringKey("service.instance.id"), node);
        return SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(service)))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.sampling())))
                .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
                                .setEndpoint(settings.endpoint())
                                .build())
                        .build())
                .build();
    }

    @Bean
    Tracer tracer(SdkTracerProvider provider) {
        return provider.get("caravan");
    }

    @Bean
    ContextPropagators propagators() {
        return ContextPropagators.create(W3CTraceContextPropagator.getInstance());
    }

    /** The tracer finds the two beans above by their types. */
    @Bean
    CamelContextConfiguration tracedRoutes(Tracer tracer, ContextPropagators propagators) {
        return new CamelContextConfiguration() {
            @Override
            public void beforeApplicationStart(CamelContext context) {
                OpenTelemetryTracer traced = new OpenTelemetryTracer();
                traced.setExcludePatterns(TIMERS);
                traced.init(context);
            }

            @Override
            public void afterApplicationStart(CamelContext context) {}
        };
    }
}
