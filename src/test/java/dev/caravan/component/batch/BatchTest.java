package dev.caravan.component.batch;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.DaemonThreads;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ExceptionHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class BatchTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final MeterRegistry registry = new SimpleMeterRegistry();
    /** Batches as they came to the route. */
    private final Queue<List<Object>> batches = new ConcurrentLinkedQueue<>();
    /** What the route does with a batch. */
    private volatile Step step = batch -> {};

    private final AdaptiveExecutor turns = new AdaptiveExecutor(4, Duration.ofMillis(5), new DaemonThreads("turns"));

    private DefaultCamelContext camel;
    private ProducerTemplate producer;

    private interface Step {
        void work(List<Object> batch) throws Exception;
    }

    @BeforeEach
    void open() {
        camel = new DefaultCamelContext();
        camel.addComponent("batch", new BatchComponent(registry));
        camel.getShutdownStrategy().setTimeout(2);
        camel.getRegistry().bind("turns", turns);
        camel.start();
        producer = camel.createProducerTemplate();
    }

    @AfterEach
    void close() throws Exception {
        step = batch -> {};
        turns.close();
        camel.close();
    }

    private void route(String options) throws Exception {
        route("batched", options);
    }

    @SuppressWarnings("unchecked")
    private void route(String id, String options) throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("batch:test" + options)
                        .routeId(id)
                        .errorHandler(noErrorHandler())
                        .process(exchange -> {
                            List<Object> batch = exchange.getMessage().getBody(List.class);
                            batches.add(batch);
                            step.work(batch);
                        });
            }
        });
    }

    private void add(Object body) {
        producer.sendBody("batch:test", body);
    }

    private List<Object> all() {
        List<Object> all = new ArrayList<>();
        batches.forEach(all::addAll);
        return all;
    }

    private void awaitAll(Object... expected) {
        await().atMost(SOON).untilAsserted(() -> assertThat(all()).containsExactly(expected));
    }

    private double waiting() {
        return registry.get("caravan.batch.waiting").tag("name", "test").gauge().value();
    }

    /** A step that waits until it is let go, and can be seen waiting. */
    private static final class Gate implements Step {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        @Override
        public void work(List<Object> batch) throws InterruptedException {
            reached.countDown();
            open.await();
        }
    }

    private Gate hold(Object first) throws InterruptedException {
        Gate gate = new Gate();
        step = gate;
        add(first);
        assertThat(gate.reached.await(10, SECONDS)).isTrue();
        return gate;
    }

    // Batches

    @Test
    void whatComesWhileABatchIsWorkedIsTheNextOneInItsOrder() throws Exception {
        route("");
        Gate gate = hold(0);
        IntStream.range(1, 10).forEach(this::add);
        gate.open.countDown();

        awaitAll(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(batches).hasSize(2);
    }

    @Test
    void aBatchIsNoLargerThanItsSize() throws Exception {
        route("?size=4");
        Gate gate = hold(0);
        IntStream.range(1, 10).forEach(this::add);
        gate.open.countDown();

        awaitAll(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(batches).extracting(List::size).containsExactly(1, 4, 4, 1);
    }

    @Test
    void theElementsOfACollectionAreGatheredOneByOneAndNothingIsNothing() throws Exception {
        add(List.of("a", "b"));
        add(List.of());
        producer.sendBody("batch:test", null);
        add("c");
        route("");

        awaitAll("a", "b", "c");
        assertThat(batches).hasSize(1);
    }

    @Test
    void theOrderOfEachSenderIsKept() throws Exception {
        route("?size=7&capacity=20");
        List<Thread> senders = new ArrayList<>();
        for (String sender : List.of("a", "b", "c")) {
            Thread thread = new Thread(() -> IntStream.range(0, 300).forEach(i -> add(sender + i)));
            thread.start();
            senders.add(thread);
        }
        for (Thread sender : senders) {
            sender.join();
        }
        await().atMost(SOON).until(() -> all().size() == 900);
        for (String sender : List.of("a", "b", "c")) {
            assertThat(all().stream().filter(one -> one.toString().startsWith(sender)))
                    .containsExactlyElementsOf(IntStream.range(0, 300)
                            .mapToObj(i -> (Object) (sender + i))
                            .toList());
        }
    }

    @Test
    void batchesBeginNoSoonerThanThePeriodSays() throws Exception {
        List<Long> begins = new ArrayList<>();
        step = batch -> begins.add(System.nanoTime());
        route("?period=150");
        add(1);
        await().atMost(SOON).until(() -> begins.size() == 1);
        add(2);
        await().atMost(SOON).until(() -> begins.size() == 2);

        assertThat(begins.get(1) - begins.get(0)).isGreaterThanOrEqualTo(MILLISECONDS.toNanos(140));
    }

    @Test
    void aLoneOneDoesNotWaitForThePeriod() throws Exception {
        route("?period=60000");
        add(1);

        awaitAll(1);
    }

    // With an executor

    @Test
    void theExecutorProcessesABatchAfterTheTasksThatItHas() throws Exception {
        Queue<Object> seen = new ConcurrentLinkedQueue<>();
        step = batch -> seen.add(Thread.currentThread().getName().startsWith("turns"));
        route("?executor=#turns");
        turns.execute(() -> {
            turns.execute(() -> add("first"));
            turns.execute(() -> add("second"));
            turns.execute(() -> seen.add("third"));
        });

        awaitAll("first", "second");
        assertThat(batches).hasSize(1);
        assertThat(seen).containsExactly("third", true);
    }

    @Test
    void theCallerDoesNotRunTheRoute() throws Exception {
        Queue<Thread> workers = new ConcurrentLinkedQueue<>();
        step = batch -> workers.add(Thread.currentThread());
        route("?executor=#turns");
        add("mine");

        await().atMost(SOON).until(() -> workers.size() == 1);
        assertThat(workers).doesNotContain(Thread.currentThread());
    }

    @Test
    void aTaskOfTheExecutorThatBlocksHoldsUpNoBatch() throws Exception {
        route("?executor=#turns");
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        turns.execute(() -> {
            turns.execute(() -> add("first"));
            turns.execute(() -> {
                busy.countDown();
                await().atMost(SOON).until(() -> release.getCount() == 0);
            });
        });
        assertThat(busy.await(10, SECONDS)).isTrue();
        add("second");
        awaitAll("first", "second");
        release.countDown();
        turns.execute(() -> add("third"));
        awaitAll("first", "second", "third");
    }

    @Test
    void theOrderOfEachSenderIsKeptWithAnExecutor() throws Exception {
        route("?size=7&capacity=20&executor=#turns");
        List<Thread> senders = new ArrayList<>();
        for (String sender : List.of("a", "b")) {
            Thread thread = new Thread(() -> IntStream.range(0, 3000).forEach(i -> add(sender + i)));
            thread.start();
            senders.add(thread);
        }
        turns.execute(() -> addInTurns("c", 0));
        turns.execute(() -> addInTurns("d", 0));
        for (Thread sender : senders) {
            sender.join();
        }
        await().atMost(SOON).until(() -> all().size() == 12_000);
        for (String sender : List.of("a", "b", "c", "d")) {
            assertThat(all().stream().filter(one -> one.toString().startsWith(sender)))
                    .containsExactlyElementsOf(IntStream.range(0, 3000)
                            .mapToObj(i -> (Object) (sender + i))
                            .toList());
        }
    }

    /** One, and the next one in a turn of its own. */
    private void addInTurns(String sender, int number) {
        if (number < 3000) {
            add(sender + number);
            turns.execute(() -> addInTurns(sender, number + 1));
        }
    }

    // Bounds

    @Test
    void whoComesWithMoreThanMayWaitWaitsWithoutAThreadAndGoesOnLater() throws Exception {
        route("?capacity=2&size=2");
        Gate gate = hold(0);
        List<Integer> gone = new CopyOnWriteArrayList<>();
        AsyncProducer async = camel.getEndpoint("batch:test").createAsyncProducer();
        for (int i = 1; i <= 6; i++) {
            int number = i;
            Exchange exchange = async.getEndpoint().createExchange();
            exchange.getMessage().setBody(number);
            boolean done = async.process(exchange, doneSync -> gone.add(number));
            assertThat(done).isEqualTo(i <= 2);
        }
        assertThat(gone).containsExactly(1, 2);
        assertThat(waitingCallers()).isEqualTo(4);
        assertThat(waiting()).isEqualTo(2);
        gate.open.countDown();

        awaitAll(0, 1, 2, 3, 4, 5, 6);
        assertThat(gone).containsExactly(1, 2, 3, 4, 5, 6);
    }

    private int waitingCallers() {
        return ((BatchEndpoint) camel.getEndpoint("batch:test")).queue().waitingCallers();
    }

    @Test
    void whoWaitsIsNotOvertakenWhenThereIsMoreRoom() throws Exception {
        route("?capacity=1&size=1");
        Gate gate = hold(0);
        add(1);
        Thread waits = new Thread(() -> add(2));
        waits.start();
        await().atMost(SOON).until(() -> waitingCallers() == 1);

        route("successor", "?capacity=100");
        assertThat(waitingCallers()).isZero();
        add(3);
        gate.open.countDown();
        waits.join();

        awaitAll(0, 1, 2, 3);
    }

    @Test
    void whoGoesOnWhenThereIsRoomOvertakesNothing() throws Exception {
        List<Object> numbers =
                IntStream.range(0, 10_000).mapToObj(i -> (Object) i).toList();
        add(numbers);
        AsyncProducer async = camel.getEndpoint("batch:test").createAsyncProducer();
        Exchange exchange = async.getEndpoint().createExchange();
        exchange.getMessage().setBody("late");
        assertThat(async.process(exchange, doneSync -> add("later"))).isFalse();
        route("?executor=#turns");

        await().atMost(SOON).until(() -> all().contains("later"));
        assertThat(all().subList(0, 10_000)).isEqualTo(numbers);
        assertThat(all().subList(10_000, 10_002)).containsExactly("late", "later");
    }

    @Test
    void theOldestAreDroppedAndCountedIfThatIsWanted() throws Exception {
        route("?capacity=3&dropOldest=true");
        Gate gate = hold(0);
        IntStream.range(1, 10).forEach(this::add);
        assertThat(waiting()).isEqualTo(3);
        gate.open.countDown();

        awaitAll(0, 7, 8, 9);
        assertThat(registry.get("caravan.batch.dropped")
                        .tag("name", "test")
                        .counter()
                        .count())
                .isEqualTo(6);
    }

    @Test
    void aContextThatOnlyTriesARouteOutIsNotMeasured() throws Exception {
        try (DefaultCamelContext trial = new DefaultCamelContext()) {
            trial.addComponent("batch", new BatchComponent(registry));
            trial.setAutoStartup(false);
            trial.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("batch:test").to("batch:test");
                }
            });
            trial.start();
        }
        route("");
        Gate gate = hold(0);
        add(1);

        assertThat(waiting()).isEqualTo(1);
        gate.open.countDown();
    }

    // Failures

    @Test
    void aBatchThatFailsIsLoggedAndNotWorkedAgain() throws Exception {
        Queue<String> logged = new ConcurrentLinkedQueue<>();
        camel.getRegistry().bind("logs", new ExceptionHandler() {
            @Override
            public void handleException(Throwable exception) {}

            @Override
            public void handleException(String message, Throwable exception) {}

            @Override
            public void handleException(String message, Exchange exchange, Throwable exception) {
                logged.add(exception.getMessage());
            }
        });
        step = batch -> {
            if (batch.contains("bad")) {
                throw new IllegalStateException("it is bad");
            }
        };
        route("?exceptionHandler=#logs");
        add("bad");
        await().atMost(SOON).until(() -> logged.contains("it is bad"));
        add("good");

        awaitAll("bad", "good");
        assertThat(logged).hasSize(1);
    }

    @Test
    void anErrorEndsNothing() throws Exception {
        step = batch -> {
            if (batch.contains("bad")) {
                throw new StackOverflowError();
            }
        };
        route("");
        add("bad");
        await().atMost(SOON).until(() -> batches.size() == 1);
        add("good");

        awaitAll("bad", "good");
    }

    @Test
    void aBatchThatFailsIsWorkedAgainUntilItSucceedsTheSameListIfThatIsWanted() throws Exception {
        AtomicInteger failures = new AtomicInteger(3);
        step = batch -> {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
        };
        route("?retryDelay=20");
        add("a");
        await().atMost(SOON).until(() -> batches.size() >= 2);
        add("b");

        await().atMost(SOON).until(() -> batches.size() == 5);
        List<List<Object>> all = List.copyOf(batches);
        assertThat(all.subList(1, 4)).allSatisfy(batch -> assertThat(batch).isSameAs(all.get(0)));
        assertThat(all.get(4)).containsExactly("b");
    }

    // Consumers that come and go

    @Test
    void whatComesWhileNobodyTakesItWaits() throws Exception {
        route("");
        add(1);
        awaitAll(1);
        camel.getRouteController().suspendRoute("batched");
        await().atMost(SOON).until(this::nobodyTakes);
        add(2);
        add(3);
        assertThat(waiting()).isEqualTo(2);
        camel.getRouteController().resumeRoute("batched");

        awaitAll(1, 2, 3);
    }

    private boolean nobodyTakes() {
        return !((BatchEndpoint) camel.getEndpoint("batch:test"))
                .queue()
                .processing()
                .isLocked();
    }

    @Test
    void aSuccessorGoesOnInOrderWhenTheOneBeforeIsDone() throws Exception {
        route("before", "?size=1");
        Semaphore steps = new Semaphore(0);
        step = batch -> steps.acquire();
        IntStream.range(0, 6).forEach(this::add);
        await().atMost(SOON).until(() -> batches.size() == 1);
        route("after", "?size=2");
        Thread stop = new Thread(() -> {
            try {
                camel.getRouteController().stopRoute("before", 10, SECONDS);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        stop.start();
        assertThat(batches).hasSize(1);
        steps.release(100);
        stop.join();

        awaitAll(0, 1, 2, 3, 4, 5);
        camel.removeRoute("before");
        add(6);
        awaitAll(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void aBatchWhoseRouteIsStoppedBetweenTwoTriesIsTheNextOneOfItsSuccessorTheSameList() throws Exception {
        step = batch -> {
            throw new IllegalStateException("away");
        };
        route("before", "?retryDelay=60000");
        add(List.of("a", "b"));
        await().atMost(SOON).until(() -> batches.size() == 1);
        add("c");
        long begin = System.nanoTime();
        camel.getRouteController().stopRoute("before");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
        camel.removeRoute("before");
        List<Object> first = batches.remove();
        step = batch -> {};
        route("after", "?retryDelay=60000");

        awaitAll("a", "b", "c");
        assertThat(batches.peek()).isSameAs(first);
    }

    @Test
    void aConsumerThatIsInterruptedWhileItRetriesLosesNothing() throws Exception {
        step = batch -> {
            throw new IllegalStateException("away");
        };
        route("before", "?retryDelay=60000");
        add("a");
        await().atMost(SOON).until(() -> batches.size() == 1);
        Thread consumer = Thread.getAllStackTraces().keySet().stream()
                .filter(thread ->
                        thread.getName().contains("batch://test") && thread.getState() == Thread.State.TIMED_WAITING)
                .findFirst()
                .orElseThrow();
        consumer.interrupt();
        await().atMost(SOON).until(this::nobodyTakes);

        assertThat(waiting()).isEqualTo(1);
    }

    @Test
    void contextsShareNothing() throws Exception {
        try (CamelContext other = new DefaultCamelContext()) {
            ((DefaultCamelContext) other).addComponent("batch", new BatchComponent(registry));
            other.start();
            other.createProducerTemplate().sendBody("batch:test", "elsewhere");
            route("");
            add("here");
            awaitAll("here");
        }
    }
}
