package dev.caravan.component.stomp;

import java.security.Principal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Make a destination of STOMP, whose messages the route gets before its subscribers do; or publish to one.
 */
@UriEndpoint(
        firstVersion = "0.2.0",
        scheme = "stomp",
        title = "STOMP destination",
        syntax = "stomp:destination",
        category = {Category.MESSAGING},
        headersClass = StompHeaders.class)
public final class StompEndpoint extends DefaultEndpoint {
    private final StompComponent component;

    /**
     * What begins with /topic/ (all subscribers on all nodes get a message) or /queue/ (one does, and acknowledges it). A name
     * in braces stands for one part of a destination: the route has it as a variable.
     */
    @UriPath
    @Metadata(required = true)
    private String destination;

    /** Roles, separated by commas, of which a login needs one to subscribe; anyone needs no login. Default user. */
    @UriParam(label = "consumer", defaultValue = "user")
    private String subscribeRoles = "user";

    /** Roles, separated by commas, of which a login needs one to send; anyone needs no login. Default user. */
    @UriParam(label = "consumer", defaultValue = "user")
    private String sendRoles = "user";

    /** How many messages may wait in a queue; what is sent then is rejected. Default 10,000. */
    @UriParam(label = "consumer", defaultValue = "10000")
    private int maxMessages = 10_000;

    private DestinationPattern pattern;
    private Set<String> subscribing;
    private Set<String> sending;

    StompEndpoint(String uri, StompComponent component, String destination) {
        super(uri, component);
        this.component = component;
        this.destination = destination;
    }

    /** @throws IllegalArgumentException if an option is invalid */
    void check() {
        pattern = DestinationPattern.of(destination);
        subscribing = roles("subscribeRoles", subscribeRoles);
        sending = roles("sendRoles", sendRoles);
        if (maxMessages < 1) {
            throw new IllegalArgumentException("maxMessages must be positive");
        }
    }

    private Set<String> roles(String option, String text) {
        Set<String> roles = new LinkedHashSet<>(List.of(text.strip().split("\\s*,\\s*")));
        for (String role : roles) {
            if (!role.equals(StompRoles.ANYONE) && !component.roles().isKnown(role)) {
                throw new IllegalArgumentException(option + " names \"" + role + "\", which is no role");
            }
        }
        return roles;
    }

    DestinationPattern pattern() {
        return pattern;
    }

    Set<String> subscribing() {
        return subscribing;
    }

    Set<String> sending() {
        return sending;
    }

    boolean isAmong(Principal login, Set<String> roles) {
        return roles.stream()
                .anyMatch(role ->
                        role.equals(StompRoles.ANYONE) || component.roles().isOf(login, role));
    }

    @Override
    public Producer createProducer() {
        if (!pattern.isOne()) {
            throw new IllegalArgumentException("a message goes to one destination, not to " + destination);
        }
        return new StompProducer(this, component.destinations(), component.publisher());
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        StompConsumer consumer = new StompConsumer(this, processor, component.destinations(), component.publisher());
        configureConsumer(consumer);
        return consumer;
    }

    public String getDestination() {
        return destination;
    }

    public void setDestination(String destination) {
        this.destination = destination;
    }

    public String getSubscribeRoles() {
        return subscribeRoles;
    }

    public void setSubscribeRoles(String subscribeRoles) {
        this.subscribeRoles = subscribeRoles;
    }

    public String getSendRoles() {
        return sendRoles;
    }

    public void setSendRoles(String sendRoles) {
        this.sendRoles = sendRoles;
    }

    public int getMaxMessages() {
        return maxMessages;
    }

    public void setMaxMessages(int maxMessages) {
        this.maxMessages = maxMessages;
    }
}
