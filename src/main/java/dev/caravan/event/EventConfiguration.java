package dev.caravan.event;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

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
