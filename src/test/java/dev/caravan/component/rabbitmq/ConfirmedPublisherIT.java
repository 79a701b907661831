package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.GetResponse;
import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;

/** On a RabbitMQ, "done" means routed and safe, and everything else is a failure, in bounded time. */
@RequiresRealBrokers
class ConfirmedPublisherIT {
    /** How long a confirm may take. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "confirmed.queue";

    private static RealRabbit rabbit;

    private final AdaptiveExecutor executor =
            new AdaptiveExecutor(Integer.MAX_VALUE, Duration.ofMillis(5), new DaemonThreads("batch"));
    private CachingConnectionFactory connections;
    private ConfirmedPublisher publisher;

    @BeforeAll
    static void startBroker() {
        rabbit = Brokers.rabbit();
    }

    @AfterAll
    static void deleteQueue() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.delete(QUEUE);
        }
    }

    @BeforeEach
    void connect() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.declare(QUEUE);
            amqp.purge(QUEUE);
        }
        connections = connections(ConfirmType.NONE);
        publisher = new ConfirmedPublisher(connections, () -> {}, TIMEOUT, executor);
    }

    @AfterEach
    void disconnect() {
        publisher.destroy();
        connections.destroy();
        executor.close();
    }

    @Test
    void aMessageThatIsConfirmedLiesOnItsQueue() throws Exception {
        publisher.publish("", QUEUE, "gr\u00fc\u00df dich").get(10, TimeUnit.SECONDS);

        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            GetResponse message = amqp.poll(QUEUE).orElseThrow();
            assertThat(new String(message.getBody(), UTF_8)).isEqualTo("gr\u00fc\u00df dich");
            assertThat(message.getProps().getContentType()).isEqualTo("text/plain");
            assertThat(message.getProps().getContentEncoding()).isEqualTo("UTF-8");
            assertThat(message.getProps().getDeliveryMode()).isEqualTo(2);
            assertThat(message.getProps().getHeaders()).isNullOrEmpty();
        }
    }

    @Test
    void aMessageWithoutAQueueFails() throws Exception {
        CompletableFuture<Void> unroutable = publisher.publish("", "nowhere", "text");

        assertFails(unroutable, "nowhere");
        publisher.publish("", QUEUE, "the next one").get(10, TimeUnit.SECONDS);
    }

    @Test
    void aMissingExchangeFailsAndTheNextMessageDoesNot() throws Exception {
        assertFails(publisher.publish("no.such.exchange", "key", "text"), "no.such.exchange");

        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThatCode(
                        () -> publisher.publish("", QUEUE, "the next one").get(10, TimeUnit.SECONDS))
                .doesNotThrowAnyException());
    }

    @Test
    void manyMessagesAreConfirmedOnOneChannel() throws Exception {
        int count = 10_000;
        Semaphore window = new Semaphore(2_000);
        List<CompletableFuture<Void>> confirms = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            assertThat(window.tryAcquire(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> confirm = publisher.publish("", QUEUE, "message " + i);
            confirm.whenComplete((nothing, failure) -> window.release());
            confirms.add(confirm);
        }
        CompletableFuture.allOf(confirms.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);

        assertThat(rabbit.channels()).hasSize(1);
        assertThat(rabbit.ctl("list_connections", "--silent", "--no-table-headers", "pid")
                        .lines())
                .hasSize(1);
        assertThat(rabbit.queues()).containsEntry(QUEUE, count);
    }

    /** RabbitMQ 3.10 may refuse on a channel what it takes on another one, see {@code ClusterIT}. */
    @Test
    void whereMessagesAreRefusedAnotherChannelIsTried() throws Exception {
        String full = "confirmed.full";
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            Map<String, Object> arguments = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
            amqp.with(channel -> channel.queueDeclare(full, true, false, false, arguments));
        }
        publisher.publish("", full, "the only one").get(10, TimeUnit.SECONDS);
        assertFails(publisher.publish("", full, "one too many"), "refused");
        List<String> before = rabbit.channels();

        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> {
            assertFails(publisher.publish("", full, "one too many"), "refused");
            publisher.publish("", QUEUE, "meanwhile").get(10, TimeUnit.SECONDS);
            return !rabbit.channels().equals(before);
        });

        Awaitility.await().atMost(SOON).until(() -> rabbit.channels().size() == 1);
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.delete(full);
        }
    }

    @Test
    void everyAnswerComesWhenTheBrokerDiesAndTheNextBrokerIsFound() throws Exception {
        List<CompletableFuture<Void>> inFlight = new ArrayList<>();
        publisher.publish("", QUEUE, "first").get(10, TimeUnit.SECONDS);
        rabbit.freeze();
        for (int i = 0; i < 500; i++) {
            inFlight.add(publisher.publish("", QUEUE, "message " + i));
        }
        rabbit.kill();

        for (CompletableFuture<Void> message : inFlight) {
            assertFails(message, "");
        }
        long begin = System.nanoTime();
        assertFails(publisher.publish("", QUEUE, "nobody there"), "broker");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TIMEOUT.multipliedBy(2));

        rabbit.up();
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThatCode(
                        () -> publisher.publish("", QUEUE, "back again").get(10, TimeUnit.SECONDS))
                .doesNotThrowAnyException());
        assertThat(rabbit.queues().get(QUEUE)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aFrozenBrokerFailsInTime() {
        rabbit.freeze();
        try {
            long begin = System.nanoTime();
            assertThat(publisher.isAvailable()).as("as far as it is known").isTrue();
            assertFails(publisher.publish("", QUEUE, "text"), "");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TIMEOUT.multipliedBy(2));
            assertThat(publisher.isAvailable()).as("to one that finds out").isTrue();
            assertThat(publisher.isAvailable()).as("to the next one").isFalse();
            Awaitility.await("another one that finds out").until(publisher::isAvailable);
        } finally {
            rabbit.thaw();
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThatCode(
                        () -> publisher.publish("", QUEUE, "thawed").get(10, TimeUnit.SECONDS))
                .doesNotThrowAnyException());
        assertThat(publisher.isAvailable()).isTrue();
        assertThat(publisher.isAvailable()).isTrue();
    }

    /** Why there is a component of our own: Camel's, with its strictest setting, calls this message sent. */
    @Test
    void camelsOwnComponentLosesAMessageWithoutAQueueSilently() throws Exception {
        CachingConnectionFactory correlated = connections(ConfirmType.CORRELATED);
        correlated.setPublisherReturns(true);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            SpringRabbitMQComponent component = new SpringRabbitMQComponent();
            component.setConnectionFactory(correlated);
            context.addComponent("spring-rabbitmq", component);
            context.start();
            try (ProducerTemplate template = context.createProducerTemplate()) {
                assertThatCode(() -> template.sendBody(
                                "spring-rabbitmq:default?routingKey=nowhere&confirm=enabled&exchangePattern=InOnly",
                                "lost"))
                        .doesNotThrowAnyException();
            }
        } finally {
            correlated.destroy();
        }
    }

    private static CachingConnectionFactory connections(ConfirmType confirms) {
        CachingConnectionFactory factory = new CachingConnectionFactory("127.0.0.1", rabbit.port());
        factory.setUsername("guest");
        factory.setPassword("guest");
        factory.setPublisherConfirmType(confirms);
        factory.setConnectionTimeout(2_000);
        factory.getRabbitConnectionFactory().setHandshakeTimeout(2_000);
        return factory;
    }

    private static void assertFails(CompletableFuture<Void> message, String because) {
        assertThatThrownBy(() -> message.get(TIMEOUT.toSeconds() + 5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(NotConfirmed.class)
                .hasMessageContaining(because);
    }
}
