package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import dev.caravan.component.ConsumedMessage;
import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.service.ServiceHelper;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** A message is the broker's until its route has ended, on whatever thread; and there are never more than workers. */
@RequiresRealBrokers
class QueueConsumerIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "consumed.queue";
    private static final String FIRST = "consumed.first";
    private static final String ANSWERS = "consumed.answers";

    private static final BasicProperties TEXT =
            new BasicProperties.Builder().contentType("text/plain").build();

    private static RealRabbit rabbit;

    private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
    private final CachingConnectionFactory connections = new CachingConnectionFactory("127.0.0.1", rabbit.port());
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final AdaptiveExecutor executor =
            new AdaptiveExecutor(Integer.MAX_VALUE, Duration.ofMillis(5), new DaemonThreads("batch"));
    private RawAmqp amqp;

    @BeforeAll
    static void findBroker() {
        rabbit = Brokers.rabbit();
    }

    @AfterAll
    static void deleteQueues() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.delete(QUEUE);
            amqp.delete(FIRST);
            amqp.delete(ANSWERS);
        }
    }

    @BeforeEach
    void connect() {
        amqp = RawAmqp.to(rabbit.port());
        amqp.declare(QUEUE);
        amqp.declare(FIRST);
        amqp.declare(ANSWERS);
        amqp.purge(QUEUE);
        amqp.purge(FIRST);
        SpringRabbitMQComponent component = new SpringRabbitMQComponent();
        component.setConnectionFactory(connections);
        component.setListenerContainerFactory(new QueueConsumerFactory(executor, open::get));
        component.setShutdownTimeout(100);
        camel.addComponent("spring-rabbitmq", component);
        camel.getShutdownStrategy().setTimeout(1);
    }

    @AfterEach
    void disconnect() {
        held.forEach(one -> one.callback().done(false));
        camel.stop();
        connections.destroy();
        executor.close();
        amqp.close();
    }

    @Test
    void aMessageOnARouteThatHoldsNoThreadIsNotAcknowledged() throws Exception {
        consume("", new Holding());
        send("one");
        next();

        connections.destroy();

        await(() -> assertThat(amqp.ready(QUEUE)).isOne());
    }

    @Test
    void aMessageWhoseRouteHasEndedIsAcknowledged() throws Exception {
        consume("", new Holding());
        send("one");

        next().end(null);
        send("two");
        next();
        connections.destroy(); // gives back what is not acknowledged

        await(() -> assertThat(amqp.ready(QUEUE)).isOne());
        assertThat(amqp.take(QUEUE, SOON).getBody()).isEqualTo("two".getBytes(UTF_8));
    }

    @Test
    void aMessageWhoseRouteFailsLaterComesAgain() throws Exception {
        consume("", new Holding());
        send("one");

        next().end(new IllegalStateException("the surroundings"));

        assertThat(next().exchange().getMessage().getBody(String.class)).isEqualTo("one");
    }

    /** RabbitMQ closes a channel on which a message is settled twice. */
    @Test
    void aMessageThatIsAcknowledgedWhileItIsWorkedIsSettledOnce() throws Exception {
        consume("&prefetchCount=1", new Holding());
        for (Exception failure : new Exception[] {null, new IllegalStateException("too late")}) {
            send("long");
            Held message = next();
            message.exchange()
                    .getProperty(ConsumedMessage.PROPERTY, ConsumedMessage.class)
                    .acknowledge();
            send("next");
            await(() -> assertThat(amqp.ready(QUEUE))
                    .as("sent, as the first is acknowledged")
                    .isZero());
            assertThat(held).as("begun beside it").isEmpty();

            message.end(failure);

            Held next = next();
            assertThat(next.text()).isEqualTo("next");
            assertThat(channel(next)).isSameAs(channel(message));
            next.end(null);
        }
        send("last");
        next();
        assertThat(amqp.ready(QUEUE)).isZero();
    }

    @Test
    void noMoreAreWorkedThanThereAreWorkers() throws Exception {
        consume("&concurrentConsumers=2&prefetchCount=3", new Holding());
        for (int i = 0; i < 10; i++) {
            send("message " + i);
        }
        Held first = next();
        next();

        await(() -> assertThat(amqp.ready(QUEUE))
                .as("two workers, three ahead for each")
                .isEqualTo(4));
        assertThat(held).as("begun beside the two").isEmpty();
        first.end(null);
        next();
        assertThat(held).isEmpty();
    }

    /** A lost connection ends no route, and the broker sends again what is on it. */
    @Test
    void noMoreAreWorkedWhenTheConnectionIsCut() throws Exception {
        consume("&concurrentConsumers=2", new Holding());
        send("one");
        send("two");
        Held one = next();
        next();

        connections.resetConnection();

        await(() -> assertThat(amqp.consumers(QUEUE)).isOne());
        await(() -> assertThat(amqp.ready(QUEUE)).as("sent again").isZero());
        Awaitility.await().during(Duration.ofMillis(300)).until(held::isEmpty);
        one.end(null);
        next();
        assertThat(held).isEmpty();
    }

    /** What it could not work is left to other nodes. */
    @Test
    void anAsyncConsumerTakesNoMoreThanItHasRoomFor() throws Exception {
        consume("&concurrentConsumers=2&prefetchCount=1&asyncConsumer=true", new Holding());
        send("one");
        send("two");
        Held one = next();
        next();

        connections.resetConnection();

        await(() -> assertThat(amqp.ready(QUEUE)).isEqualTo(2));
        one.end(null);
        next();
        assertThat(held).isEmpty();
        await(() -> assertThat(amqp.ready(QUEUE)).isOne());
    }

    @Test
    void anAsyncConsumerGivesBackWhatWaitsBehindLongMessages() throws Exception {
        consumeFrom(FIRST + "," + QUEUE, "&concurrentConsumers=1&prefetchCount=1&asyncConsumer=true", new Holding());
        send("long");
        Held first = next();
        send(FIRST, "first");

        await(() -> assertThat(amqp.consumers(FIRST)).isZero());
        assertThat(amqp.ready(FIRST)).isOne();
        first.end(null);

        assertThat(next().text()).isEqualTo("first");
    }

    @Test
    void anAsyncConsumerLeavesMessagesToOthersWhileItsNodeMayBeginNoWork() throws Exception {
        consume("&concurrentConsumers=1&prefetchCount=4&asyncConsumer=true", new Holding());
        send("one");
        Held one = next();
        send("two");
        await(() -> assertThat(amqp.ready(QUEUE)).as("it waits here").isZero());

        open.set(false);

        await(() -> assertThat(amqp.ready(QUEUE)).isOne());
        one.end(null);
        await(() -> assertThat(amqp.consumers(QUEUE)).isZero());
        assertThat(held).isEmpty();

        open.set(true);

        assertThat(next().text()).isEqualTo("two");
    }

    @Test
    void queuesAreServedInTheOrderOfTheirNames() throws Exception {
        consumeFrom(FIRST + "," + QUEUE, "&concurrentConsumers=1&prefetchCount=4", new Holding());
        for (int i = 0; i < 4; i++) {
            send("later");
        }
        Held held = next();
        await(() -> assertThat(amqp.ready(QUEUE)).isZero());
        send(FIRST, "first");
        await(() -> assertThat(amqp.ready(FIRST)).isZero());
        assertThat(this.held).as("begun beside the one").isEmpty();

        held.end(null);

        assertThat(next().text()).isEqualTo("first");
    }

    @Test
    void aQueueThatNeverGetsEmptyDoesNotStopTheLaterOnes() throws Exception {
        consumeFrom(FIRST + "," + QUEUE, "&concurrentConsumers=1&prefetchCount=100", new Holding());
        send("later");
        Held held = next();
        for (int i = 0; i < 20; i++) {
            send(FIRST, "first");
            send("later");
        }
        await(() -> assertThat(amqp.ready(FIRST) + amqp.ready(QUEUE)).isZero());

        List<String> served = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            held.end(null);
            held = next();
            served.add(held.text());
        }
        assertThat(served).startsWith("first").filteredOn("later"::equals).hasSizeBetween(2, 5);
        held.end(null);
    }

    /** The first queue has all jobs that were held: a pause, or a limit, must not leave most of a node idle. */
    @Test
    void eachQueueCanFillTheRouteAlone() throws Exception {
        for (int i = 0; i < 10; i++) {
            send(FIRST, "first");
        }
        consumeFrom(FIRST + "," + QUEUE, "&concurrentConsumers=8&prefetchCount=1", new Holding());

        await(() -> assertThat(held).hasSize(8));
        await(() -> assertThat(amqp.ready(FIRST)).isEqualTo(2));
    }

    /** The next message may be here before the worker of the one before is known to be free. */
    @Test
    void noMessageIsLeftLyingWhileAWorkerIsFree() throws Exception {
        AtomicInteger worked = new AtomicInteger();
        consume("&concurrentConsumers=2&prefetchCount=1", new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                worked.incrementAndGet();
                callback.done(true);
                return true;
            }
        });
        amqp.with(channel -> {
            for (int i = 0; i < 5_000; i++) {
                channel.basicPublish("", QUEUE, null, "a message".getBytes(UTF_8));
            }
            return null;
        });

        await(() -> assertThat(worked).hasValue(5_000));
    }

    /** More than the executor runs side by side as a rule: it adds a thread for each that blocks. */
    @Test
    void anAsyncConsumerStartsItsRouteOnTheExecutorAndHoldsUpNoOther() throws Exception {
        CyclicBarrier all = new CyclicBarrier(8);
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        consume("&concurrentConsumers=8&asyncConsumer=true", new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                try {
                    all.await(SOON.toSeconds(), TimeUnit.SECONDS);
                } catch (Exception e) {
                    exchange.setException(e);
                }
                threads.add(Thread.currentThread().getName());
                callback.done(true);
                return true;
            }
        });
        for (int i = 0; i < 8; i++) {
            send("message " + i);
        }

        await(() -> assertThat(threads).hasSize(8).allMatch(thread -> thread.startsWith("batch-")));
    }

    @Test
    void aRouteThatStopsSettlesWhatItWorks() throws Exception {
        consume("", new Holding());
        send("one");
        Held one = next();

        ServiceHelper.suspendService(camel.getRoute("consumes").getConsumer());
        send("two");
        await(() -> assertThat(amqp.consumers(QUEUE)).isZero());
        Channel channel = channel(one);
        assertThat(channel.isOpen()).isTrue();
        one.end(null);
        await(() -> assertThat(channel.isOpen()).isFalse());

        assertThat(amqp.ready(QUEUE)).isOne();
        assertThat(amqp.take(QUEUE, SOON).getBody()).isEqualTo("two".getBytes(UTF_8));
    }

    /** Such a queue is deleted when its last consumer is cancelled. */
    @Test
    void aRouteThatIsReplacedLosesNothingOfAnAutoDeleteQueueAndKeepsTheOrder() throws Exception {
        String queue = connections
                .createConnection()
                .createChannel(false)
                .queueDeclare()
                .getQueue();
        BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
        AsyncProcessorSupport step = new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                received.add(exchange.getMessage().getBody(Integer.class));
                callback.done(true);
                return true;
            }
        };
        consumeFrom(queue, "", step);
        AtomicBoolean replaced = new AtomicBoolean();
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> amqp.with(channel -> {
            while (!replaced.get() || sent.get() % 100 > 0) {
                if (sent.get() - received.size() < 1000) {
                    String text = "" + sent.getAndIncrement();
                    channel.basicPublish("", queue, TEXT, text.getBytes(UTF_8));
                }
            }
            return null;
        }));
        for (int i = 1; i <= 30; i++) {
            int before = received.size();
            await(() -> assertThat(received).hasSizeGreaterThan(before));
            replace(queue, "&prefetchCount=" + i % 3, step);
        }
        replaced.set(true);
        sending.get(SOON.toSeconds(), TimeUnit.SECONDS);

        await(() -> assertThat(received).hasSize(sent.get()));
        assertThat(List.copyOf(received)).isSorted();
    }

    @Test
    void whatAReplacedAsyncRouteStillWorksCountsForItsSuccessor() throws Exception {
        consume("&concurrentConsumers=1&asyncConsumer=true", new Holding());
        send("one");
        Held one = next();

        replace(QUEUE, "&concurrentConsumers=1&asyncConsumer=true", new Holding());
        send("two");

        Awaitility.await().during(Duration.ofMillis(300)).until(held::isEmpty);
        one.end(null);
        assertThat(next().text()).isEqualTo("two");
        assertThat(amqp.consumers(QUEUE)).isOne();
    }

    @Test
    void aMessageThatWantsAnAnswerGetsIt() throws Exception {
        consume("", new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                exchange.getMessage().setBody("the answer");
                callback.done(true);
                return true;
            }
        });
        amqp.send(
                QUEUE,
                new BasicProperties.Builder()
                        .contentType("text/plain")
                        .replyTo(ANSWERS)
                        .build(),
                "the question".getBytes(UTF_8));

        GetResponse answer = amqp.take(ANSWERS, SOON);
        assertThat(answer.getBody()).isEqualTo("the answer".getBytes(UTF_8));
    }

    private void consume(String options, AsyncProcessor step) throws Exception {
        consumeFrom(QUEUE, options, step);
    }

    private void consumeFrom(String queues, String options, AsyncProcessor step) throws Exception {
        addRoute("consumes", queues, options, step);
        camel.start();
    }

    private void addRoute(String id, String queues, String options, AsyncProcessor step) throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("spring-rabbitmq:default?queues=" + queues + options)
                        .routeId(id)
                        .process(step);
            }
        });
    }

    /** As an edit does: the former consumer stops, and the next one starts. */
    private void replace(String queues, String options, AsyncProcessor step) throws Exception {
        Route former = camel.getRoutes().get(camel.getRoutesSize() - 1);
        ServiceHelper.suspendService(former.getConsumer());
        // An endpoint has one consumer; this option makes it another one, and has no effect.
        String id = "consumes-" + camel.getRoutesSize();
        addRoute(id, queues, options + "&retryDelay=" + camel.getRoutesSize(), step);
    }

    private void send(String text) {
        send(QUEUE, text);
    }

    private void send(String queue, String text) {
        amqp.send(queue, TEXT, text.getBytes(UTF_8));
    }

    private Held next() throws InterruptedException {
        Held next = held.poll(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("a message on the route").isNotNull();
        return next;
    }

    private static Channel channel(Held message) {
        return message.exchange().getProperty(SpringRabbitMQConstants.CHANNEL, Channel.class);
    }

    private static void await(ThrowingRunnable condition) {
        Awaitility.await().atMost(SOON).untilAsserted(condition);
    }

    /** Holds each exchange, without a thread. */
    private final class Holding extends AsyncProcessorSupport {
        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            held.add(new Held(exchange, callback));
            return false;
        }
    }

    private record Held(Exchange exchange, AsyncCallback callback) {
        String text() {
            return exchange.getMessage().getBody(String.class);
        }

        void end(Exception failure) {
            exchange.setException(failure);
            callback.done(false);
        }
    }
}
