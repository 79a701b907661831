package dev.caravan.event;

import dev.caravan.component.rabbitmq.TopologyMaintainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarable;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.DirectExchange;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.core.ChannelCallback;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.beans.factory.DisposableBean;

/**
 * What events need on the broker: two exchanges, a queue of this node's own that goes with its connection, the keys that
 * somebody on this node follows, and the queues of durable subscriptions. What is asked for while the broker is away is
 * declared with the next connection, together with all else. Thread-safe; nobody waits here.
 */
final class EventQueues extends Declarables implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(EventQueues.class);

    private final RabbitAdmin admin;
    private final TopologyMaintainer topology;
    private final FanoutExchange all;
    private final DirectExchange keyed;
    private final Queue own;
    private final Queue dead;
    private final Set<String> keys = ConcurrentHashMap.newKeySet();
    private final Map<String, Durable> durable = new ConcurrentHashMap<>();
    private final ExecutorService one = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "caravan-bindings");
        thread.setDaemon(true);
        return thread;
    });

    private record Durable(Queue queue, Binding binding, Object owner) {}

    /**
     * @param follows whether events are followed on this node; else it only publishes
     * @param own the name of this node's own queue
     * @param dead the name of the queue for what no durable subscription could work
     */
    EventQueues(
            RabbitAdmin admin,
            TopologyMaintainer topology,
            String all,
            String keyed,
            boolean follows,
            String own,
            String dead) {
        this.admin = admin;
        this.topology = topology;
        this.all = new FanoutExchange(all);
        this.keyed = new DirectExchange(keyed);
        this.own = follows ? new Queue(own, false, true, true) : null;
        this.dead = follows ? new Queue(dead, true, false, false) : null;
    }

    /** All that is wanted right now, for the admin, which declares it with each new connection. */
    @Override
    public Collection<Declarable> getDeclarables() {
        List<Declarable> wanted = new ArrayList<>(List.of(all, keyed));
        if (own != null) {
            wanted.addAll(List.of(own, dead, BindingBuilder.bind(own).to(all)));
            keys.forEach(key -> wanted.add(BindingBuilder.bind(own).to(keyed).with(key)));
        }
        durable.values().forEach(each -> wanted.addAll(List.of(each.queue, each.binding)));
        return wanted;
    }

    /** Lets events with this key come to this node; done when they do, false if that will be later or never. */
    CompletableFuture<Boolean> follow(String key) {
        if (own == null) {
            return CompletableFuture.completedFuture(false);
        }
        keys.add(key);
        return ask(channel -> channel.queueBind(own.getName(), keyed.getName(), key));
    }

    /** Ends {@link #follow}. */
    void leave(String key) {
        if (keys.remove(key)) {
            ask(channel -> channel.queueUnbind(own.getName(), keyed.getName(), key));
        }
    }

    /**
     * Has a durable queue for the events that have this key, or for those that have none if it is null. It stays until
     * somebody deletes it, and so does what it is bound to.
     *
     * @param owner who wants it
     */
    void keep(String name, String key, Object owner) {
        Queue queue = new Queue(name, true, false, false);
        Binding binding = key == null
                ? BindingBuilder.bind(queue).to(all)
                : BindingBuilder.bind(queue).to(keyed).with(key);
        durable.put(name, new Durable(queue, binding, owner));
        ask(channel -> {
            channel.queueDeclare(name, true, false, false, null);
            return channel.queueBind(name, binding.getExchange(), binding.getRoutingKey());
        });
    }

    /** The queue stays, but it is not declared again for this owner. */
    void forget(String name, Object owner) {
        durable.computeIfPresent(name, (same, kept) -> kept.owner == owner ? null : kept);
    }

    /** One after the other, so that leaving never overtakes following. */
    private CompletableFuture<Boolean> ask(ChannelCallback<?> declaration) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        admin.getRabbitTemplate().execute(declaration);
                        return true;
                    } catch (AmqpException e) {
                        LOG.warn("Not declared, for the moment: {}", e.toString());
                        topology.declareAgain();
                        return false;
                    }
                },
                one);
    }

    @Override
    public void destroy() {
        one.shutdownNow();
    }
}
