package dev.caravan.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.component.rabbitmq.TopologyMaintainer;
import dev.caravan.job.TestRedis;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A node that only publishes knows which queues there must be before it publishes: the broker may have lost them. */
class DurableSubscriptionsTest {
    private static final String QUEUE = "caravan.events.kept";

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final Object consumer = new Object();
    private final EventQueues api = queues("api");
    private final EventQueues events = queues("events");

    @AfterEach
    void close() {
        api.destroy();
        events.destroy();
    }

    @Test
    void aNodeThatPublishesDeclaresTheQueuesOfOthers() {
        events.addDurable(QUEUE, "orders", consumer);
        assertThat(durableQueues(api)).isEmpty();

        share(events, api);

        assertThat(durableQueues(api)).containsExactly(QUEUE);
        assertThat(api.getDeclarablesByType(Binding.class)).singleElement().satisfies(binding -> {
            assertThat(binding.getDestination()).isEqualTo(QUEUE);
            assertThat(binding.getExchange()).isEqualTo("boot.direct.exchange");
            assertThat(binding.getRoutingKey()).isEqualTo("orders");
        });
    }

    @Test
    void aSubscriptionWithoutAKeyIsBoundToAllEvents() {
        events.addDurable(QUEUE, null, consumer);
        share(events, api);
        assertThat(api.getDeclarablesByType(Binding.class))
                .extracting(Binding::getExchange)
                .containsExactly("boot.fanout.exchange");
    }

    @Test
    void oneThatWasRemovedIsDeclaredNoLonger() {
        events.addDurable(QUEUE, null, consumer);
        share(events, api);

        events.removeDurable(QUEUE, consumer, true);
        assertThat(durableQueues(events)).isEmpty();
        share(events, api);

        assertThat(durableQueues(api)).isEmpty();
        assertThat(durableQueues(events)).isEmpty();
    }

    @Test
    void oneOfANodeThatStopsIsDeclaredStill() {
        events.addDurable(QUEUE, null, consumer);
        share(events, api);

        events.removeDurable(QUEUE, consumer, false);
        share(events, api);

        assertThat(durableQueues(api)).containsExactly(QUEUE);
    }

    @Test
    void anotherNodeThatStillHasItKeepsItAlive() {
        EventQueues third = queues("events");
        events.addDurable(QUEUE, null, consumer);
        third.addDurable(QUEUE, null, new Object());
        share(events, third);

        events.removeDurable(QUEUE, consumer, true);
        share(events, third, events);

        assertThat(durableQueues(events)).containsExactly(QUEUE);
        third.destroy();
    }

    @Test
    void aNewKeyTakesThePlaceOfTheOldOne() {
        events.addDurable(QUEUE, "a", consumer);
        share(events, api);
        events.addDurable(QUEUE, "b", consumer);
        share(events, api);
        assertThat(api.getDeclarablesByType(Binding.class))
                .extracting(Binding::getRoutingKey)
                .containsExactly("b");
    }

    private static void share(EventQueues... nodes) {
        for (EventQueues node : nodes) {
            new DurableSubscriptions(REDIS.template(), node).share();
        }
    }

    private static List<String> durableQueues(EventQueues queues) {
        return queues.getDeclarablesByType(Queue.class).stream()
                .map(Queue::getName)
                .filter(QUEUE::equals)
                .toList();
    }

    private static EventQueues queues(String role) {
        RabbitAdmin admin = mock();
        when(admin.getRabbitTemplate()).thenReturn(mock(RabbitTemplate.class));
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        source.put("caravan.events.queue", "own." + role);
        EventSettings settings = new Binder(source).bindOrCreate("caravan.events", Bindable.of(EventSettings.class));
        return new EventQueues(admin, mock(TopologyMaintainer.class), settings, Set.of(role));
    }
}
