package dev.caravan.routes.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.caravan.routes.Texts;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.recording.RecordedStep;
import dev.caravan.routes.trial.TrialResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.unit.DataSize;

/** A message goes through a route file, and nothing of it goes out. */
@Timeout(120)
class TrialsTest {
    private static final Path SHIPPED = Path.of("src/main/resources/routes");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String ME = "ann";

    private final GenericApplicationContext application = new GenericApplicationContext();
    private final DefaultCamelContext running = new DefaultCamelContext();
    private Trials trials;

    @BeforeEach
    void start() throws Exception {
        Effects.COUNT.set(0);
        application.registerBean("effects", Effects.class);
        application.registerBean("greeter", Greeter.class);
        application.registerBean("gate", Gate.class);
        application.refresh();
        running.disableJMX();
        Properties properties = new Properties();
        properties.setProperty("greeting", "Hello");
        properties.setProperty("shop.password", "s3cret");
        properties.setProperty("shop.url", "redis://me:s3cret@shop/1");
        running.getPropertiesComponent().setInitialProperties(properties);
        running.addRoutesConfigurations(new RouteConfigurationBuilder() {
            @Override
            public void configuration() {
                routeConfiguration("propagate").errorHandler(noErrorHandler());
                routeConfiguration("again")
                        .onException(Exception.class)
                        .maximumRedeliveries(-1)
                        .redeliveryDelay(10)
                        .logRetryAttempted(false);
                routeConfiguration("counting")
                        .onException(Exception.class)
                        .logExhausted(false)
                        .bean("effects", "count");
            }
        });
        trials = trials(LONG, 2);
    }

    @AfterEach
    void stop() throws IOException {
        running.close();
        application.close();
    }

    private Trials trials(Duration timeout, int concurrent) {
        return trials(timeout, concurrent, DataSize.ofTerabytes(1));
    }

    private Trials trials(Duration timeout, int concurrent, DataSize memory) {
        return new Trials(
                running,
                application,
                new AllowedClasses(Set.of(Effects.class.getName())),
                new TrialSettings(
                        Set.of("greeter", "gate"),
                        timeout,
                        LONG,
                        concurrent,
                        50,
                        DataSize.ofKilobytes(64),
                        memory,
                        DataSize.ofKilobytes(64)));
    }

    @Test
    void runsAShippedHandler() throws Exception {
        TrialResult result = run(
                shipped("jobs/totals.camel.yaml"),
                TrialRequest.of(
                        "{\"csv\": \"city,amount\\nParis,3\\nOslo,4\\nParis,5\\n\", \"by\": \"city\", \"sum\": \"amount\"}"));
        assertThat(result.error()).isNull();
        assertThat(result.outcome()).isEqualTo(Outcome.ENDED);
        assertThat(result.body())
                .isEqualTo(
                        "[{\"city\":\"Oslo\",\"amount\":4,\"rows\":1},{\"city\":\"Paris\",\"amount\":8,\"rows\":2}]");
        assertThat(result.steps())
                .extracting(RecordedStep::kind)
                .containsExactly(
                        "unmarshal", "setVariable", "setVariable", "setBody", "unmarshal", "marshal", "setBody");
        String text = Files.readString(SHIPPED.resolve("jobs/totals.camel.yaml"));
        List<String> lines = text.lines().toList();
        assertThat(result.steps()).allSatisfy(step -> {
            assertThat(lines.get(step.line() - 1).strip()).isEqualTo("- " + step.kind() + ":");
            assertThat(step.micros()).isNotNegative();
            assertThat(step.route()).isEqualTo("job-totals");
        });
        assertThat(result.steps().get(3).before().type()).isEqualTo("LinkedTreeMap");
        assertThat(result.steps().get(3).after().body()).startsWith("city,amount");
        assertThat(result.calls()).isEmpty();
        assertThat(result.notTried()).isEmpty();
    }

