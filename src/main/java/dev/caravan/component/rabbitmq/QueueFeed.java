package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Channel;
import dev.caravan.component.DaemonThreads;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;

/**
 * The messages of the queues that a route consumes, over one channel at a time. It outlives the channel, which is opened
 * again every two seconds if it was lost, and the revision of the route: see {@link QueueFeeds}. Thread-safe.
 *
 * <p>The queues are served in {@link Turns}, an earlier one more often. The broker sends {@code concurrency * prefetch}
 * messages of each queue ahead of their acknowledgement, so that each can fill the route alone. On a busy node messages then wait
 * here for those of the other queues.
 *
 * <p>A bounded feed does not keep what it cannot give to the route: when all that is on the route is long, or belongs to a
 * connection that was lost, it gives back what waits, and consumes again as far as there is room. So it does while the node
 * may begin no work.
 */
final class QueueFeed {
    private static final Logger LOG = LoggerFactory.getLogger(QueueFeed.class);
    private static final int RECOVERY_MILLIS = 2000;
    /** How long what a former revision of the route still runs may hold up the current one. */
    private static final int FORMER_MILLIS = 5000;
    /** How often a node that may begin no work is asked whether it may again: nothing else tells. */
    private static final int HELD_UP_MILLIS = 50;

    private final Source source;
    private final AmqpAdmin admin;
    private final BooleanSupplier open;
    /** What the broker has sent, for each queue; no message of a closed channel. */
    private final List<Queue<Delivered>> waiting;

    private final Turns turns;
    private final Slots slots = new Slots();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-recovery"));
    /** Null while no route takes messages. */
    private volatile Route route;
    /** Null while there is no connection. */
    private ChannelConsumer consumer;

    private int concurrency;
    private int prefetch;
    private volatile boolean bounded;
    /** How many messages had begun at the last look. */
    private int begun;

    private boolean failing;
    private final AtomicBoolean asks = new AtomicBoolean();
    /** Whether the broker may send less than usual. */
    private volatile boolean limited;

    private volatile boolean closed;

    /** What is consumed, and how; the order of the queues counts. */
    record Source(
            ConnectionFactory connections,
            List<String> queues,
            boolean noLocal,
            boolean exclusive,
            Map<String, Object> arguments) {}

    /** Takes messages. */
    interface Route {
        /** @param settled to be run when the message is settled, or cannot be because its channel is closed */
        void process(Message message, Channel channel, Runnable settled);
    }

    /** A message, and the channel that it came over. */
    private record Delivered(Message message, ChannelConsumer consumer) {}

