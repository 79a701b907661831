package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import dev.caravan.component.batch.Batcher;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.DisposableBean;

/**
 * Publishes so that "done" means safe: persistent, confirmed and, if not said otherwise, on a queue. All messages go over one channel, one after
 * the other, and nobody waits on a thread: confirms come back later, many at a time. That is what the broker is
 * fastest at; a channel and a wait per message, as templates do it, costs a round trip each.
 *
 * <p>Text goes out as the wire contract wants it ({@code text/plain}, UTF-8). Thread-safe.
 */
public final class ConfirmedPublisher implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(ConfirmedPublisher.class);
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 256;
    /** After a connection was refused, the next try is not sooner than this. */
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /**
     * A channel on which something was refused is not used for longer than this. RabbitMQ 3.10 refuses each message for ever
     * on a channel that was opened in the moment in which a quorum queue had lost its leader and had no new one.
     */
    private static final long REFUSED_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** While the broker is away, so often somebody finds out whether it still is. */
    private static final int PROBE_MILLIS = 500;

    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);

    private final ConnectionFactory connections;
    private final Runnable declarations;
    private final Duration timeout;
    private final Executor executor;
    private final Batcher<Publication> batcher;
    /** The open channel, or null. Touched by one batch at a time only. */
    private Confirms confirms;

    private long refusedAt = System.nanoTime() - RECONNECT_NANOS;
    /** Whether the broker could not be reached, or has confirmed nothing for as long as a confirm may take. */
    private volatile boolean away;

    private volatile long confirmedAt = System.nanoTime();
    private final AtomicLong probedAt = new AtomicLong(System.nanoTime() - PROBE_NANOS);

    /**
     * @param connections where to publish; a connection of its own is used, so that a broker that holds back
     *     publishers does not hold back consumers
     * @param declarations declares all exchanges and queues, before the first message on a channel: a broker that has lost
     *     everything would confirm an event whose queues are not there yet. What declares them for a new connection does not
     *     wait for another thread that does so
     * @param timeout how long a confirm may take, all in all
     * @param executor publishes, and runs what follows a confirm
     */
    public ConfirmedPublisher(
            ConnectionFactory connections, Runnable declarations, Duration timeout, Executor executor) {
        this.declarations = declarations;
        ConnectionFactory own = connections.getPublisherConnectionFactory();
        this.connections = own == null ? connections : own;
        this.timeout = timeout;
        this.executor = executor;
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::send);
    }

    /**
     * Whether to begin what needs a confirm in the end. While the broker is away that is no use; but one caller each
     * {@value #PROBE_MILLIS} ms gets true, and finds out.
     */
    public boolean isAvailable() {
        if (!away) {
            return true;
        }
        long last = probedAt.get();
        long now = System.nanoTime();
        return now - last >= PROBE_NANOS && probedAt.compareAndSet(last, now);
    }

    /** Publishes a message that a queue must have, with nothing beside its text. */
    public CompletableFuture<Void> publish(String exchange, String routingKey, String text) {
        return publish(OutgoingMessage.of(exchange, routingKey, text));
    }

    /**
     * Publishes a message.
     *
     * @return done when the broker has routed the message and made it safe; fails with {@link NotConfirmed} when it
     *     refused it, returned it as unroutable, cannot be reached, or did not answer in time
     */
    public CompletableFuture<Void> publish(OutgoingMessage message) {
        Publication publication = new Publication(message, new CompletableFuture<>());
        publication.confirmed().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (!batcher.offer(publication)) {
            publication.fail("More than " + CAPACITY + " messages wait for the broker", false, null);
        }
        return publication
                .confirmed()
                .exceptionallyComposeAsync(
                        failure -> CompletableFuture.failedFuture(
                                failure instanceof TimeoutException ? timedOut() : failure),
                        // What follows a failure must not hold up the connection, nor the clock of all timeouts.
                        executor);
    }

    private NotConfirmed timedOut() {
        away |= System.nanoTime() - confirmedAt > timeout.toNanos();
        return new NotConfirmed("The broker did not confirm a message within " + timeout, true, null);
    }

    private Runnable send(List<Publication> batch) {
        List<Publication> open = new ArrayList<>(batch);
        open.removeIf(publication -> publication.confirmed().isDone());
        if (open.isEmpty()) {
            return () -> {};
        }
        Confirms channel;
        try {
            channel = open();
        } catch (IOException | RuntimeException e) {
            return unreachable(open, false, e);
        }
        try {
            CoalescingSocketFactory.coalesce(() -> {
                for (Publication publication : open) {
                    channel.publish(publication);
                }
            });
            return () -> {};
        } catch (IOException | RuntimeException e) {
            return unreachable(open, true, e);
        }
    }

    private Runnable unreachable(List<Publication> publications, boolean sent, Exception cause) {
        away = true;
        close();
        String message = "The broker cannot be reached: " + cause.getMessage();
        return () -> publications.forEach(publication -> publication.fail(message, sent, cause));
    }

    private Confirms open() throws IOException {
        if (confirms != null && confirms.isRefused()) {
            confirms.retire();
            confirms = null;
        }
        if (confirms == null || !confirms.channel.isOpen()) {
            if (System.nanoTime() - refusedAt < RECONNECT_NANOS) {
                throw new IOException("the connection was refused a moment ago");
            }
            try {
                Connection connection = connections.createConnection().getDelegate();
                declarations.run(); // before there is a channel, which a failure would leave open
                Channel channel = connection.createChannel();
                if (channel == null) {
                    throw new IOException("the connection has no free channel");
                }
                confirms = new Confirms(channel);
            } catch (IOException | RuntimeException e) {
                refusedAt = System.nanoTime();
                throw e;
            }
        }
        return confirms;
    }

    private void close() {
        if (confirms != null) {
            confirms.close();
            confirms = null;
        }
    }

    @Override
    public void destroy() {
        batcher.close();
        close();
    }

    private record Publication(OutgoingMessage message, CompletableFuture<Void> confirmed) {
        BasicProperties properties(long number) {
            BasicProperties.Builder properties = new BasicProperties.Builder()
                    .contentType(message.contentType())
                    .contentEncoding(message.contentType().equals(OutgoingMessage.TEXT) ? "UTF-8" : null)
                    .deliveryMode(2)
                    .messageId(message.id() == null ? Long.toString(number) : message.id());
            if (message.time() != null) {
                properties.timestamp(Date.from(message.time()));
            }
            if (!message.headers().isEmpty()) {
                properties.headers(Map.copyOf(message.headers()));
            }
            return properties.build();
        }

        void fail(String message, boolean sent, Throwable cause) {
            confirmed.completeExceptionally(new NotConfirmed(message, sent, cause));
        }
    }

    /** One channel and what is not confirmed on it yet, by the number that the broker counts with. */
    private final class Confirms {
        private final Channel channel;
        private final ConcurrentNavigableMap<Long, Publication> open = new ConcurrentSkipListMap<>();
        private final long since = System.nanoTime();
        private volatile boolean refused;
        private volatile boolean retired;

        Confirms(Channel channel) throws IOException {
            this.channel = channel;
            channel.addConfirmListener(
                    (number, multiple) -> done(number, multiple, true),
                    (number, multiple) -> done(number, multiple, false));
            channel.addReturnListener(this::returned);
            channel.addShutdownListener(this::shutDown);
            channel.confirmSelect();
        }

        void publish(Publication publication) throws IOException {
            long number = channel.getNextPublishSeqNo();
            open.put(number, publication);
            publication.confirmed().whenComplete((nothing, failure) -> {
                open.remove(number);
                closeIfDone();
            });
            OutgoingMessage message = publication.message();
            channel.basicPublish(
                    message.exchange(),
                    message.routingKey(),
                    message.mandatory(),
                    publication.properties(number),
                    message.body());
        }

        boolean isRefused() {
            return refused && System.nanoTime() - since > REFUSED_NANOS;
        }

        /** Another one is used from now on; this one is closed when its last message is confirmed, or too late. */
        void retire() {
            retired = true;
            closeIfDone();
        }

        private void closeIfDone() {
            if (retired && open.isEmpty()) {
                executor.execute(this::close); // which waits for the broker, as the thread of the connection must not
            }
        }

        private void done(long number, boolean multiple, boolean ack) {
            refused |= !ack;
            confirmedAt = System.nanoTime();
            if (away) {
                away = false;
            }
            List<Publication> done = new ArrayList<>();
            if (multiple) {
                ConcurrentNavigableMap<Long, Publication> upTo = open.headMap(number, true);
                done.addAll(upTo.values());
            } else {
                Publication publication = open.get(number);
                if (publication != null) {
                    done.add(publication);
                }
            }
            if (!done.isEmpty()) {
                executor.execute(() -> done.forEach(publication -> {
                    if (ack) {
                        publication.confirmed().complete(null);
                    } else {
                        publication.fail(
                                "The broker refused a message to "
                                        + publication.message().exchange() + " "
                                        + publication.message().routingKey(),
                                true,
                                null);
                    }
                }));
            }
        }

        /** Comes before the confirm of the same message, which then finds it failed. */
        private void returned(Return message) {
            Publication publication = of(message.getProperties().getMessageId());
            if (publication != null) {
                publication.fail(
                        "No queue for exchange '" + message.getExchange() + "', key '" + message.getRoutingKey() + "': "
                                + message.getReplyText(),
                        false,
                        null);
            }
        }

        /** One with an id of its own is among the first that are open: what is returned comes back in its order. */
        private Publication of(String id) {
            for (Publication publication : open.values()) {
                if (id.equals(publication.message().id())) {
                    return publication;
                }
            }
            return id.matches("\\d{1,18}") ? open.get(Long.parseLong(id)) : null;
        }

        private void shutDown(ShutdownSignalException cause) {
            List<Publication> lost = List.copyOf(open.values());
            if (!lost.isEmpty()) {
                LOG.warn("The channel to the broker closed with {} messages not confirmed", lost.size());
                executor.execute(() -> lost.forEach(publication ->
                        publication.fail("The connection to the broker was lost: " + cause.getMessage(), true, cause)));
            }
        }

        void close() {
            try {
                if (channel.isOpen()) {
                    channel.abort();
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug("The channel was closed already", e);
            }
        }
    }
}