    @Test
    void sendsNothingAndNotesWhatItWouldHaveSent() throws Exception {
        TrialResult result = run(shipped("jobs/hello.camel.yaml"), stubs(Map.of("spring-redis:*", "7")));
        assertThat(result.error()).isNull();
        assertThat(result.body()).isEqualTo("Hello.7");
        assertThat(result.log()).containsExactly("INFO Hello.7");
        assertThat(result.calls()).singleElement().satisfies(call -> {
            assertThat(call.target()).startsWith("spring-redis://jobs:6379?command=INCR");
            assertThat(call.stub()).isEqualTo("spring-redis:*");
            assertThat(call.message().headers()).containsEntry("CamelRedis.Key", "caravan:hello");
            assertThat(result.steps().get(call.step()).kind()).isEqualTo("to");
        });
    }

    @Test
    void followsALoopAndCallsNoRouteOfAnotherFile() throws Exception {
        TrialResult result = run(shipped("jobs/steps.camel.yaml"), TrialRequest.of("{\"steps\": 3, \"pause\": 1}"));
        assertThat(result.body()).isEqualTo("3 steps");
        assertThat(result.calls())
                .extracting(TrialCall::target)
                .containsExactly("direct://job-progress", "direct://job-progress", "direct://job-progress");
        assertThat(result.calls().get(2).message().headers()).containsEntry("progress", "100");
        RecordedStep loop = result.steps().get(2);
        assertThat(loop.kind()).isEqualTo("loop");
        assertThat(result.steps().get(3).parent()).isEqualTo(loop.number());
    }

    @Test
    void callsTheRoutesOfTheFile() throws Exception {
        TrialResult result = run(
                file(
                        """
                - route:
                    id: first
                    from:
                      uri: timer:tick
                      steps:
                        - to:
                            id: hand-over
                            uri: direct:second
                - route:
                    id: second
                    precondition: "{{nothing.of.the.kind:false}}"
                    from:
                      uri: direct:second
                      steps:
                        - setBody:
                            simple: "{{greeting}} ${body}"
                """),
                TrialRequest.of("you"));
        assertThat(result.error()).isNull();
        assertThat(result.body()).isEqualTo("Hello you");
        assertThat(result.steps())
                .extracting(RecordedStep::route, RecordedStep::id, RecordedStep::parent)
                .containsExactly(tuple("first", "hand-over", null), tuple("second", null, 0));
        assertThat(result.calls()).isEmpty();
    }

    @Test
    void leavesByNoStepThatNamesAnEndpoint() throws Exception {
        TrialResult result = run(
                route(
                        """
                - toD:
                    uri: spring-rabbitmq:${header.where}
                - wireTap:
                    uri: spring-rabbitmq:tap
                - recipientList:
                    simple: file:/tmp/one,http:two
                - routingSlip:
                    constant: platform-http:three
                - enrich:
                    constant: http:four
                - pollEnrich:
                    constant: file:/tmp/five
                    timeout: 10
                - to:
                    uri: exec:rm?password=s3cret
                """),
                new TrialRequest(null, "a", Map.of("where", "there"), Map.of("http:four", "an answer"), Map.of()));
        assertThat(result.error()).isNull();
        assertThat(result.calls())
                .extracting(TrialCall::target)
                .containsExactlyInAnyOrder(
                        "spring-rabbitmq://there",
                        "spring-rabbitmq://tap",
                        "file:///tmp/one",
                        "http://two",
                        "platform-http://three",
                        "http://four",
                        "file:///tmp/five",
                        "exec://rm?password=xxxxxx");
    }

    @Test
    void failsAsTheRequestSays() throws Exception {
        TrialResult result = run(
                route("- to: {uri: 'http:shop/orders'}"),
                new TrialRequest(null, "a", Map.of(), Map.of(), Map.of("http:*", "the shop is closed")));
        assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(result.error()).isEqualTo("the shop is closed");
        assertThat(result.steps().get(0).error()).isEqualTo("the shop is closed");
    }

