package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.Texts;
import dev.caravan.routes.recording.RecordedStep;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What exchanges do that come to routes of events, of the chat or of a destination. */
@Timeout(120)
class RouteRecorderTest {
    private final BlockingQueue<RouteRecording> stored = new LinkedBlockingQueue<>();
    private final DefaultCamelContext context = new DefaultCamelContext();
    private Recorder recorder;

    @BeforeEach
    void start() {
        context.disableJMX();
        RecorderSettings settings = Recorded.with(Map.of("sample", "1"));
        recorder = new Recorder(settings, "n1", true, recording -> {});
        context.getCamelContextExtension().addInterceptStrategy(recorder);
        context.addRoutePolicyFactory(new RouteRecorder(settings, "n1", recorder, stored::add));
        AggregationStrategy latest = (before, next) -> next;
        context.getRegistry().bind("latest", latest);
        context.start();
    }

    @AfterEach
    void stop() throws IOException {
        context.close();
    }

    private RouteRecording record(String steps) throws Exception {
        Texts.run(context, "events/a.camel.yaml", Texts.route("event-a", "direct:event-a", steps));
        try (ProducerTemplate producer = context.createProducerTemplate()) {
            producer.sendBody("direct:event-a", "a,b");
        }
        return stored.poll();
    }

    @Test
    void anExchangeThatBecameAPartOfItselfIsRecordedToItsEnd() throws Exception {
        RouteRecording recording = record(
                """
                split:
                            aggregationStrategy: "#latest"
                            expression:
                              tokenize: {token: ","}
                            steps:
                              - setBody: {simple: "${body}!"}
                        - log: "${body}\"""");
        assertThat(recording).isNotNull();
        assertThat(recording.steps())
                .extracting(RecordedStep::kind)
                .containsExactly("split", "setBody", "setBody", "log");
        assertThat(recording.steps()).extracting(RecordedStep::parent).containsExactly(null, 0, 0, null);
    }

    @Test
    void anExchangeWithoutItsPropertiesIsForgottenAtItsEnd() throws Exception {
        assertThat(record("removeProperties: {pattern: \"*\"}")).isNull();
        assertThat(recorder.running()).isEmpty();
    }
}
