package dev.caravan.job;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.component.BodyText;
import dev.caravan.component.rabbitmq.NotConfirmed;
import dev.caravan.component.rabbitmq.TopologyMaintainer;
import dev.caravan.http.LimitExceeded;
import dev.caravan.job.batch.BatchStore;
import dev.caravan.job.limit.HeldJobs;
import dev.caravan.job.limit.JobLimits;
import dev.caravan.job.limit.PausedTypes;
import dev.caravan.job.limit.ReleasedJobs;
import dev.caravan.job.recovery.JobHandlers;
import dev.caravan.job.recovery.JobRecovery;
import dev.caravan.job.recovery.LostJobs;
import dev.caravan.job.recovery.ParkedJobs;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobList;
import dev.caravan.job.store.JobProgress;
import dev.caravan.job.store.JobStore;
import dev.caravan.job.store.PublishedJobs;
import dev.caravan.job.store.UniqueJobs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.RouteConfigurationsBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.ExpressionAdapter;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** The routes of jobs as they are in {@code routes/}, under the real failure policies; Redis and the broker are played. */
@Timeout(120)
class JobsRoutesTest {
    private static final Path FOLDER = Path.of("src/main/resources/routes/engine");
    private static final String ID = "0b4d3d4e-8a39-4d5e-9f53-1f3b2e6b7c11";
    private static final String MESSAGE = "{\"jobId\":\"" + ID + "\",\"type\":\"test\",\"payload\":{\"a\":1}}";
    private static final String WORKER_QUEUE = "direct:worker-queue";
    private static final Pattern JOBS = Pattern.compile("id: (jobs|status|topology)-");

    private final JobStore store = mock();
    private final JobRecovery recovery = mock();
    private final PublishedJobs published = mock();
    private JobAttempts attempts;
    private final ParkedJobs parked = mock();
    private final LostJobs lostJobs = mock();
    private final HeldJobs heldJobs = mock();
    private final UniqueJobs unique = mock();
    private final BatchMembers batchMembers = mock();
    private final JobSettings settings = Settings.with(Map.of(
            "queue", "worker", "again-queue", "again", "high-queue", "high", "low-queue", "low", "dead-queue", "dead"));
    private final JobSubmissions submissions = new JobSubmissions(settings, new JobTypes(new DefaultCamelContext()));
    /** The moves that the store was asked for, in their order. */
    private final List<JobTransition> moves = new CopyOnWriteArrayList<>();
    /** What the store answers instead of making a move. */
    private final Queue<RuntimeException> storeFailures = new ArrayDeque<>();

    private Function<JobTransition, TransitionResult> answers = move -> moved(move, true, move.to());
    private CamelContext context;
    private ProducerTemplate producer;
    private MockEndpoint workerQueue;
    private MockEndpoint againQueue;
    private MockEndpoint deadQueue;
    private MockEndpoint handler;

