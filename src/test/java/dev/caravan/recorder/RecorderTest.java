package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.routes.recording.RecordedMessage;
import dev.caravan.routes.recording.RecordedProcessor;
import dev.caravan.routes.recording.RecordedStep;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The steps of an attempt, as they are recorded. */
@Timeout(120)
class RecorderTest {
    private final BlockingQueue<JobRecording> stored = new LinkedBlockingQueue<>();
    private DefaultCamelContext context;
    private Recorder recorder;

    @AfterEach
    void stop() throws IOException {
        context.close();
    }

    private void start(Map<String, String> settings) throws Exception {
        start(settings, stored::add);
    }

    private void start(Map<String, String> settings, Consumer<JobRecording> store) throws Exception {
        context = new DefaultCamelContext();
        context.disableJMX();
        recorder = new Recorder(Recorded.with(settings), "n1", true, store);
        context.getCamelContextExtension().addInterceptStrategy(recorder);
        context.getRegistry().bind("text", "a text");
        context.addRoutes(new Routes());
        context.start();
    }

    private static final class Routes extends RouteBuilder {
        @Override
        public void configure() {
            errorHandler(noErrorHandler());
            from("direct:jobs-attempt")
                    .routeId("jobs-attempt")
                    .doTry()
                    .toD("direct:job-${variable.type}")
                    .doCatch(Exception.class)
                    .setBody(simple("caught ${exception.message}"))
                    .end();
            from("direct:job-good")
                    .routeId("job-good")
                    .setHeader("Authorization", constant("Bearer s3cret"))
                    .id("authorize")
                    .split(body().tokenize(","))
                    .to("direct:part")
                    .end()
                    .setBody(constant("{\"done\":true,\"token\":\"s3cret\"}"))
                    .to("direct:job-part");
            from("direct:job-part").routeId("job-part").setBody(simple("${body}!"));
            from("direct:part").routeId("part").setBody(simple("${body}?"));
            from("direct:job-bad")
                    .routeId("job-bad")
                    .setBody(constant("before"))
                    .process(exchange -> {
                        throw new IllegalStateException("no password=s3cret here");
                    })
                    .setBody(constant("never"));
            from("direct:job-split")
                    .routeId("job-split")
                    .split(body().tokenize(","))
                    .stopOnException()
                    .filter(body().isEqualTo("b"))
                    .throwException(new IllegalStateException("not b"))
                    .end()
                    .end();
            from("direct:job-late")
                    .routeId("job-late")
                    .loop(21)
                    .choice()
                    .when(exchangeProperty("CamelLoopIndex").isEqualTo(20))
                    .throwException(new IllegalStateException("late"))
                    .otherwise()
                    .setBody(simple("${body}x"));
            from("direct:job-calls")
                    .routeId("job-calls")
                    .to("stub:one?password=s3cret")
                    .toD("stub:${body}")
                    .toD("direct:${body}")
                    .enrich("direct:three", (old, answer) -> old)
                    .enrich("direct:three")
                    .bean("text", "concat(${body})")
                    .setBody(simple("${body}"));
            from("direct:two").routeId("job-two").to("stub:within");
            from("direct:three").setBody(constant("3"));
            from("direct:job-odd")
                    .routeId("job-odd")
                    .setBody(exchange -> new Odd())
                    .setBody(constant("text"));
            from("direct:job-many")
                    .routeId("job-many")
                    .loop(20)
                    .setBody(simple("${body}xxxxxxxxxx"))
                    .end();
        }
    }

    @Test
    void whatAStepCallsIsRecorded() throws Exception {
        start(Map.of());
        run("calls", 2, "two");
        assertThat(recorded().steps())
                .extracting(RecordedStep::kind, RecordedStep::target)
                .containsExactly(
                        tuple("to", "stub://one?password=xxxxxx"),
                        tuple("toD", "stub://two"),
                        tuple("toD", null), // the step within is the call
                        tuple("to", "stub://within"),
                        tuple("enrich", null), // what the strategy left is not what the endpoint answered
                        tuple("enrich", "direct://three"),
                        tuple("bean", "bean:text.concat"),
                        tuple("setBody", null));
    }

    /** Nobody can have its text. */
    private static final class Odd {
        @Override
        public String toString() {
            throw new IllegalStateException("no text");
        }
    }

