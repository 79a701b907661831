package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
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
    private static final String ANSWERS = "consumed.answers";

    private static RealRabbit rabbit;

    private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
    private final CachingConnectionFactory connections = new CachingConnectionFactory("127.0.0.1", rabbit.port());
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
            amqp.delete(ANSWERS);
        }
    }

    @BeforeEach
    void connect() {
        amqp = RawAmqp.to(rabbit.port());
        amqp.declare(QUEUE);
        amqp.declare(ANSWERS);
        amqp.purge(QUEUE);
        SpringRabbitMQComponent component = new SpringRabbitMQComponent();
        component.setConnectionFactory(connections);
        component.setListenerContainerFactory(new QueueConsumerFactory(executor));
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
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("spring-rabbitmq:default?queues=" + QUEUE + options)
                        .routeId("consumes")
                        .process(step);
            }
        });
        camel.start();
    }

    private void send(String text) {
        amqp.send(QUEUE, new BasicProperties.Builder().contentType("text/plain").build(), text.getBytes(UTF_8));
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
        void end(Exception failure) {
            exchange.setException(failure);
            callback.done(false);
        }
    }
}
