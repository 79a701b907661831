package dev.caravan.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import redis.clients.jedis.JedisPooled;

/**
 * A consumer of the worker queue that knows nothing but {@code docs/reference/wire.md}, with the prefetch of Spring AMQP:
 * one job after the other, while up to 250 messages wait in its memory.
 */
final class PlainService implements AutoCloseable {
    private static final int PREFETCH = 250;

    private final String name = "plain-" + UUID.randomUUID();
    private final Site site;
    private final JedisPooled redis;
    private final Connection connection;
    private final Channel channel;
    private final AtomicInteger done = new AtomicInteger();
    private String consumer;

    private PlainService(Site site) throws IOException, TimeoutException {
        this.site = site;
        this.redis = site.redis();
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(site.rabbit.port());
        this.connection = factory.newConnection(name);
        this.channel = connection.createChannel();
        channel.basicQos(PREFETCH);
    }

    static PlainService start(Site site) throws IOException, TimeoutException {
        PlainService service = new PlainService(site);
        service.consumer = service.channel.basicConsume(Site.QUEUE, false, new DefaultConsumer(service.channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body)
                    throws IOException {
                service.work(JsonParser.parseString(new String(body, UTF_8)).getAsJsonObject());
                getChannel().basicAck(envelope.getDeliveryTag(), false);
                service.done.incrementAndGet();
            }
        });
        return service;
    }

    private void work(JsonObject message) {
        String job = message.get("jobId").getAsString();
        save(job, "1", "Job being processed", "");
        if (message.get("type").getAsString().equals("effect")) {
            String run = "%s - %s %s"
                    .formatted(
                            job,
                            name,
                            message.getAsJsonObject("payload").get("n").getAsString());
            site.effects.note("begin " + run);
            Trial.work(50);
            site.effects.note("end " + run);
        }
        save(job, "0", "Finished", "Success");
    }

    /** As a repository of Spring Data does. */
    private void save(String job, String status, String message, String result) {
        redis.del("Job:" + job);
        redis.hset("Job:" + job, Map.of("id", job, "status", status, "message", message, "result", result));
    }

    /** Takes no more, works what it has, and ends. */
    @Override
    public void close() throws IOException {
        channel.basicCancel(consumer);
        AtomicInteger seen = new AtomicInteger(-1);
        Awaitility.await("an end of what it holds")
                .pollInterval(Duration.ofMillis(500))
                .atMost(Site.SOON)
                .until(() -> seen.getAndSet(done.get()) == done.get());
        connection.abort();
        redis.close();
    }
}
