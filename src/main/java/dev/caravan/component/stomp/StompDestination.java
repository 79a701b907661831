package dev.caravan.component.stomp;

import java.security.Principal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A destination that a route makes. */
public final class StompDestination {
    private final String name;
    private final StompConsumer consumer;
    private final Map<String, String> values;

    /** @param values of the names in the route's pattern */
    StompDestination(String name, StompConsumer consumer, Map<String, String> values) {
        this.name = name;
        this.consumer = consumer;
        this.values = values;
    }

    public String name() {
        return name;
    }

    /** Whether one subscriber gets each message; else all do. */
    public boolean isQueue() {
        return consumer.pattern().isQueue();
    }

    /** Roles of which a login needs one to subscribe. */
    public Set<String> subscribeRoles() {
        return consumer.endpoint().subscribing();
    }

    /** Roles of which a login needs one to send. */
    public Set<String> sendRoles() {
        return consumer.endpoint().sending();
    }

    /** How many messages may wait, if it is a queue. */
    int maxMessages() {
        return consumer.endpoint().getMaxMessages();
    }

    /** @param login null for an anonymous client */
    public boolean maySubscribe(Principal login) {
        return consumer.endpoint().isAmong(login, subscribeRoles());
    }

    /** @param login null for an anonymous client */
    public boolean maySend(Principal login) {
        return consumer.endpoint().isAmong(login, sendRoles());
    }

    /**
     * Gives a message to the route, and publishes what that leaves.
     *
     * @param login null for an anonymous client
     * @param headers the client's own
     * @return done when the broker has confirmed it, or the route has stopped it
     */
    public CompletableFuture<Void> send(Principal login, String contentType, byte[] body, Map<String, String> headers) {
        return consumer.receive(name, values, login == null ? null : login.getName(), contentType, body, headers);
    }
}