    @Test
    void answersAsARecordingDidWhereNoPatternMatches() throws Exception {
        String steps =
                """
                - loop:
                    constant: 3
                    steps:
                      - to: {uri: 'http:shop/orders?password=s3cret&template=#one'}
                      - setHeader: {name: seen, simple: '${header.seen}${body}'}
                - to: {uri: 'http:stock'}
                - setBody: {simple: '${header.seen}${body}'}
                - to: {uri: 'http:broken'}
                """;
        TrialResult result = run(
                route(steps),
                new TrialRequest(
                        null,
                        "a",
                        Map.of(),
                        Map.of("http:stock", "stub"),
                        Map.of(),
                        List.of(
                                new TrialAnswer("http://shop/orders?template=%23one&password=xxxxxx", "1", null),
                                new TrialAnswer("http://stock", "not this one", null),
                                new TrialAnswer("http://shop/orders?template=%23one&password=xxxxxx", "2", null),
                                new TrialAnswer("http://broken", null, "it was broken"))));
        assertThat(result.error()).isEqualTo("it was broken");
        assertThat(result.calls())
                .extracting(TrialCall::stub)
                .containsExactly("recording", "recording", "recording", "http:stock", "recording");
        assertThat(result.calls().get(4).message().body()).isEqualTo("122stub");
    }

    @Test
    void callsOnlyTheBeansThatItMay() throws Exception {
        TrialResult result = run(
                route(
                        """
                - bean: {ref: greeter, method: greet}
                - bean: {ref: effects, method: count}
                - bean: {beanType: dev.caravan.routes.trial.TrialsTest$Effects, method: count}
                - to: {uri: 'bean:effects?method=count'}
                - setHeader: {name: a, simple: '${bean:effects.count}'}
                - setHeader: {name: b, simple: '${bean:greeter.greet}'}
                - setHeader: {name: c, method: {ref: effects, method: count}}
                - setHeader: {name: d, ref: effects}
                - filter:
                    method: {ref: effects, method: count}
                    steps:
                      - setBody: {constant: filtered}
                - setHeader: {name: e, simple: '${bean:type:dev.caravan.routes.trial.TrialsTest$Effects?method=count}'}
                """),
                stubs(Map.of("bean:effects.count", "9")));
        assertThat(result.error()).isNull();
        assertThat(Effects.COUNT).hasValue(0);
        assertThat(result.notTried())
                .contains("class:dev.caravan.routes.trial.TrialsTest$Effects.count")
                .doesNotContain("bean:effects.count");
        Map<String, String> headers =
                result.steps().get(result.steps().size() - 1).after().headers();
        assertThat(headers).containsEntry("a", "9").containsEntry("c", "9").containsEntry("b", "Hello 9");
    }

    @Test
    void callsNoLanguageThatCanNameAClass() throws Exception {
        RouteFile file = route("- setBody: {language: {language: groovy, expression: 'new File(body).delete()'}}");
        assertThat(run(file, stubs(Map.of("language:groovy", "42"))).body()).isEqualTo("42");
        TrialResult result = run(file, TrialRequest.of("/tmp/any"));
        assertThat(result.error()).isNull();
        assertThat(result.notTried()).containsExactly("language:groovy");
    }

    @Test
    void writesWhatItLogsIntoItsResult() throws Exception {
        TrialResult result = run(
                route(
                        """
                - to: {uri: 'log:first?showAll=true'}
                - log: {message: 'second ${body}', loggingLevel: DEBUG}
                """),
                TrialRequest.of("a"));
        assertThat(result.error()).isNull();
        assertThat(result.log()).hasSize(2).last().isEqualTo("DEBUG second a");
        assertThat(result.calls()).isEmpty();
    }