    private String run(String type, int attempt, String payload) {
        Job job = new Job("id-" + type, type, payload, "token", JobState.RUNNING, attempt, attempt - 1, 0, 0);
        Exchange done = context.createFluentProducerTemplate()
                .to("direct:jobs-attempt")
                .withVariable("job", job)
                .withVariable("type", type)
                .withBody(payload)
                .send();
        assertThat(done.getException()).isNull();
        assertThat(done.getProperties().keySet()).noneMatch(name -> name.startsWith("CaravanRecord"));
        return done.getMessage().getBody(String.class);
    }

    private JobRecording recorded() throws InterruptedException {
        JobRecording recording = stored.poll(30, TimeUnit.SECONDS);
        assertThat(recording).isNotNull();
        return recording;
    }

    @Test
    void eachStepOfAHandlerAndOfItsRoutesIsRecorded() throws Exception {
        start(Map.of());
        run("good", 2, "a,b");
        JobRecording recording = recorded();
        assertThat(recording.jobId()).isEqualTo("id-good");
        assertThat(recording.type()).isEqualTo("good");
        assertThat(recording.attempt()).isEqualTo(2);
        assertThat(recording.node()).isEqualTo("n1");
        assertThat(recording.error()).isNull();
        assertThat(recording.moreSteps()).isZero();
        // Routes that are in no file are recorded if they are handlers.
        assertThat(recording.steps())
                .extracting(RecordedStep::route, RecordedStep::kind, RecordedStep::id, RecordedStep::parent)
                .containsExactly(
                        tuple("job-good", "setHeader", "authorize", null),
                        tuple("job-good", "split", null, null),
                        tuple("job-good", "to", null, 1),
                        tuple("job-good", "to", null, 1),
                        tuple("job-good", "setBody", null, null),
                        tuple("job-good", "to", null, null),
                        tuple("job-part", "setBody", null, 5));
        RecordedStep first = recording.steps().get(0);
        assertThat(first.before()).isEqualTo(new RecordedMessage("a,b", "String", false, Map.of()));
        assertThat(first.after().headers()).containsExactly(Map.entry("Authorization", "xxxxxx"));
        assertThat(recording.steps().get(2).before().body()).isEqualTo("a");
        assertThat(recording.steps().get(3).after().body()).isEqualTo("b?");
        assertThat(recording.steps().get(4).after().body()).isEqualTo("{\"done\":true,\"token\":\"xxxxxx\"}");
        assertThat(recording.steps()).allSatisfy(step -> {
            assertThat(step.micros()).isNotNegative().isLessThanOrEqualTo(recording.micros());
            assertThat(step.line()).isNull();
        });
        assertThat(recording.json())
                .contains("\"jobId\":\"id-good\"", "\"startedAt\":\"20")
                .doesNotContain("null", "s3cret");
    }

    @Test
    void theStepThatFailsHasItsErrorAndTheAttemptToo() throws Exception {
        start(Map.of());
        assertThat(run("bad", 2, "{}")).isEqualTo("caught no password=s3cret here");
        JobRecording recording = recorded();
        assertThat(recording.error()).isEqualTo("no password=xxxxxx here");
        assertThat(recording.steps())
                .extracting(RecordedStep::kind, RecordedStep::error)
                .containsExactly(tuple("setBody", null), tuple("process", "no password=xxxxxx here"));
        assertThat(recording.steps().get(1).before().body()).isEqualTo("before");
    }

    @Test
    void aFirstAttemptThatFailsHasTheTimesOfItsStepsAndTheMessageOfTheOneThatFailed() throws Exception {
        start(Map.of());
        run("part", 1, "a");
        run("bad", 1, "{}");
        JobRecording recording = recorded();
        assertThat(stored).as("what ends well").isEmpty();
        assertThat(recording.attempt()).isEqualTo(1);
        assertThat(recording.timesOnly()).isTrue();
        assertThat(recording.error()).isEqualTo("no password=xxxxxx here");
        assertThat(recording.steps())
                .extracting(RecordedStep::kind, RecordedStep::error)
                .containsExactly(tuple("setBody", null), tuple("process", "no password=xxxxxx here"));
        assertThat(recording.steps().get(0).after()).isNull();
        assertThat(recording.steps().get(1).after().body()).isEqualTo("before");
        assertThat(recording.json()).contains("\"timesOnly\":true").doesNotContain("\"before\":", "s3cret");
    }

    @Test
    void whatFailedInACopyIsShownWhereItFailed() throws Exception {
        start(Map.of());
        run("split", 1, "a,b,c");
        JobRecording recording = recorded();
        assertThat(recording.steps())
                .extracting(RecordedStep::kind, RecordedStep::parent, step -> step.error() != null)
                .containsExactly(
                        tuple("split", null, true),
                        tuple("filter", 0, false),
                        tuple("filter", 0, true),
                        tuple("throwException", 2, true));
        assertThat(recording.steps())
                .extracting(step -> step.after() == null ? null : step.after().body())
                .containsExactly(null, null, null, "b");
    }

