package dev.caravan.bench.limit;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.WriteListener;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import com.rabbitmq.client.impl.SocketFrameHandler;
import com.rabbitmq.client.impl.SocketFrameHandlerFactory;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.net.SocketFactory;

/**
 * Publishes with confirms on one connection and consumes with manual acknowledgements on another. Only the thread of
 * {@link Store} writes. Confirms and deliveries are handled on the reader of their connection.
 */
final class Rabbit {
    private static final int PREFETCH = 128;
    private static final int MOST_UNCONFIRMED = 1 << 14;
    private static final int TIMEOUT_MILLIS = 5000;

    private final String queue;
    private final Store store;
    private final Http http;
    private final Channel publisher;
    private final Channel consumer;
    /** What is published and not confirmed, by its number modulo the length. */
    private final AtomicReferenceArray<Job> unconfirmed = new AtomicReferenceArray<>(MOST_UNCONFIRMED);
    /** The lowest number that is not confirmed. Of the reader. */
    private long lowest = 1;
    /** The deliveries that are done, by tag modulo the length; all up to {@code acknowledged} are acknowledged. */
    private final boolean[] done = new boolean[2 * PREFETCH];

    private long acknowledged;
    /** The thread that writes several messages and flushes when it has written the last one; or null. */
    private volatile Thread writing;

    Rabbit(int port, String queue, Store store, Http http) throws Exception {
        this.queue = queue;
        this.store = store;
        this.http = http;
        publisher = connect(port).createChannel();
        publisher.queueDeclare(queue, true, false, false, null);
        publisher.confirmSelect();
        publisher.addReturnListener(message -> {
            long number = Long.parseLong(message.getProperties().getMessageId());
            unconfirmed.get((int) (number % MOST_UNCONFIRMED)).returned = true;
        });
        publisher.addConfirmListener(
                (number, multiple) -> confirmed(number, multiple, true),
                (number, multiple) -> confirmed(number, multiple, false));
        consumer = connect(port).createChannel();
        consumer.basicQos(PREFETCH);
    }

    void consume() throws IOException {
        consumer.basicConsume(queue, false, new DefaultConsumer(consumer) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                store.add(Job.delivered(body, envelope.getDeliveryTag()));
            }
        });
    }

    private Connection connect(int port) throws Exception {
        ConnectionFactory factory = new ConnectionFactory() {
            @Override
            protected synchronized FrameHandlerFactory createFrameHandlerFactory() {
                return new SocketFrameHandlerFactory(
                        TIMEOUT_MILLIS, SocketFactory.getDefault(), getSocketConfigurator(), false) {
                    @Override
                    public FrameHandler create(Socket socket) throws IOException {
                        return new BatchingFrames(socket);
                    }
                };
            }
        };
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        // Deliveries only go to a queue, so the reader takes them there itself.
        factory.setSharedExecutor(new ThreadPoolExecutor(0, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable task) {
                task.run();
            }
        });
        Connection connection = factory.newConnection();
        connection.addShutdownListener(Limit::fail);
        return connection;
    }

    /** Publishes jobs in one write, and acknowledges the deliveries that are done. */
    void publishAndAcknowledge(List<Job> jobs) throws IOException {
        for (int i = 0; i < jobs.size(); i++) {
            writing = i < jobs.size() - 1 ? Thread.currentThread() : null; // the last one flushes
            publish(jobs.get(i));
        }
        long first = acknowledged;
        while (done[index(acknowledged + 1)]) {
            acknowledged++;
            done[index(acknowledged)] = false;
        }
        if (acknowledged > first) {
            consumer.basicAck(acknowledged, true);
        }
    }

    private void publish(Job job) throws IOException {
        long number = publisher.getNextPublishSeqNo();
        if (!unconfirmed.compareAndSet((int) (number % MOST_UNCONFIRMED), null, job)) {
            throw new IOException(MOST_UNCONFIRMED + " messages are not confirmed");
        }
        BasicProperties properties = new BasicProperties.Builder()
                .contentType("text/plain")
                .contentEncoding("UTF-8")
                .deliveryMode(2)
                .messageId(Long.toString(number))
                .build();
        publisher.basicPublish("", queue, true, properties, job.message());
    }

    private void confirmed(long number, boolean multiple, boolean safe) {
        for (long n = multiple ? lowest : number; n <= number; n++) {
            Job job = unconfirmed.getAndSet((int) (n % MOST_UNCONFIRMED), null);
            if (job != null) {
                boolean accepted = safe && !job.returned;
                http.respond(job, accepted ? 202 : 503);
                if (!accepted) {
                    job.next = Transition.WITHDRAW;
                    store.add(job);
                }
            }
        }
        lowest = multiple || number == lowest ? number + 1 : lowest;
    }

    /** A delivery is done, and is acknowledged when all before it are. Of the store's thread, as acknowledging is. */
    void done(Job job) {
        done[index(job.tag)] = true;
    }

    private int index(long tag) {
        return (int) (tag % done.length);
    }

    /** Frames that are flushed once a batch, and a reader that hands over before it waits. */
    private final class BatchingFrames extends SocketFrameHandler {
        BatchingFrames(Socket socket) throws IOException {
            super(socket);
        }

        @Override
        public void flush(WriteListener listener) throws IOException {
            if (Thread.currentThread() != writing) {
                super.flush(listener);
            }
        }

        @Override
        public Frame readFrame() throws IOException {
            if (getInputStream().available() == 0) {
                http.wake();
                store.wake();
            }
            return super.readFrame();
        }
    }
}
