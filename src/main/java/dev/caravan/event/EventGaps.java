package dev.caravan.event;

import com.rabbitmq.client.ShutdownSignalException;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;

/** Marks gaps in the log: this node's queue ends with its connection, and the next connection declares it again. */
final class EventGaps implements ConnectionListener {
    private final EventLog log;
    private final EventStreamSubscribers subscribers;
    private volatile boolean lost;

    EventGaps(EventLog log, EventStreamSubscribers subscribers) {
        this.log = log;
        this.subscribers = subscribers;
    }

    @Override
    public void onCreate(Connection connection) {
        if (lost) {
            lost = false;
            log.gap();
            subscribers.notifyAllSubscribers();
        }
    }

    @Override
    public void onShutDown(ShutdownSignalException signal) {
        lost = true;
    }

    @Override
    public void onClose(Connection connection) {
        lost = true;
    }
}
