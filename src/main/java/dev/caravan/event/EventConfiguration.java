package dev.caravan.event;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.component.rabbitmq.TopologyMaintainer;
import io.micrometer.core.instrument.MeterRegistry;
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

/** Puts together what events need on a node, and makes the component known to Camel by the name of its bean. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EventSettings.class)
class EventConfiguration {
    private static final long KEY_OUTLIVES_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /** One thread for all that is due and for what followers get: nothing on it waits. */
    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService eventThread() {
        ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "caravan-events");
            thread.setDaemon(true);
            return thread;
        });
        one.setRemoveOnCancelPolicy(true);
        return one;
    }

    /** Every node may publish events; each with the role has a queue of its own, which goes with its connection. */
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
        return new EventKeys(queues, log, eventThread, KEY_OUTLIVES_MILLIS);
    }

    @Bean
    EventFollowers eventFollowers(
            EventLog log,
            EventKeys keys,
            ScheduledExecutorService eventThread,
            @Value("${caravan.instance}") String instance,
            MeterRegistry registry) {
        return new EventFollowers(log, keys, eventThread, instance, registry);
    }

    @Bean
    EventHub eventHub(
            EventLog log,
            EventKeys keys,
            EventFollowers followers,
            ScheduledExecutorService eventThread,
            MeterRegistry registry) {
        return new EventHub(log, keys, followers, eventThread, registry);
    }

    @Bean
    EventGaps eventGaps(EventLog log, EventFollowers followers, ConnectionFactory connections) {
        EventGaps gaps = new EventGaps(log, followers);
        connections.addConnectionListener(gaps);
        return gaps;
    }

    /** Each Camel context gets its own: there is one more that tries routes out. */
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