    /**
     * @param admin declares a queue that is missing; null if nobody does
     * @param open whether the node may begin work: holds for a bounded feed
     */
    QueueFeed(Source source, AmqpAdmin admin, BooleanSupplier open) {
        this.source = source;
        this.admin = admin;
        this.open = open;
        this.turns = new Turns(source.queues().size());
        this.waiting = Stream.generate(() -> (Queue<Delivered>) new ConcurrentLinkedQueue<Delivered>())
                .limit(source.queues().size())
                .toList();
        clock.scheduleWithFixedDelay(this::look, RECOVERY_MILLIS, RECOVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    Source source() {
        return source;
    }

    /**
     * Begins to give messages to a route, or to its next revision.
     *
     * @param concurrency how many may be on the route at a time
     * @param bounded whether that includes, for as long as it takes, what former revisions still run; else only for a moment
     */
    synchronized void attach(Route to, int concurrency, int prefetch, boolean bounded) {
        this.concurrency = concurrency;
        this.prefetch = prefetch;
        this.bounded = bounded;
        slots.next(concurrency);
        route = to;
        if (!bounded) {
            schedule(FORMER_MILLIS, () -> {
                slots.forgetFormer();
                processWaiting();
            });
        }
        recover(true);
        processWaiting();
    }

    /** Gives the route no more messages. Those that the broker sends wait here. */
    void detach() {
        route = null;
    }

    void schedule(int millis, Runnable task) {
        clock.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Consumes no more and gives back what waits. The channel stays open until what is on the route is settled.
     *
     * @return the consumer of that channel; null if there is no connection
     */
    synchronized ChannelConsumer close() {
        route = null;
        closed = true;
        clock.shutdown();
        ChannelConsumer last = consumer;
        consumer = null;
        if (last != null) {
            last.stop();
        }
        giveBackWaiting();
        return last;
    }

    private void giveBackWaiting() {
        for (Delivered next = next(); next != null; next = next()) {
            next.consumer.giveBack(next.message);
        }
    }

    private synchronized void look() {
        int before = begun;
        begun = slots.begun();
        if (consumer != null && isHeldUp()) {
            LOG.info("{} is not consumed for now: this node may begin no work", source.queues);
            stopConsuming();
        } else if (bounded && route != null && consumer != null && begun == before && !isEmpty()) {
            LOG.info("No message of {} could begin for {} ms: those that wait go back", source.queues, RECOVERY_MILLIS);
            stopConsuming();
        }
        recover(false);
    }

    private void stopConsuming() {
        consumer.stop();
        consumer = null;
        giveBackWaiting();
    }

    private boolean isHeldUp() {
        return bounded && !open.getAsBoolean();
    }

    /** There is more room. */
    private void raise() {
        onClock(0, () -> recover(false));
    }

    /** Goes on when the node may begin work again: there may be nothing on the route whose end would do so. */
    private void askAgain() {
        if (asks.compareAndSet(false, true)) {
            onClock(HELD_UP_MILLIS, () -> {
                asks.set(false);
                if (route != null && isHeldUp()) {
                    askAgain();
                } else {
                    recover(false);
                    processWaiting();
                }
            });
        }
    }

    private void onClock(int millis, Runnable task) {
        try {
            schedule(millis, task);
        } catch (RejectedExecutionException e) {
            LOG.debug("It is closed", e);
        }
    }

    /**
     * Opens a channel and consumes, unless one is open.
     *
     * @param anew whether the numbers may have changed
     */
    private synchronized void recover(boolean anew) {
        if (route == null) {
            return;
        }
        if (isHeldUp()) {
            askAgain();
            return;
        }
        try {
            if (consumer != null && !consumer.isConsuming()) {
                consumer.stop();
                consumer = null;
            }
            int last = ahead(anew);
            if (consumer == null && last > 0) {
                consumer = open(wanted(last));
            } else if (consumer != null && anew) {
                consumer.consumeAnew(wanted(last));
            } else if (consumer != null) {
                consumer.consume(wanted(last));
            }
            limited = consumer == null || consumer.ahead() < concurrency * prefetch;
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                LOG.warn("Cannot consume {}, trying again every two seconds: {}", source.queues, e.getMessage());
            }
            failing = true;
        }
    }

    /**
     * How many messages of the last queue the broker may send ahead: as many as there is room for beside what came over other
     * channels; no more than before while any wait here.
     */
    private int ahead(boolean anew) {
        int most = concurrency * prefetch;
        if (!bounded || anew && consumer != null) {
            return most;
        }
        if (consumer == null) {
            return slots.free() * prefetch;
        }
        return isEmpty() ? Math.min(most, (slots.free() + consumer.unsettled()) * prefetch) : 0;
    }

    private int[] wanted(int last) {
        int[] wanted = new int[source.queues.size()];
        Arrays.fill(wanted, last);
        return wanted;
    }

    /** Declares all queues if one is missing: an auto-delete queue may just have lost its last consumer. */
    private ChannelConsumer open(int[] wanted) throws IOException {
        try {
            return openOnce(wanted);
        } catch (IOException e) {
            if (admin == null) {
                throw e;
            }
            admin.initialize();
            return openOnce(wanted);
        }
    }

    private ChannelConsumer openOnce(int[] wanted) throws IOException {
        Channel channel = source.connections.createConnection().getDelegate().createChannel();
        if (channel == null) {
            throw new IOException("the connection has no free channel");
        }
        ChannelConsumer opened = new ChannelConsumer(channel, this);
        try {
            opened.consume(wanted);
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.abort();
            throw e;
        }
    }

    /** A message has arrived. */
    void add(Message message, ChannelConsumer from) {
        waiting.get(source.queues.indexOf(message.getMessageProperties().getConsumerQueue()))
                .add(new Delivered(message, from));
        if (closed) {
            giveBackWaiting();
        }
        processWaiting();
    }

    /** The broker has requeued what waits here. */
    void dropFrom(ChannelConsumer closed) {
        waiting.forEach(queue -> queue.removeIf(delivered -> delivered.consumer == closed));
    }

    /** The broker may send more messages ahead than may be on the route. */
    private void processWaiting() {
        while (!isEmpty()) {
            Route to = route;
            if (to != null && isHeldUp()) {
                askAgain();
                return;
            }
            int revision = to == null ? Slots.NONE : slots.take();
            if (revision == Slots.NONE) {
                return;
            }
            Delivered next = next();
            if (next == null) { // another thread took it
                slots.release(revision);
            } else {
                to.process(next.message, next.consumer.getChannel(), () -> {
                    slots.release(revision);
                    processWaiting();
                    next.consumer.settled();
                    if (limited) {
                        raise();
                    }
                });
            }
        }
    }

    private boolean isEmpty() {
        for (Queue<Delivered> queue : waiting) {
            if (!queue.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private Delivered next() {
        int queue = turns.next(i -> !waiting.get(i).isEmpty());
        while (queue >= 0) {
            Delivered next = waiting.get(queue).poll();
            if (next != null) {
                return next;
            }
            queue = turns.next(i -> !waiting.get(i).isEmpty()); // another thread took it
        }
        return null;
    }
}