    @BeforeEach
    void start() throws Exception {
        when(store.write(any())).thenAnswer(call -> store(call.getArgument(0)));
        when(store.retryUntilStored(any())).thenAnswer(call -> store(call.getArgument(0)));
        when(store.withdraw(any())).thenAnswer(call -> {
            moves.add(call.getArgument(0));
            return CompletableFuture.completedFuture(null);
        });
        when(published.note(any())).thenReturn(CompletableFuture.completedFuture(null));
        when(recovery.requeued(any())).thenAnswer(call -> JobTransition.requeued(call.getArgument(0)));
        when(recovery.enqueued(any())).thenAnswer(call -> JobTransition.enqueued(call.getArgument(0)));
        when(recovery.expired(any()))
                .thenAnswer(call -> JobTransition.expired(call.getArgument(0), settings.retention()));

        context = new DefaultCamelContext();
        JobMessages messages = new JobMessages(settings);
        JobTypes types = new JobTypes(context);
        attempts = new JobAttempts(
                messages, types, new BodyText(context), new RunningAttempts(settings), settings, "node-1");
        context.getRegistry().bind("jobStore", store);
        context.getRegistry().bind("jobRecovery", recovery);
        when(parked.release(any())).thenAnswer(call -> call.getArgument(0));
        context.getRegistry().bind("parkedJobs", parked);
        PausedTypes paused = new PausedTypes(mock(StringRedisTemplate.class, RETURNS_DEEP_STUBS), types);
        context.getRegistry().bind("pausedTypes", paused);
        context.getRegistry().bind("heldJobs", heldJobs);
        context.getRegistry().bind("releasedJobs", new ReleasedJobs(store, messages, paused, settings));
        context.getRegistry().bind("jobLimits", mock(JobLimits.class));
        context.getRegistry().bind("jobIsLimited", (Predicate) exchange -> false);
        context.getRegistry().bind("jobHandlers", mock(JobHandlers.class));
        context.getRegistry().bind("jobTypes", types);
        context.getRegistry().bind("lostJobs", lostJobs);
        context.getRegistry().bind("jobSubmissions", submissions);
        context.getRegistry().bind("jobMessages", messages);
        context.getRegistry().bind("jobAttempts", attempts);
        JobExpressions expressions = new JobExpressions();
        context.getRegistry().bind("publishedJobs", published);
        context.getRegistry().bind("jobNeedsMessage", expressions.jobNeedsMessage());
        context.getRegistry().bind("uniqueJobs", unique);
        context.getRegistry().bind("jobIsUnique", expressions.jobIsUnique());
        context.getRegistry().bind("batchMembers", batchMembers);
        context.getRegistry().bind("batchStore", mock(BatchStore.class));
        context.getRegistry().bind("jobIsOfBatch", expressions.jobIsOfBatch());
        context.getRegistry().bind("jobHasKey", expressions.jobHasKey());
        context.getRegistry().bind("jobIsStarted", expressions.jobIsStarted());
        context.getRegistry().bind("jobIsReplayed", expressions.jobIsReplayed());
        context.getRegistry().bind("jobIsFailed", expressions.jobIsFailed());
        context.getRegistry().bind("jobIsClaimed", expressions.jobIsClaimed());
        context.getRegistry().bind("jobOfTransition", expressions.jobOfTransition());
        context.getRegistry().bind("typeOfJob", expressions.typeOfJob());
        context.getRegistry().bind("queueOfJob", expressions.queueOfJob(settings));
        context.getRegistry().bind("jobList", mock(JobList.class));
        context.getRegistry().bind("jobIndex", mock(JobIndex.class));
        context.getRegistry().bind("jobProgress", mock(JobProgress.class));
        context.getRegistry().bind("topologyMaintainer", mock(TopologyMaintainer.class));
        context.getCamelContextExtension()
                .addInterceptStrategy(new HandlerSteps(new StaticListableBeanFactory(Map.of("attempts", attempts))
                        .getBeanProvider(JobAttempts.class)));
        context.addComponent("confirmed", new Played("mock:"));
        context.addComponent("spring-rabbitmq", new Played(WORKER_QUEUE));
        context.addComponent("spring-redis", new Played("mock:redis"));
        context.getPropertiesComponent().setInitialProperties(properties());
        context.getPropertiesComponent().addPropertiesFunction(new EveryRole());
        context.addRoutesConfigurations(new JobFailurePolicies());
        context.addRoutesConfigurations((RouteConfigurationsBuilder)
                BeanUtils.instantiateClass(Class.forName("dev.caravan.routes.FailurePolicies")));
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (JOBS.matcher(Files.readString(file)).find()) {
                    PluginHelper.getRoutesLoader(context)
                            .loadRoutes(ResourceHelper.resolveResource(context, "file:" + file));
                }
            }
        }
        // What a role does by itself is started by the test that is about it.
        context.getCamelContextExtension().getContextPlugin(Model.class).getRouteDefinitions().stream()
                .filter(route -> route.getPrecondition() != null)
                .forEach(route -> route.setAutoStartup("false"));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:job-test")
                        .routeId("job-test")
                        .errorHandler(noErrorHandler())
                        .to("mock:handler")
                        .delay(new ExpressionAdapter() {
                            @Override
                            public Object evaluate(Exchange exchange) {
                                return exchange.getVariable("pause", 1, Integer.class);
                            }
                        })
                        .to("mock:after");
                from("direct:published").errorHandler(noErrorHandler()).toD("mock:${variable.queue}");
            }
        });
        context.start();
        context.getRouteController().startRoute("jobs-process");
        producer = context.createProducerTemplate();
        workerQueue = context.getEndpoint("mock:worker", MockEndpoint.class);
        againQueue = context.getEndpoint("mock:again", MockEndpoint.class);
        deadQueue = context.getEndpoint("mock:dead", MockEndpoint.class);
        handler = context.getEndpoint("mock:handler", MockEndpoint.class);
        handler.returnReplyBody(constantOf("Success"));
    }

    @AfterEach
    void stop() throws Exception {
        producer.close();
        context.close();
    }

    // jobs-submit

    @Test
    void aSubmissionIsStoredAndThenPublished() throws Exception {
        workerQueue.expectedMessageCount(1);
        workerQueue.whenAnyExchangeReceived(exchange -> assertThat(moves).hasSize(1));

        Exchange exchange = submit();

        assertThat(exchange.getException()).isNull();
        workerQueue.assertIsSatisfied();
        Job job = moves.get(0).job();
        assertThat(workerQueue.getExchanges().get(0).getMessage().getBody(String.class))
                .isEqualTo("{\"jobId\":\"" + job.id() + "\",\"type\":\"test\",\"payload\":{\"a\":1}}");
        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.QUEUED);
    }

    @Test
    void onlyASubmissionWithAUniqueKeyAsksWhichJobHasIt() {
        when(unique.reserve(any()))
                .thenAnswer(call -> new UniqueJobs.Reservation(
                        call.<JobTransition>getArgument(0).under("other"), true));
        submit();
        verify(unique, never()).reserve(any());

        Exchange exchange = producer.request("direct:jobs-submit", request -> {
            JobTransition submission =
                    submissions.read("test", null, null, null, "ada", JobOptions.of(Map.of("uniqueKey", "k")::get));
            request.setVariable("job", submission.job());
            request.getMessage().setBody(submission);
        });
        assertThat(moves).last().satisfies(move -> assertThat(move.job().id()).isEqualTo("other"));
        assertThat(exchange.getVariable("duplicate")).isEqualTo(true);
        assertThat(exchange.getVariable("job", Job.class).id()).isEqualTo("other");
    }

    @Test
    void aMemberOfABatchIsStoredOnlyOnceTheBatchHasTakenIt() {
        when(batchMembers.admit(any())).thenAnswer(call -> {
            assertThat(moves).isEmpty();
            return CompletableFuture.completedFuture(call.getArgument(0));
        });
        assertThat(submitTo("b-1").getException()).isNull();
        assertThat(moves).singleElement().satisfies(move -> assertThat(move.batch())
                .isEqualTo("b-1"));
        submit();
        verify(batchMembers, times(1)).admit(any());
    }

    @Test
    void whatABatchDoesNotTakeIsNeitherStoredNorWithdrawn() {
        when(batchMembers.admit(any()))
                .thenReturn(CompletableFuture.failedFuture(
                        new ResponseStatusException(HttpStatus.CONFLICT, "The batch is closed.")));

        assertThat(submitTo("b-1").getException()).isInstanceOf(ResponseStatusException.class);
        assertThat(moves).isEmpty();
    }

    @Test
    void aMemberThatIsNotStoredLeavesItsBatch() {
        JobTransition.Admission admission = new JobTransition.Admission("b-1", 7);
        when(batchMembers.admit(any()))
                .thenAnswer(call -> CompletableFuture.completedFuture(
                        call.<JobTransition>getArgument(0).admitted(admission)));
        when(batchMembers.leave(any(), any())).thenCallRealMethod();
        storeFailures.add(new DataAccessResourceFailureException("Redis is away"));

        assertThat(submitTo("b-1").getException()).isInstanceOf(DataAccessResourceFailureException.class);
        assertThat(moves).last().satisfies(move -> {
            assertThat(move.to()).isEqualTo(JobState.WITHDRAWN);
            assertThat(move.admission()).isEqualTo(admission);
        });
    }

    private Exchange submitTo(String batch) {
        return producer.request("direct:jobs-submit", request -> {
            JobTransition submission =
                    submissions.read("test", null, null, null, "ada", JobOptions.of(Map.of("batch", batch)::get));
            request.setVariable("job", submission.job());
            request.getMessage().setBody(submission);
        });
    }

    @Test
    void theQueueIsThatOfThePriorityThatIsStored() throws Exception {
        MockEndpoint high = context.getEndpoint("mock:high", MockEndpoint.class);
        workerQueue.expectedMessageCount(0);
        high.expectedMessageCount(2);
        answer(move -> {
            TransitionResult stored = moved(move, false, JobState.QUEUED);
            return new TransitionResult(
                    false,
                    stored.job().with(JobPriority.HIGH),
                    JobState.NEW,
                    0,
                    0,
                    "",
                    false,
                    false,
                    false,
                    Duration.ZERO,
                    Duration.ZERO);
        });
        submit();
        when(recovery.due())
                .thenReturn(List.of(job("timely", JobState.SCHEDULED).with(JobPriority.HIGH)))
                .thenReturn(List.of());
        context.getRouteController().startRoute("jobs-due");

        MockEndpoint.assertIsSatisfied(context, 10, SECONDS);
        assertThat(bodies(high).get(1)).contains("timely");
    }

    @Test
    void theConfirmedMessageOfAKeyIsNoted() {
        List<Integer> messages = new ArrayList<>();
        when(published.note(any())).thenAnswer(call -> {
            messages.add(workerQueue.getReceivedCounter());
            return CompletableFuture.completedFuture(null);
        });
        submit("key");
        submit(null);

        assertThat(messages).containsExactly(1);
        verify(published).note(moves.get(0).job());

        workerQueue.whenAnyExchangeReceived(exchange -> {
            throw new AmqpException("not confirmed");
        });
        submit("other");
        assertThat(messages).hasSize(1);
    }

    @Test
    void aKeyThatCameAgainPublishesOnlyAJobThatStillWaits() throws Exception {
        answer(move -> moved(move, false, JobState.FINISHED));
        workerQueue.expectedMessageCount(0);
        assertThat(submit().getException()).isNull();
        workerQueue.assertIsSatisfied();

        answer(move -> moved(move, false, JobState.QUEUED));
        workerQueue.expectedMessageCount(1);
        assertThat(submit().getException()).isNull();
        workerQueue.assertIsSatisfied();
    }

    @Test
    void aMessageThatIsNotConfirmedTakesTheJobBackAndTheCallerIsTold() {
        AmqpException failure = new AmqpException("not confirmed");
        workerQueue.whenAnyExchangeReceived(exchange -> {
            throw failure;
        });

        Exchange exchange = submit();

        assertThat(exchange.getException()).isSameAs(failure);
        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.QUEUED, JobState.WITHDRAWN);
        assertThat(moves)
                .extracting(move -> move.job().id())
                .containsOnly(moves.get(0).job().id());
    }

    @Test
    void aSubmissionThatFailsAlthoughAWorkerHasItsJobSaysSo() {
        workerQueue.whenAnyExchangeReceived(exchange -> {
            throw new AmqpException("not confirmed");
        });
        when(store.withdraw(any()))
                .thenAnswer(call -> CompletableFuture.completedFuture(moved(
                        JobTransition.started(job("1", JobState.NEW), "w", Duration.ofSeconds(1)),
                        false,
                        JobState.RUNNING)));
        assertThat(submit().getVariable("claimed", Boolean.class)).isTrue();

        when(store.withdraw(any()))
                .thenAnswer(call ->
                        CompletableFuture.completedFuture(moved(call.getArgument(0), true, JobState.WITHDRAWN)));
        assertThat(submit().getVariable("claimed", Boolean.class)).isFalse();
    }

    @Test
    void aWithdrawalIsKeptForAsLongAsTheMessageMayArrive() {
        Job job = job("1", JobState.NEW);
        Throwable unknown = new AmqpException("lost");
        Throwable unroutable = new NotConfirmed("no queue", false, null);

        assertThat(submissions.withdrawn(job, unknown).expiry()).isEqualTo(settings.keyRetention());
        assertThat(submissions.withdrawn(job, unroutable).expiry()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aJobThatIsNotStoredIsTakenBackAndNotPublished() throws Exception {
        storeFailures.add(new DataAccessResourceFailureException("Redis is away"));
        workerQueue.expectedMessageCount(0);

        Exchange exchange = submit();

        assertThat(exchange.getException()).isInstanceOf(DataAccessResourceFailureException.class);
        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.QUEUED, JobState.WITHDRAWN);
        workerQueue.assertIsSatisfied();
    }

    @Test
    void aJobThatIsRefusedIsNeitherPublishedNorTakenBack() throws Exception {
        workerQueue.expectedMessageCount(0);
        for (RuntimeException refusal : List.of(
                new LimitExceeded("The job was not accepted", 3, 3, Duration.ofSeconds(5)),
                new CompletionException(new IdempotencyKeyReused()))) {
            moves.clear();
            storeFailures.add(refusal);

            Exchange exchange = submit();

            assertThat(exchange.getException()).isNotNull();
            assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.QUEUED);
        }
        workerQueue.assertIsSatisfied();
    }

    @Test
    void aStepThatGoesOnOnAnotherThreadLogsForItsJob() throws Exception {
        List<String> seen = new ArrayList<>();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:job-elsewhere")
                        .routeId("job-elsewhere")
                        .errorHandler(noErrorHandler())
                        .setProperty("thread", () -> Thread.currentThread())
                        .delay(1)
                        .asyncDelayed()
                        .process(exchange -> {
                            assertThat(exchange.getProperty("thread")).isNotSameAs(Thread.currentThread());
                            seen.add(MDC.get(JobAttempts.MDC_JOB) + " " + MDC.get(JobAttempts.MDC_ATTEMPT));
                        })
                        .process(exchange -> seen.add(MDC.get(JobAttempts.MDC_TYPE)));
            }
        });

        assertThat(work("{\"jobId\":\"1\",\"type\":\"elsewhere\"}").getException())
                .isNull();

        assertThat(seen).containsExactly("1 1", "elsewhere");
        assertThat(MDC.get(JobAttempts.MDC_JOB)).isNull();
    }

    // jobs-replay

    @Test
    void aReplayedJobIsStoredAndThenItsMessageIsOnTheWorkerQueueWhateverBecomesOfIt() throws Exception {
        answer(move -> moved(move, true, JobState.QUEUED));
        workerQueue.expectedMessageCount(1);
        Job job = job("1", JobState.FAILED);
        assertThat(producer.requestBody("direct:jobs-replay", JobTransition.replayed(job, "ada")))
                .isInstanceOf(TransitionResult.class);
        workerQueue.assertIsSatisfied();

        workerQueue.whenAnyExchangeReceived(exchange -> {
            throw new AmqpException("not confirmed");
        });
        assertThat(producer.requestBody("direct:jobs-replay", JobTransition.replayed(job, "ada")))
                .isInstanceOf(TransitionResult.class);

        workerQueue.reset();
        workerQueue.expectedMessageCount(0);
        answer(move -> moved(move, false, JobState.FINISHED));
        producer.requestBody("direct:jobs-replay", JobTransition.replayed(job, "ada"));
        workerQueue.assertIsSatisfied();
    }

    // jobs-process, jobs-attempt, jobs-ended

    @Test
    void aJobIsStartedRunAndFinished() throws Exception {
        handler.expectedBodiesReceived("{\"a\":1}");
        deadQueue.expectedMessageCount(0);

        assertThat(work(MESSAGE).getException()).isNull();

        MockEndpoint.assertIsSatisfied(context);
        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.FINISHED);
        assertThat(moves.get(1).job().id()).isEqualTo(ID);
        assertThat(moves.get(1).job().attempt()).isEqualTo(1);
        assertThat(moves.get(1).field("result")).isEqualTo("Success");
    }

    @Test
    void anInterruptEndsTheWaitForAHandlerThatGoesOnWithoutAThread() throws Exception {
        Thread worker = Thread.currentThread();
        handler.whenExchangeReceived(1, exchange -> {
            exchange.setVariable("pause", 500);
            worker.interrupt();
        });

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.RETRYING);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aHandlerThatWasInterruptedHasFailed() {
        handler.whenExchangeReceived(1, exchange -> {
            throw new InterruptedException("of its own");
        });

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.RETRYING);
    }

    @Test
    void theHandlerOfAJobThatIsCancelledDoesNoFurtherStep() throws Exception {
        answer(move -> {
            TransitionResult result = moved(move, true, move.to());
            attempts.accept(result);
            return result;
        });
        MockEndpoint after = context.getEndpoint("mock:after", MockEndpoint.class);
        after.expectedMessageCount(0);
        deadQueue.expectedMessageCount(0);
        handler.whenExchangeReceived(1, exchange -> attempts.cancel(ID));

        assertThat(work(MESSAGE).getException()).isNull();

        MockEndpoint.assertIsSatisfied(context);
        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.CANCELLED);

        after.reset();
        after.expectedMessageCount(1);
        assertThat(work(MESSAGE).getException()).isNull();
        after.assertIsSatisfied();
    }

    @Test
    void noHeaderOfTheMessageReachesTheHandler() {
        Exchange exchange = producer.request(WORKER_QUEUE, message -> {
            message.getMessage().setBody(MESSAGE.getBytes());
            message.getMessage().setHeader("CamelRedis.Key", "hostile");
            message.getMessage().setHeader("Authorization", "secret");
        });

        assertThat(exchange.getException()).isNull();
        assertThat(handler.getExchanges().get(0).getMessage().getHeaders()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a,b",
                "Success), ${variable.job})",
                "${body}",
                "${exception}",
                "'quoted' \"twice\"",
                "#jobStore",
                "*",
                "java.lang.String.class",
                "{{caravan.jobs.queue}}",
                "{\"a\":\"(,)\"}",
                "true",
                "7",
                "  spaces  ",
                "${bean:jobStore?method=destroy}"
            })
    void aResultIsTextWhateverItSays(String result) {
        handler.returnReplyBody(constantOf(result));

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.FINISHED);
        assertThat(moves.get(1).field("result")).isEqualTo(result);
        verify(store, never()).destroy();
    }

    record Total(String city, int rows, java.time.Instant at) {}

    static Stream<Object[]> results() throws Exception {
        Map<String, Object> map = new java.util.LinkedHashMap<>();
        map.put("name", "x");
        map.put("rows", List.of(1, 2.5, true));
        return Stream.of(
                new Object[] {map, "{\"name\":\"x\",\"rows\":[1,2.5,true]}"},
                new Object[] {List.of(map), "[{\"name\":\"x\",\"rows\":[1,2.5,true]}]"},
                new Object[] {new Object[] {1, "a"}, "[1,\"a\"]"},
                new Object[] {
                    new Total("Oslo", 2, java.time.Instant.EPOCH),
                    "{\"city\":\"Oslo\",\"rows\":2,\"at\":\"1970-01-01T00:00:00Z\"}"
                },
                new Object[] {new com.fasterxml.jackson.databind.ObjectMapper().readTree("{\"a\": [1]}"), "{\"a\":[1]}"
                },
                new Object[] {com.google.gson.JsonParser.parseString("{\"a\": [1]}"), "{\"a\":[1]}"},
                new Object[] {"text {name=x}", "text {name=x}"},
                new Object[] {new StringBuilder("built"), "built"},
                new Object[] {12.50, "12.5"},
                new Object[] {new java.math.BigDecimal("1.10"), "1.10"},
                new Object[] {false, "false"},
                new Object[] {JobState.RUNNING, "RUNNING"},
                new Object[] {"héllo".getBytes(java.nio.charset.StandardCharsets.UTF_8), "héllo"},
                new Object[] {
                    new java.io.ByteArrayInputStream("héllo".getBytes(java.nio.charset.StandardCharsets.UTF_8)), "héllo"
                },
                new Object[] {new java.io.StringReader("read"), "read"});
    }

    @ParameterizedTest
    @MethodSource("results")
    void aResultThatIsAnObjectIsStoredAsJsonAndAnyOtherAsText(Object result, String stored) {
        handler.returnReplyBody(constantOf(result));

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves.get(1).field("result")).isEqualTo(stored);
    }

    @Test
    void aResultThatCannotBeJsonFailsTheJob() {
        Map<String, Object> itself = new java.util.HashMap<>();
        itself.put("self", itself);
        handler.returnReplyBody(constantOf(itself));

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves.get(1).to()).isEqualTo(JobState.FAILED);
        assertThat(moves.get(1).field("errorMessage")).contains("cannot be written as JSON");
    }

    @Test
    void aHandlerWithoutAnswerHasAnEmptyResult() {
        handler.returnReplyBody(constantOf(null));

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves.get(1).to()).isEqualTo(JobState.FINISHED);
        assertThat(moves.get(1).field("result")).isEmpty();
    }

    @Test
    void aHandlerThatThrowsIsTriedAgainLater() throws Exception {
        handler.whenAnyExchangeReceived(exchange -> {
            throw new java.io.IOException("no ${body}, (route)");
        });
        deadQueue.expectedMessageCount(0);

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.RETRYING);
        assertThat(moves.get(1).field("errorType")).isEqualTo("IOException");
        assertThat(moves.get(1).field("errorMessage")).isEqualTo("no ${body}, (route)");
        deadQueue.assertIsSatisfied();
    }

    @Test
    void aHandlerThatFailsByABrokerOrAStoreOfItsOwnIsTriedAgainLikeAnyOther() {
        handler.whenAnyExchangeReceived(exchange -> {
            throw new AmqpRejectAndDontRequeueException("thrown by the handler");
        });

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.RETRYING);
    }

    @Test
    void aJobThatFailedForGoodIsBuriedOnTheDeadQueue() throws Exception {
        handler.whenAnyExchangeReceived(exchange -> {
            throw new IllegalArgumentException("never");
        });
        deadQueue.expectedMessageCount(1);

        assertThat(work(MESSAGE).getException()).isNull();

        deadQueue.assertIsSatisfied();
        assertThat(deadQueue.getExchanges().get(0).getMessage().getBody(String.class))
                .contains(ID, "\"a\":1");
        assertThat(moves)
                .extracting(JobTransition::to)
                .containsExactly(JobState.RUNNING, JobState.FAILED, JobState.FAILED);
        assertThat(moves.get(2).isBurial()).isTrue();
    }

    @Test
    void aJobThatAnotherWorkerHasIsLeftToIt() throws Exception {
        answer(move -> moved(move, false, JobState.RUNNING));
        handler.expectedMessageCount(0);

        assertThat(work(MESSAGE).getException()).isNull();

        handler.assertIsSatisfied();
        assertThat(moves).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Success", "{}", "{\"jobId\":\"../x\"}"})
    void aMessageThatIsNoJobIsRejectedForGood(String body) {
        Exchange exchange = work(body);

        assertThat(exchange.getException()).isInstanceOf(AmqpRejectAndDontRequeueException.class);
        assertThat(moves).isEmpty();
        assertThat(handler.getExchanges()).isEmpty();
    }

    @Test
    void aJobWithoutHandlerWaitsAndItsMessageIsDone() {
        Exchange exchange = work(MESSAGE.replace("\"test\"", "\"gone\""));

        assertThat(exchange.getException()).isNull();
        assertThat(moves).singleElement().satisfies(move -> assertThat(move.isParked())
                .isTrue());
        assertThat(moves.get(0).job().id()).isEqualTo(ID);
        assertThat(handler.getExchanges()).isEmpty();
    }

    @Test
    void aJobWhoseHandlerIsStoppedWaits() throws Exception {
        context.getRouteController().stopRoute("job-test");

        assertThat(work(MESSAGE).getException()).isNull();

        assertThat(moves).singleElement().satisfies(move -> assertThat(move.isParked())
                .isTrue());
    }

    @Test
    void whatIsUnderTheKeyOfAJobButIsNoneRejectsItsMessage() {
        storeFailures.add(new InvalidJobMessage("Job:1 in Redis is not the hash of a job"));

        assertThat(work(MESSAGE).getException()).isInstanceOf(AmqpRejectAndDontRequeueException.class);
        assertThat(handler.getExchanges()).isEmpty();
    }

    @Test
    void aBurialThatIsNotConfirmedGivesTheMessageBack() {
        handler.whenAnyExchangeReceived(exchange -> {
            throw new IllegalArgumentException("never");
        });
        deadQueue.whenAnyExchangeReceived(exchange -> {
            throw new AmqpException("not confirmed");
        });

        assertThat(work(MESSAGE).getException()).isInstanceOf(AmqpException.class);

        assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.RUNNING, JobState.FAILED);
    }

    // jobs-release

    /** Else a worker could hold it again before it is QUEUED: then it would be QUEUED without a message. */
    @Test
    void aHeldJobWhoseTurnHasComeIsQueuedBeforeItsMessageIsAndOneThatWasCancelledHasNone() throws Exception {
        when(heldJobs.next())
                .thenReturn(List.of(job("next", JobState.HELD), job("cancelled", JobState.HELD)))
                .thenReturn(List.of());
        answer(move -> move.job().id().equals("next")
                ? moved(move, true, JobState.QUEUED)
                : moved(move, false, JobState.CANCELLED));
        againQueue.expectedMessageCount(1);
        againQueue.whenAnyExchangeReceived(exchange ->
                assertThat(moves).extracting(move -> move.job().id()).contains("next"));

        Exchange exchange = producer.request("direct:jobs-release", request -> {});

        assertThat(exchange.getException()).isNull();
        againQueue.assertIsSatisfied();
        assertThat(againQueue.getExchanges().get(0).getMessage().getBody(List.class))
                .singleElement()
                .asString()
                .contains("next");
        assertThat(moves).hasSize(2).allMatch(move -> move.to() == JobState.QUEUED);
    }

    // jobs-due, jobs-lost

    @Test
    void whatIsDueGoesBackToTheQueueAndFailedJobsToTheDeadOne() throws Exception {
        when(recovery.due())
                .thenReturn(List.of(
                        job("retry", JobState.RETRYING), job("dead", JobState.FAILED), job("silent", JobState.RUNNING)))
                .thenReturn(List.of());
        workerQueue.expectedMessageCount(0);
        againQueue.expectedMessageCount(2);
        deadQueue.expectedMessageCount(1);

        context.getRouteController().startRoute("jobs-due");

        MockEndpoint.assertIsSatisfied(context, 10, SECONDS);
        await().until(() -> moves.size() == 3);
        assertThat(bodies(againQueue))
                .anyMatch(body -> body.contains("retry"))
                .anyMatch(body -> body.contains("silent"));
        assertThat(bodies(deadQueue).get(0)).contains("\"dead\"");
        assertThat(moves)
                .extracting(JobTransition::to)
                .containsExactlyInAnyOrder(JobState.QUEUED, JobState.FAILED, JobState.QUEUED);
    }

    @Test
    void aJobWhoseTimeHasComeGoesToTheWorkerQueueAndOneThatHasWaitedForTooLongEnds() throws Exception {
        when(recovery.due())
                .thenReturn(List.of(job("timely", JobState.SCHEDULED), job("late", JobState.QUEUED)))
                .thenReturn(List.of());
        workerQueue.expectedMessageCount(1);
        againQueue.expectedMessageCount(0);

        context.getRouteController().startRoute("jobs-due");

        await().until(() -> moves.size() == 2);
        MockEndpoint.assertIsSatisfied(context, 10, SECONDS);
        assertThat(bodies(workerQueue).get(0)).contains("timely");
        assertThat(moves)
                .extracting(move -> move.job().id() + " " + move.to())
                .containsExactlyInAnyOrder("timely QUEUED", "late CANCELLED");
    }

    @Test
    void whatIsDueIsSentTogetherAndMoreFollowsAtOnce() throws Exception {
        List<Job> batch = IntStream.range(0, 200)
                .mapToObj(i -> job("job-" + i, JobState.RETRYING))
                .toList();
        Set<CompletableFuture<TransitionResult>> stored = ConcurrentHashMap.newKeySet();
        doAnswer(call -> {
                    CompletableFuture<TransitionResult> moved = new CompletableFuture<>();
                    stored.add(moved);
                    return moved;
                })
                .when(store)
                .write(any());
        when(recovery.due()).thenReturn(batch).thenReturn(List.of());
        when(recovery.more()).thenReturn(batch).thenReturn(List.of());

        context.getRouteController().startRoute("jobs-due");

        await("none waits for another").until(() -> stored.size() == 200);
        verify(recovery, never()).more();
        stored.forEach(moved -> moved.complete(null));
        await().until(() -> stored.size() == 400);
        verify(recovery, times(1)).due();
        stored.forEach(moved -> moved.complete(null));
        await().untilAsserted(() -> verify(recovery, atLeast(2)).due());
    }

    @Test
    void aBrokerThatIsAwayStopsNoTimer() throws Exception {
        when(recovery.due()).thenReturn(List.of(job("retry", JobState.RETRYING)));
        againQueue.whenExchangeReceived(1, exchange -> {
            throw new AmqpException("not confirmed");
        });

        context.getRouteController().startRoute("jobs-due");

        await().until(() -> moves.stream().anyMatch(move -> move.to() == JobState.QUEUED));
        assertThat(againQueue.getReceivedCounter()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void whatIsLostIsSentAgain() throws Exception {
        when(lostJobs.find()).thenReturn(List.of(job("lost", JobState.QUEUED))).thenReturn(List.of());
        againQueue.expectedMessageCount(1);

        context.getRouteController().startRoute("jobs-lost");

        MockEndpoint.assertIsSatisfied(context, 10, SECONDS);
        await().untilAsserted(
                        () -> assertThat(moves).extracting(JobTransition::to).containsExactly(JobState.QUEUED));
    }

    // status-withdraw-again

    @Test
    void pendingWithdrawalsAreRepeatedWhateverElseTheNodeDoes() throws Exception {
        context.getRouteController().startRoute("status-withdraw-again");

        await().untilAsserted(() -> verify(store, atLeast(1)).withdrawPending());
    }

    private Exchange submit() {
        return submit("key");
    }

    private Exchange submit(String key) {
        JobTransition submission =
                submissions.read("test", "application/json", "{\"a\":1}".getBytes(), key, "ada", JobOptions.NONE);
        return producer.request("direct:jobs-submit", exchange -> {
            exchange.setVariable("job", submission.job());
            exchange.getMessage().setBody(submission);
        });
    }

    private Exchange work(String body) {
        return producer.request(WORKER_QUEUE, exchange -> exchange.getMessage().setBody(body.getBytes()));
    }

    private void answer(Function<JobTransition, TransitionResult> other) {
        answers = other;
    }

    private CompletableFuture<TransitionResult> store(JobTransition move) {
        moves.add(move);
        RuntimeException failure = storeFailures.poll();
        return failure == null
                ? CompletableFuture.completedFuture(answers.apply(move))
                : CompletableFuture.failedFuture(failure);
    }

    private static TransitionResult moved(JobTransition move, boolean done, JobState state) {
        Job job = move.job();
        int attempt = move.starts() ? job.attempt() + 1 : job.attempt();
        return new TransitionResult(
                done,
                new Job(job.id(), job.type(), job.payload(), job.token(), state, attempt, job.failures(), 0, 0),
                job.state(),
                0,
                0,
                "",
                true,
                false,
                false,
                Duration.ZERO,
                Duration.ZERO);
    }

    private static Job job(String id, JobState state) {
        return new Job(id, "test", null, "token", state, 1, 1, 0, 0);
    }

    private static List<String> bodies(MockEndpoint endpoint) {
        List<String> bodies = new ArrayList<>();
        endpoint.getExchanges()
                .forEach(exchange -> bodies.add(exchange.getMessage().getBody(String.class)));
        return bodies;
    }

    private static Expression constantOf(Object value) {
        return new Expression() {
            @Override
            public <T> T evaluate(Exchange exchange, Class<T> type) {
                return type.cast(value);
            }
        };
    }

    private static Properties properties() {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "caravan.jobs.queue", "worker",
                "caravan.jobs.again-queue", "again",
                "caravan.jobs.high-queue", "high",
                "caravan.jobs.low-queue", "low",
                "caravan.jobs.dead-queue", "dead",
                "caravan.jobs.concurrency", "1",
                "caravan.jobs.prefetch", "1",
                "caravan.jobs.due-period", "100"));
        return properties;
    }

    /**
     * Stands in for a component: its endpoints are this one, or, for {@code mock:}, one for each routing key; for one that is
     * asked for with each message, {@code direct:published}.
     */
    private static final class Played extends DefaultComponent {
        private final String uri;

        Played(String uri) {
            this.uri = uri;
            setAutowiredEnabled(false);
        }

        /** Its options are not those of the component whose name it has. */
        @Override
        public PropertyConfigurer getComponentPropertyConfigurer() {
            return null;
        }

        @Override
        protected Endpoint createEndpoint(String from, String remaining, Map<String, Object> parameters) {
            Object key = parameters.get("routingKey");
            parameters.clear();
            boolean dynamic = String.valueOf(key).contains("${");
            return getCamelContext().getEndpoint(dynamic ? "direct:published" : uri.equals("mock:") ? uri + key : uri);
        }
    }

    /** No route starts by itself. */
    private static final class EveryRole implements PropertiesFunction {
        @Override
        public String getName() {
            return "role";
        }

        @Override
        public String apply(String role) {
            return "true";
        }
    }
}