    @Test
    void ofManyStepsTheLatestAreThereIfTheyHaveNoMessages() throws Exception {
        start(Map.of("max-steps", "7"));
        run("late", 1, "");
        JobRecording recording = recorded();
        assertThat(recording.steps()).hasSizeLessThanOrEqualTo(7);
        assertThat(recording.steps().size() + recording.moreSteps()).isEqualTo(43);
        assertThat(recording.steps().get(0).kind()).as("it has not ended").isEqualTo("loop");
        RecordedStep last = recording.steps().get(recording.steps().size() - 1);
        assertThat(last.kind()).isEqualTo("throwException");
        assertThat(last.after().body()).isEqualTo("x".repeat(20));
    }

    @Test
    void failuresThatAreTooManyAreCountedAndThoseThatAreNotRecordedAreNot() throws Exception {
        start(Map.of("per-second", "1"));
        for (int i = 0; i < 50; i++) {
            run("bad", 1, "{}");
        }
        assertThat(stored.size() + recorder.tooMany()).isEqualTo(50);
        assertThat(recorder.tooMany()).isPositive();
        context.close();

        stored.clear();
        start(Map.of("errors", "false"));
        run("bad", 1, "{}");
        assertThat(stored).isEmpty();
        assertThat(recorder.tooMany()).isZero();
    }

    @Test
    void aFirstAttemptIsRecordedIfItIsSampledAndNothingElseOfIt() throws Exception {
        start(Map.of("sample", "2"));
        run("part", 1, "a");
        run("part", 1, "b");
        run("part", 1, "c");
        assertThat(List.of(recorded(), recorded()))
                .extracting(one -> one.steps().get(0).before().body())
                .containsExactly("a", "c");
        assertThat(stored).isEmpty();
    }

    @Test
    void aRecordingHasItsBounds() throws Exception {
        start(Map.of("max-steps", "7", "max-body", "8B", "max-recording", "60B"));
        run("many", 2, "");
        JobRecording recording = recorded();
        assertThat(recording.steps()).hasSize(7);
        assertThat(recording.moreSteps()).isEqualTo(14);
        assertThat(recording.steps().get(1).after())
                .isEqualTo(new RecordedMessage("xxxxxxxx", "String", true, Map.of()));
        assertThat(recording.steps().stream()
                        .mapToInt(step -> step.before().body().length()
                                + step.after().body().length())
                        .sum())
                .isLessThanOrEqualTo(60);
    }

    @Test
    void aBodyThatHasNoTextFailsNothing() throws Exception {
        start(Map.of());
        assertThat(run("odd", 2, "{}")).isEqualTo("text");
        assertThat(recorded().steps().get(0).after().body()).isEqualTo("(cannot be shown: IllegalStateException)");
    }

    @Test
    void anAttemptDoesNotFailForItsRecording() throws Exception {
        start(Map.of(), recording -> {
            throw new IllegalStateException("the node stops");
        });
        assertThat(run("part", 2, "a")).isEqualTo("a!");
        assertThat(run("bad", 2, "{}")).isEqualTo("caught no password=s3cret here");
    }

    @Test
    void nothingIsWrappedIfNothingIsRecorded() throws Exception {
        start(Map.of("retries", "false", "errors", "false"));
        run("bad", 2, "{}");
        assertThat(stored).isEmpty();

        Processor target = exchange -> {};
        assertThat(wrapped(new Recorder(Recorded.with(Map.of("types", "")), "n1", true, stored::add), target))
                .isSameAs(target);
        assertThat(wrapped(new Recorder(Recorded.with(Map.of("routes", "")), "n1", true, stored::add), target))
                .isInstanceOf(RecordedProcessor.class);
        assertThat(wrapped(new Recorder(Recorded.with(Map.of()), "n1", false, stored::add), target))
                .as("not on a node that runs no jobs")
                .isSameAs(target);
        assertThat(wrapped(new Recorder(Recorded.with(Map.of()), "n1", true, stored::add), target))
                .isInstanceOf(RecordedProcessor.class);
    }

    private Processor wrapped(Recorder recorder, Processor target) {
        NamedNode step = context.getRouteDefinition("job-part").getOutputs().get(0);
        return recorder.wrapProcessorInInterceptors(context, step, target, null);
    }
}
