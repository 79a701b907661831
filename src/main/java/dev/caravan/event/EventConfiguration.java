package dev.caravan.event;

import dev.caravan.broker.ConfirmedPublisher;
import dev.caravan.broker.EventQueues;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

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
