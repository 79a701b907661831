package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.TestRedis;
import dev.caravan.recorder.Recordings.Head;
import dev.caravan.routes.Texts;
import dev.caravan.routes.recording.RecordedStep;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where attempts and exchanges are that go on. */
@Timeout(120)
class LiveRecordingsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final RecorderSettings settings = Recorded.with(Map.of());
    private final CountDownLatch goOn = new CountDownLatch(1);
    private DefaultCamelContext context;
    private Recordings recordings;
    private LiveRecordings live;

    @BeforeEach
    void start() throws Exception {
        recordings = new Recordings(REDIS.template(), settings);
        Recorder recorder = new Recorder(settings, "n1", true, recordings::add);
        live = new LiveRecordings(recorder, recordings, settings);
        context = new DefaultCamelContext();
        context.disableJMX();
        context.getCamelContextExtension().addInterceptStrategy(recorder);
        context.addRoutePolicyFactory(new RouteRecorder(settings, "n1", recorder, recordings::add));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:jobs-attempt").routeId("jobs-attempt").toD("direct:job-${variable.type}");
                from("direct:job-slow")
                        .routeId("job-slow")
                        .setBody(constant("begun"))
                        .filter(body().isNotNull())
                        .id("around")
                        .process(exchange ->
                                assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue())
                        .id("here")
                        .end();
                from("direct:job-quick").routeId("job-quick").setBody(constant("done"));
            }
        });
        context.start();
    }

    @AfterEach
    void stop() throws IOException {
        goOn.countDown();
        context.close();
        recordings.destroy();
    }

    private CompletableFuture<Void> run(String type, int attempt) {
        REDIS.put("id", Map.of("state", "RUNNING", "attempt", Integer.toString(attempt)));
        Job job = new Job("id", type, "{}", "token", JobState.RUNNING, attempt, attempt - 1, 0, 0);
        return CompletableFuture.runAsync(() -> context.createFluentProducerTemplate()
                .to("direct:jobs-attempt")
                .withVariable("job", job)
                .withVariable("type", type)
                .send());
    }

    private Head head() {
        return recordings.heads(List.of("id")).get(0);
    }

    private JobRecording read(int attempt) {
        String found =
                recordings.read(List.of(JobRecording.place("id", attempt))).get(0);
        return Recording.of(found, JobRecording.class);
    }

    private List<JobRecording> newest() {
        return recordings.newest(JobRecording.group("slow"), JobRecording.class);
    }

    /** As it is shown. */
    private JobRecording awaitShown(int attempt) {
        await().until(() -> {
            live.show();
            return head().attempts().contains(attempt);
        });
        return read(attempt).as(head());
    }

    @Test
    void anAttemptThatTakesLongShowsInWhichStepItIs() {
        CompletableFuture<Void> running = run("slow", 1);
        JobRecording shown = awaitShown(1);
        assertThat(shown.running()).isTrue();
        assertThat(shown.timesOnly()).isTrue();
        assertThat(shown.node()).isEqualTo("n1");
        assertThat(shown.steps()).extracting(RecordedStep::kind).containsExactly("setBody", "filter", "process");
        assertThat(shown.steps()).extracting(step -> step.micros() != null).containsExactly(true, false, false);
        assertThat(newest()).as("not among those that have ended").isEmpty();
        String version = head().version();
        live.show();
        assertThat(head().version()).as("nothing has changed").isEqualTo(version);

        goOn.countDown();
        running.join();
        await().until(() -> !newest().isEmpty());
        assertThat(head().version()).isNotEqualTo(version);
        JobRecording ended = read(1).as(head());
        assertThat(ended.running()).isNull();
        assertThat(ended.lost()).isNull();
        assertThat(ended.error()).isNull();
        assertThat(ended.steps()).allMatch(step -> step.micros() != null);
        live.show();
        assertThat(read(1).running()).as("it is over").isNull();
    }

    @Test
    void whatEndsAtOnceIsNotShown() {
        run("quick", 1).join();
        live.show();
        assertThat(REDIS.template().keys("caravan:recording*")).isEmpty();
    }

    @Test
    void anAttemptWithMessagesIsShownWithThem() {
        run("slow", 2);
        JobRecording shown = awaitShown(2);
        assertThat(shown.timesOnly()).isNull();
        assertThat(shown.steps().get(0).after().body()).isEqualTo("begun");
        assertThat(shown.steps().get(2).after()).isNull();
    }

    @Test
    void anAttemptThatIsLostWritesOverNoOther() {
        CompletableFuture<Void> lost = run("slow", 1);
        awaitShown(1);
        CompletableFuture<Void> next = run("slow", 2);
        awaitShown(2);
        JobRecording shown = read(1).as(head());
        assertThat(shown.running()).as("the job has gone on without it").isNull();
        assertThat(shown.lost()).isTrue();
        String latest = recordings.read(List.of(head().place())).get(0);
        assertThat(Recording.of(latest, JobRecording.class).as(head()).running())
                .isTrue();

        REDIS.put("id", Map.of("state", "FINISHED", "attempt", "2"));
        assertThat(Recording.of(latest, JobRecording.class).as(head()).lost())
                .as("its worker has not told of its end")
                .isTrue();
        goOn.countDown();
        lost.join();
        next.join();
        await().until(() -> newest().size() == 2);
        assertThat(read(2).attempt()).isEqualTo(2);
        assertThat(head().attempts()).containsExactly(1, 2);
    }

    private List<RouteRecording> exchanges() {
        return recordings.newest(RouteRecording.group("event-slow"), RouteRecording.class);
    }

    @Test
    void anExchangeOfARouteShowsInWhichStepItIs() throws Exception {
        context.getRegistry().bind("wait", (Processor)
                exchange -> assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue());
        Texts.run(
                context,
                "events/slow.camel.yaml",
                Texts.route("event-slow", "direct:event-slow", "process: {ref: wait}"));
        CompletableFuture<Void> running = CompletableFuture.runAsync(() ->
                context.createFluentProducerTemplate().to("direct:event-slow").send());
        await().until(() -> {
            live.show();
            return !exchanges().isEmpty();
        });
        RouteRecording shown = exchanges().get(0);
        assertThat(shown.running()).isTrue();
        assertThat(shown.steps()).extracting(RecordedStep::micros).containsExactly((Long) null);
        assertThat(RouteRecordings.of(exchanges()).steps())
                .as("its times are not known")
                .isEmpty();
        assertThat(REDIS.template().getExpire(shown.place().key()))
                .as("gone soon after its node")
                .isBetween(1L, 30L);
        assertThat(recordings.versions(List.of(shown.place()))).doesNotContainNull();

        goOn.countDown();
        running.join();
        await().until(() -> exchanges().get(0).running() == null);
        RouteRecording ended = exchanges().get(0);
        assertThat(exchanges()).hasSize(1);
        assertThat(ended.id()).isEqualTo(shown.id());
        assertThat(ended.error()).isNull();
        assertThat(REDIS.template().getExpire(ended.place().key())).isGreaterThan(30);
    }

    @Test
    void aRedisThatIsAwayIsNoReasonToStop() {
        run("slow", 1);
        REDIS.stop();
        try {
            live.show();
        } finally {
            REDIS.start();
        }
        assertThat(goOn.getCount()).isEqualTo(1);
    }
}
