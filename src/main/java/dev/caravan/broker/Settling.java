package dev.caravan.broker;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;

/**
 * Tells the broker what became of a message: acknowledged when its route ended well; rejected for good when the route
 * says so, by an {@link AmqpRejectAndDontRequeueException}, after which a dead-letter policy of the broker may take it;
 * otherwise given back, after a pause that keeps a failure of the surroundings from becoming a busy loop.
 */
final class Settling implements ChannelAwareMessageListener {
    private static final Logger LOG = LoggerFactory.getLogger(Settling.class);
    private static final long PAUSE_MILLIS = 1000;

    private final ChannelAwareMessageListener route;

    Settling(ChannelAwareMessageListener route) {
        this.route = route;
    }

    @Override
    public void onMessage(Message message, Channel channel) {
        long tag = message.getMessageProperties().getDeliveryTag();
        try {
            route.onMessage(message, channel);
            channel.basicAck(tag, false);
        } catch (Throwable e) { // an Error of a handler too: nobody above would give the message back
            settle(channel, tag, e);
        }
    }

    private static void settle(Channel channel, long tag, Throwable failure) {
        try {
            if (isRejection(failure)) {
                reject(channel, tag);
                return;
            }
            LOG.warn("A message goes back to its queue: {}", rootOf(failure).toString());
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            channel.basicNack(tag, false, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOG.debug("The channel is gone; the broker has given the message back already", e);
        }
    }

    /** Qpid gives a rejected message back to the queue, whatever it is told, so there it is acknowledged. */
    private static void reject(Channel channel, long tag) throws IOException {
        if (channel.getConnection().getServerProperties().containsKey("qpid.instance_name")) {
            channel.basicAck(tag, false);
        } else {
            channel.basicReject(tag, false);
        }
    }

    private static boolean isRejection(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AmqpRejectAndDontRequeueException) {
                return true;
            }
        }
        return false;
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
