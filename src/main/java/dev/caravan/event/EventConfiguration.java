package dev.caravan.event;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.component.rabbitmq.TopologyMaintainer;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.annotation.Order;

/** Wires the events of a node, and registers the component {@code events:} by the name of its bean. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EventSettings.class)
class EventConfiguration {
    private static final long KEY_GRACE_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /** One thread for timers and for sending to streams; no task on it blocks. */
    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService eventThread() {
        ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-events"));
        one.setRemoveOnCancelPolicy(true);
        return one;
    }

    /** Every node may publish events. A node with the role {@code events} has its own queue, which ends with its connection. */
    @Bean
    @Order(1)
    EventQueues eventQueues(
            RabbitAdmin admin,
            TopologyMaintainer topology,
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.events.exchange}") String all,
            @Value("${caravan.events.direct-exchange}") String keyed,
            @Value("${caravan.events.queue}") String own,
            @Value("${caravan.events.dead-queue}") String dead) {
        return new EventQueues(admin, topology, all, keyed, roles.contains("events"), own, dead);
    }

    @Bean
    EventLog eventLog(EventSettings settings) {
        return new EventLog(settings.log(), settings.logSize().toBytes(), System::nanoTime);
    }

    @Bean
    EventKeys eventKeys(EventQueues queues, EventLog log, ScheduledExecutorService eventThread) {
        return new EventKeys(queues, log, eventThread, KEY_GRACE_MILLIS);
    }

    @Bean
    EventGaps eventGaps(EventLog log, EventStreamSubscribers subscribers, ConnectionFactory connections) {
        EventGaps gaps = new EventGaps(log, subscribers);
        connections.addConnectionListener(gaps);
        return gaps;
    }

    /** Each Camel context gets its own: the context that validates routes is a second one. */
    @Bean("events")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    EventsComponent eventsComponent(
            EventHub hub,
            EventMessages messages,
            EventQueues queues,
            ConfirmedPublisher publisher,
            EventSettings settings) {
        return new EventsComponent(hub, messages, new DeadEvents(publisher, settings.deadQueue()), queues);
    }
}