    @Test
    void leavesNoThreadBehind() throws Exception {
        RouteFile file = route(
                """
                - wireTap: {uri: 'http:tap'}
                - split:
                    tokenize: {token: ','}
                    parallelProcessing: true
                    steps:
                      - to: {uri: 'http:part'}
                """);
        for (int i = 0; i < 5; i++) {
            assertThat(run(file, TrialRequest.of("a,b,c")).error()).isNull();
        }
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name ->
                                name.contains("caravan-trial-") || name.contains("Split") || name.contains("WireTap")));
    }

    @Test
    void namesBeansThatItDidNotTry() throws Exception {
        TrialResult result = run(route("- bean: {ref: effects, method: count}"), TrialRequest.of("as it was"));
        assertThat(result.body()).isEqualTo("as it was");
        assertThat(result.notTried()).containsExactly("bean:effects.count");
        assertThat(Effects.COUNT).hasValue(0);
    }

    @Test
    void callsNoBeanOfAFailurePolicy() throws Exception {
        TrialResult result = run(
                file(
                        """
                - route:
                    id: first
                    routeConfigurationId: counting
                    from:
                      uri: direct:first
                      steps:
                        - throwException: {exceptionType: java.lang.IllegalStateException, message: no}
                """),
                TrialRequest.of("a"));
        assertThat(result.error()).isEqualTo("no");
        assertThat(Effects.COUNT).hasValue(0);
        assertThat(result.notTried()).containsExactly("bean:effects.count");
        assertThat(result.steps())
                .extracting(RecordedStep::kind, RecordedStep::line)
                .contains(tuple("throwException", 7));
    }

    @Test
    void hasNoWayToTheContextThatRuns() throws Exception {
        running.getGlobalOptions().put("which", "running");
        TrialResult result = run(
                route(
                        """
                - setHeader: {name: a, simple: '${camelContext.getGlobalOption(which)}'}
                - setHeader: {name: b, simple: '${ref:effects}'}
                - setHeader: {name: c, simple: '${properties:shop.password}'}
                """),
                TrialRequest.of("a"));
        assertThat(result.error()).isNull();
        assertThat(result.steps().get(2).after().headers())
                .doesNotContainEntry("a", "running")
                .containsEntry("b", "bean:effects")
                .containsEntry("c", "xxxxxx");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "simple: '{{shop.password}}'",
                "simple: '{{shop.api-key}}'",
                "simple: '{{sys:shop.api-key}}'",
                "simple: '${sys.shop.api-key}'",
                "simple: '${properties:shop.api-key}'"
            })
    void recordsNoSecret(String expression) throws Exception {
        System.setProperty("shop.api-key", "s3cret");
        try {
            assertThat(run(route("- setBody: {" + expression + "}"), TrialRequest.of("a"))
                            .body())
                    .isEqualTo("xxxxxx");
        } finally {
            System.clearProperty("shop.api-key");
        }
    }

    @Test
    void recordsNoPasswordInAUrl() throws Exception {
        assertThat(run(route("- setBody: {simple: '{{shop.url}}'}"), TrialRequest.of("a"))
                        .body())
                .isEqualTo("redis://me:xxxxxx@shop/1");
    }

    @Test
    void comparesWithASecretAndDoesNotTellIt() throws Exception {
        System.setProperty("shop.api-key", "s3cret");
        try {
            TrialResult result = run(
                    route(
                            """
                - filter:
                    simple: "${sys.shop.api-key} == 's3cret'"
                    steps:
                      - setBody: {constant: known}
                """),
                    TrialRequest.of("a"));
            assertThat(result.body()).isEqualTo("a");
        } finally {
            System.clearProperty("shop.api-key");
        }
    }

    @Test
    void givesJqAnEnvironmentWithoutSecrets() throws Exception {
        RouteFile file = route("- setBody: {jq: {expression: 'env | length', resultType: java.lang.String}}");
        assertThat(run(file, TrialRequest.of("{}")).body())
                .isEqualTo(Integer.toString(System.getenv().size()));
        assertThat(Secrets.hidden("SHOP_PASSWORD", "s3cret")).isEqualTo("xxxxxx");
        assertThat(Secrets.hidden("SHOP_URL", "amqps://me:s3cret@shop:1/x")).isEqualTo("amqps://me:xxxxxx@shop:1/x");
        assertThat(Secrets.hidden("PATH", "/bin")).isEqualTo("/bin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- setBody: {jq: '[range(1000000000000)]'}",
                "- setBody: {jq: '[range(1000000000000) | try . catch .] | length'}",
                "- loop: {constant: 1000000, steps: [{setVariable: {name: 'v${exchangeProperty.CamelLoopIndex}',"
                        + " simple: '${body} ${exchangeProperty.CamelLoopIndex}'}}]}"
            })
    void boundsMemory(String step) throws Exception {
        trials = trials(LONG, 1, DataSize.ofMegabytes(16));
        TrialResult result = run(route(step), TrialRequest.of("\"" + "a".repeat(10_000) + "\""));
        assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(result.error()).isEqualTo("allocates more than 16777216 bytes (caravan.routes.trial.max-memory)");
        assertPlaceIsFree();
    }

    @Test
    void endsAJqExpressionThatGoesOnForEver() throws Exception {
        trials = trials(Duration.ofMillis(1000), 1);
        TrialResult result =
                run(route("- setBody: {jq: 'reduce range(1000000000000000) as $i (0; . + 1)'}"), TrialRequest.of("{}"));
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertPlaceIsFree();
    }

    @Test
    void leavesWhatAJobWouldStore() throws Exception {
        assertThat(run(route("- setBody: {jq: '{a: [1, 2.5]}'}"), TrialRequest.of("{}"))
                        .body())
                .isEqualTo("{\"a\":[1,2.5]}");
        TrialResult large = run(route("- setBody: {simple: '${body}${body}'}"), TrialRequest.of("a".repeat(40 * 1024)));
        assertThat(large.error()).startsWith("the result is larger than");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void endsARouteThatGoesRoundForEver(String copy) throws Exception {
        trials = trials(Duration.ofMillis(1000), 1);
        RouteFile endless = route(
                """
                - loop:
                    doWhile: true
                    copy: %s
                    constant: true
                    steps:
                      - doTry:
                          steps:
                            - setBody: {constant: again}
                            - log: {message: again}
                          doCatch:
                            - exception: [java.lang.Throwable]
                              steps:
                                - setBody: {constant: caught}
                """
                        .formatted(copy));
        TrialResult result = run(endless, TrialRequest.of("a"));
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(result.error()).isEqualTo("took longer than 1000 ms");
        assertPlaceIsFree();
    }

    @Test
    void endsARouteThatIsTriedAgainForEver() throws Exception {
        trials = trials(Duration.ofMillis(1000), 1);
        TrialResult result = run(
                file(
                        """
                - route:
                    id: first
                    routeConfigurationId: again
                    from:
                      uri: direct:first
                      steps:
                        - throwException: {exceptionType: java.lang.IllegalStateException, message: no}
                """),
                TrialRequest.of("a"));
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertPlaceIsFree();
    }

    @Test
    void endsARouteThatWaits() throws Exception {
        trials = trials(Duration.ofMillis(1000), 1);
        TrialResult result = run(route("- delay: {constant: 3600000}"), TrialRequest.of("a"));
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertPlaceIsFree();
    }

    @Test
    void boundsTheRecording() throws Exception {
        TrialResult result = run(
                route(
                        """
                - loop:
                    constant: 300
                    steps:
                      - log: {message: again}
                """),
                TrialRequest.of("a"));
        assertThat(result.outcome()).isEqualTo(Outcome.ENDED);
        assertThat(result.steps()).hasSize(50);
        assertThat(result.moreSteps()).isEqualTo(251);
        assertThat(result.log()).hasSize(200);
    }

    @Test
    void boundsBodies() throws Exception {
        TrialResult result = run(
                route(
                        """
                - loop:
                    constant: 40
                    steps:
                      - setBody: {simple: '${body}${body}'}
                """),
                TrialRequest.of("0123456789"));
        assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(result.error()).contains("caravan.routes.trial.max-body");
        long recorded = result.steps().stream()
                .flatMap(step -> Stream.of(step.before(), step.after()))
                .filter(Objects::nonNull)
                .mapToLong(message -> message.body().length())
                .sum();
        assertThat(recorded).isLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void makesFewThreads() throws Exception {
        String bodies = String.join(",", Arrays.asList(new String[100]));
        int before = Thread.activeCount();
        AtomicInteger most = new AtomicInteger();
        Thread watching = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                most.accumulateAndGet(Thread.activeCount(), Math::max);
                Thread.onSpinWait();
            }
        });
        watching.start();
        TrialResult result = run(
                route(
                        """
                - split:
                    tokenize: {token: ','}
                    parallelProcessing: true
                    steps:
                      - delay: {constant: 5}
                """),
                TrialRequest.of(bodies));
        watching.interrupt();
        watching.join();
        assertThat(result.error()).isNull();
        assertThat(most.get() - before).isLessThan(40);
    }

    @Test
    void runsOneTrialOfAUserAndAFewOfAll() throws Exception {
        trials = trials(LONG, 1);
        RouteFile waits = route("- bean: {ref: gate, method: pass}");
        Gate gate = application.getBean(Gate.class);
        CompletableFuture<TrialResult> other = CompletableFuture.supplyAsync(() -> {
            try {
                return trials.run(ME, waits, TrialRequest.of("a"));
            } catch (TrialRefused | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(gate.reached.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        RouteFile file = route("- setBody: {constant: a}");
        assertThatExceptionOfType(TrialRefused.class)
                .isThrownBy(() -> trials.run(ME, file, TrialRequest.of("a")))
                .withMessageContaining("of yours");
        assertThatExceptionOfType(TrialRefused.class)
                .isThrownBy(() -> trials.run("ben", file, TrialRequest.of("a")))
                .withMessageContaining("caravan.routes.trial.concurrent");
        gate.open.countDown();
        assertThat(other.get(LONG.toSeconds(), TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.ENDED);
        assertPlaceIsFree();
    }

    private void assertPlaceIsFree() throws Exception {
        assertThat(run(route("- setBody: {constant: free}"), TrialRequest.of("a"))
                        .body())
                .isEqualTo("free");
    }

    /** As soon as the one before has left its place. */
    private TrialResult run(RouteFile file, TrialRequest request) throws Exception {
        TrialResult[] result = new TrialResult[1];
        await().pollInterval(Duration.ofMillis(1))
                .pollDelay(Duration.ZERO)
                .atMost(LONG)
                .ignoreException(TrialRefused.class)
                .until(() -> {
                    result[0] = trials.run(ME, file, request);
                    return true;
                });
        return result[0];
    }

    private static TrialRequest stubs(Map<String, String> stubs) {
        return new TrialRequest(null, "{}", Map.of(), stubs, Map.of());
    }

    private static RouteFile shipped(String name) throws Exception {
        return Texts.reader().read(name, Files.readAllBytes(SHIPPED.resolve(name)));
    }

    private static RouteFile route(String steps) throws RoutesRejected {
        return file(
                """
                - route:
                    id: tried
                    from:
                      uri: direct:tried
                      steps:
                """
                        + steps.stripTrailing().indent(8));
    }

    private static RouteFile file(String text) throws RoutesRejected {
        return Texts.reader(Effects.class.getName()).read("jobs/tried.camel.yaml", Texts.bytes(text));
    }

    /** What must not happen in a trial. */
    public static class Effects {
        static final AtomicInteger COUNT = new AtomicInteger();

        public int count() {
            return COUNT.incrementAndGet();
        }
    }

    public static class Gate {
        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);

        public void pass() throws InterruptedException {
            reached.countDown();
            open.await();
        }
    }

    public static class Greeter {
        public String greet(@Body String name) {
            return "Hello " + name;
        }
    }
}
