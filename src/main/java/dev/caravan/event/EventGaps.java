package dev.caravan.event;

import com.rabbitmq.client.ShutdownSignalException;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;

/** Notes where events may be missing: this node's queue goes with its connection, and comes back with the next one. */
final class EventGaps implements ConnectionListener {
    private final EventLog log;
    private final EventFollowers followers;
    private volatile boolean lost;

    EventGaps(EventLog log, EventFollowers followers) {
        this.log = log;
        this.followers = followers;
    }

    @Override
    public void onCreate(Connection connection) {
        if (lost) {
            lost = false;
            log.gap();
            followers.wake();
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
