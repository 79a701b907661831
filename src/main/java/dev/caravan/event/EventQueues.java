package dev.caravan.event;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.rabbitmq.TopologyMaintainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * The topology of events: two exchanges, this node's own queue, which ends with its connection, the bindings of the keys
 * with subscribers on this node, and the queues of durable subscriptions, also of those on other nodes: whoever publishes
 * first after a broker has lost everything declares them before that. What is requested while the broker cannot be reached
 * is declared with the next connection. Thread-safe; callers do not wait.
 */
@Component
@Order(1)
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
    /** Those of other nodes, and of this one: their keys, empty for none, by the names of their queues. */
    private volatile Map<String, String> shared = Map.of();

    /** Names of the queues whose consumers on this node have ended for good. */
    private final Set<String> ended = ConcurrentHashMap.newKeySet();

    private final ExecutorService declaring = Executors.newSingleThreadExecutor(new DaemonThreads("caravan-bindings"));

    private record Durable(Queue queue, Binding binding, Object owner) {}

    /** Every node may publish events. A node with the role {@code events} has subscribers, and a queue for them. */
    EventQueues(
            RabbitAdmin admin,
            TopologyMaintainer topology,
            EventSettings settings,
            @Value("${caravan.roles}") Set<String> roles) {
        boolean subscribes = roles.contains("events");
        this.admin = admin;
        this.topology = topology;
        this.all = new FanoutExchange(settings.exchange());
        this.keyed = new DirectExchange(settings.directExchange());
        this.own = subscribes ? new Queue(settings.queue(), false, true, true) : null;
        this.dead = subscribes ? new Queue(settings.deadQueue(), true, false, false) : null;
    }

    /** The current topology; the admin declares it with each new connection. */
    @Override
    public Collection<Declarable> getDeclarables() {
        List<Declarable> wanted = new ArrayList<>(List.of(all, keyed));
        if (own != null) {
            wanted.addAll(List.of(own, dead, BindingBuilder.bind(own).to(all)));
            keys.forEach(key -> wanted.add(BindingBuilder.bind(own).to(keyed).with(key)));
        }
        durable.values().forEach(each -> wanted.addAll(List.of(each.queue, each.binding)));
        shared.forEach((name, key) -> {
            if (!durable.containsKey(name) && !ended.contains(name)) {
                Durable other = durable(name, key.isEmpty() ? null : key, null);
                wanted.addAll(List.of(other.queue, other.binding));
            }
        });
        return wanted;
    }

    /** Spring's own looks into a collection that is empty here. */
    @Override
    @SuppressWarnings("unchecked")
    public <T extends Declarable> List<T> getDeclarablesByType(Class<? extends T> type) {
        return getDeclarables().stream()
                .filter(type::isInstance)
                .map(each -> (T) each)
                .toList();
    }

    private Durable durable(String name, String key, Object owner) {
        Queue queue = new Queue(name, true, false, false);
        Binding binding = key == null
                ? BindingBuilder.bind(queue).to(all)
                : BindingBuilder.bind(queue).to(keyed).with(key);
        return new Durable(queue, binding, owner);
    }

    /** The durable subscriptions of this node: their keys, empty for none, by the names of their queues. */
    Map<String, String> durable() {
        Map<String, String> keys = new TreeMap<>();
        durable.forEach((name, each) -> keys.put(name, each.binding.getRoutingKey()));
        return keys;
    }

    /** The queues whose subscriptions this node has ended. */
    Set<String> ended() {
        return Set.copyOf(ended);
    }

    /**
     * Declares the queues that are new among these.
     *
     * @param subscriptions of all nodes, as {@link #durable()} has them
     * @param forgotten those of {@link #ended()} that count as ended everywhere, unless they are among these
     */
    void share(Map<String, String> subscriptions, Set<String> forgotten) {
        Set<String> known = shared.keySet();
        shared = Map.copyOf(subscriptions);
        ended.removeAll(forgotten);
        subscriptions.forEach((name, key) -> {
            if (!known.contains(name) && !durable.containsKey(name)) {
                declare(durable(name, key.isEmpty() ? null : key, null));
            }
        });
    }

    private void declare(Durable added) {
        Binding binding = added.binding;
        declare(channel -> {
            channel.queueDeclare(added.queue.getName(), true, false, false, null);
            return channel.queueBind(added.queue.getName(), binding.getExchange(), binding.getRoutingKey());
        });
    }

    /** Binds a key to this node's queue; false if the broker does so later, or never. */
    CompletableFuture<Boolean> bindKey(String key) {
        if (own == null) {
            return CompletableFuture.completedFuture(false);
        }
        keys.add(key);
        return declare(channel -> channel.queueBind(own.getName(), keyed.getName(), key));
    }

    void unbindKey(String key) {
        if (keys.remove(key)) {
            declare(channel -> channel.queueUnbind(own.getName(), keyed.getName(), key));
        }
    }

    /**
     * Declares a durable queue for the events with a key, or for those without one if it is null. The queue and its binding
     * stay until somebody deletes them.
     *
     * @param owner the consumer of the queue
     */
    void addDurable(String name, String key, Object owner) {
        Durable added = durable(name, key, owner);
        durable.put(name, added);
        ended.remove(name);
        declare(added);
    }

    /**
     * The queue stays; it is not declared again for this owner.
     *
     * @param ends whether the subscription ends; false if only this node does
     */
    void removeDurable(String name, Object owner, boolean ends) {
        durable.computeIfPresent(name, (same, kept) -> {
            if (kept.owner != owner) {
                return kept;
            }
            if (ends) {
                ended.add(name);
            }
            return null;
        });
    }

    /** One after the other: unbinding never overtakes binding. */
    private CompletableFuture<Boolean> declare(ChannelCallback<?> declaration) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        admin.getRabbitTemplate().execute(declaration);
                        return true;
                    } catch (AmqpException e) {
                        LOG.warn(
                                "Cannot declare a queue or binding of events; the next connection declares it: {}",
                                e.toString());
                        topology.declareAgain();
                        return false;
                    }
                },
                declaring);
    }

    @Override
    public void destroy() {
        declaring.shutdownNow();
    }
}
