package dev.caravan.job.webhook;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.amqp.core.QueueInformation;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Has a durable subscription for each webhook that wants events, on each node with the role {@code events}: a route of its own,
 * which passes them on to {@code webhooks-event}. Called by one timer.
 */
@Component
public class WebhookEvents {
    private static final String SUBSCRIPTION = "webhook.";
    /** A set of Redis: the webhooks that may have a queue, so that one goes whose webhook was deleted while no node ran. */
    private static final String QUEUES = "caravan:webhooks:queues";
    /** With pauses that grow fourfold from a tenth of a second: for hours. Then the event goes to the dead queue. */
    private static final int ATTEMPTS = 10;

    private final Webhooks webhooks;
    private final CamelContext context;
    private final RabbitAdmin broker;
    private final StringRedisTemplate redis;
    private final boolean subscribes;
    private boolean knowsQueues;
    /** What the routes that run here subscribe to, by the names of their webhooks. */
    private final Map<String, Webhook.Events> running = new HashMap<>();
    /** Those whose queues may still be there. */
    private final Set<String> ended = new HashSet<>();

    WebhookEvents(
            Webhooks webhooks,
            CamelContext context,
            RabbitAdmin broker,
            StringRedisTemplate redis,
            @Value("${caravan.roles}") Set<String> roles) {
        this.webhooks = webhooks;
        this.context = context;
        this.broker = broker;
        this.redis = redis;
        this.subscribes = roles.contains("events");
    }

    /** Starts and ends subscriptions, so that there are those that webhooks want. */
    public void follow() throws Exception {
        if (!subscribes) {
            return;
        }
        if (!knowsQueues) {
            findQueues();
            knowsQueues = true;
        }
        deleteQueues();
        Map<String, Webhook> wanted = webhooks.ofEvents();
        for (String name : Set.copyOf(running.keySet())) {
            Webhook webhook = wanted.get(name);
            if (webhook == null || !Objects.equals(webhook.events(), running.get(name))) {
                end(name);
            }
        }
        for (Webhook webhook : wanted.values()) {
            if (!running.containsKey(webhook.name())) {
                begin(webhook);
            }
        }
    }

    /** At the start: queues of webhooks that want no events any more. */
    private void findQueues() {
        Set<String> names = new HashSet<>(redis.opsForSet().members(QUEUES));
        webhooks.refresh(); // after that: who has a queue by now is known
        names.removeAll(webhooks.ofEvents().keySet());
        ended.addAll(names);
    }

    private void begin(Webhook webhook) throws Exception {
        redis.opsForSet().add(QUEUES, webhook.name());
        String key = webhook.events().key();
        context.addRoutes(new RouteBuilder(context) {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("events:" + SUBSCRIPTION + webhook.name() + "?durable=true&retryDelay=100&attempts=" + ATTEMPTS
                                + (key == null ? "" : "&key=" + key))
                        .routeId(route(webhook.name()))
                        .description("Tells the receiver of the webhook " + webhook.name() + " of events")
                        .setVariable("webhook", constant(webhook.name()))
                        .to("direct:webhooks-event");
            }
        });
        running.put(webhook.name(), webhook.events());
    }

    private void end(String name) throws Exception {
        context.getRouteController().stopRoute(route(name));
        context.removeRoute(route(name));
        running.remove(name);
        ended.add(name);
    }

    /** Once no node has a consumer of it any more. */
    private void deleteQueues() {
        for (String name : Set.copyOf(ended)) {
            if (running.containsKey(name)) {
                ended.remove(name);
                continue;
            }
            String queue = "caravan.events." + SUBSCRIPTION + name;
            QueueInformation found = broker.getQueueInfo(queue);
            if (found == null) {
                redis.opsForSet().remove(QUEUES, name);
                ended.remove(name);
            } else if (found.getConsumerCount() == 0) {
                broker.deleteQueue(queue, true, false);
            }
        }
    }

    private static String route(String name) {
        return "webhook-events-" + name;
    }
}
