package dev.caravan.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Publishes messages of jobs to a durable queue, persistent and with confirms, and may consume them, with nothing in between. */
final class RabbitLoad implements AutoCloseable {
    private static final int MOST_UNCONFIRMED = 5000;
    private static final int PREFETCH = 1000;
    private static final int ACKNOWLEDGED_AT_ONCE = 100;
    private static final int PATIENCE_SECONDS = 120;
    private static final BasicProperties PERSISTENT = new BasicProperties.Builder()
            .contentType("text/plain")
            .contentEncoding("UTF-8")
            .deliveryMode(2)
            .build();

    private final Connection connection;
    private final Channel publisher;
    private final String queue;
    private final Semaphore window = new Semaphore(MOST_UNCONFIRMED);
    private final ConcurrentSkipListSet<Long> unconfirmed = new ConcurrentSkipListSet<>();

    RabbitLoad(Brokers brokers, String queue) throws IOException {
        this.queue = queue;
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(brokers.rabbitPort);
        try {
            connection = factory.newConnection();
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
        publisher = connection.createChannel();
        publisher.queueDeclare(queue, true, false, false, null);
        publisher.confirmSelect();
        publisher.addConfirmListener(this::confirmed, (number, multiple) -> {
            throw new IllegalStateException("RabbitMQ rejected a message");
        });
    }

    private void confirmed(long number, boolean multiple) {
        if (multiple) {
            int before = unconfirmed.headSet(number, true).size();
            unconfirmed.headSet(number, true).clear();
            window.release(before);
        } else if (unconfirmed.remove(number)) {
            window.release();
        }
    }

    /**
     * Returns when all messages are confirmed.
     *
     * @param payload of each job, JSON
     */
    void publish(int count, String payload) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            String message =
                    "{\"jobId\":\"" + UUID.randomUUID() + "\",\"type\":\"default\",\"payload\":" + payload + '}';
            acquire(1);
            unconfirmed.add(publisher.getNextPublishSeqNo());
            publisher.basicPublish("", queue, true, PERSISTENT, message.getBytes(UTF_8));
        }
        acquire(MOST_UNCONFIRMED);
        window.release(MOST_UNCONFIRMED);
    }

    private void acquire(int permits) throws IOException, InterruptedException {
        if (!window.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("RabbitMQ confirms nothing");
        }
    }

    /** Consumes and acknowledges so many messages; the latch opens at the last one. */
    CountDownLatch consume(int count) throws IOException {
        CountDownLatch last = new CountDownLatch(1);
        Channel consumer = connection.createChannel();
        consumer.basicQos(PREFETCH);
        consumer.basicConsume(queue, false, new DefaultConsumer(consumer) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body)
                    throws IOException {
                long number = envelope.getDeliveryTag();
                if (number % ACKNOWLEDGED_AT_ONCE == 0 || number == count) {
                    consumer.basicAck(number, true);
                }
                if (number == count) {
                    last.countDown();
                }
            }
        });
        return last;
    }

    /** How many messages wait. */
    int waiting() throws IOException {
        return publisher.queueDeclarePassive(queue).getMessageCount();
    }

    void purge() throws IOException {
        publisher.queuePurge(queue);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
