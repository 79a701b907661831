package dev.caravan.event;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.SseClient;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.component.mock.MockEndpoint;
import org.awaitility.Awaitility;

/** A whole node in this JVM, with route files of its own; its subscribers send what they get to {@code mock:} endpoints. */
final class EventNode implements AutoCloseable {
    private static final List<String> FILES = List.of(
            "chat/publish",
            "engine/chat",
            "engine/chat-cluster",
            "engine/chat-history",
            "engine/topology",
            "engine/events",
            "events/publish",
            "events/chat");

    private final InProcessNode node = InProcessNode.startWith(FILES, "--caravan.roles=api,events,chat");

    URI http() {
        return node.http();
    }

    Api api() {
        return node.api().as("guest", "guest");
    }

    /** Follows events; {@code lastId} may be null. */
    SseClient follow(String path, String lastId) {
        return SseClient.follow(URI.create(http() + path), lastId);
    }

    private CamelContext camel() {
        return node.bean(CamelContext.class);
    }

    boolean runs(String name) {
        return camel().getRoute("event-" + name) != null;
    }

    /** How many problems there are with the files at the moment. */
    double refused() {
        return node.bean(MeterRegistry.class)
                .get("caravan.routes.rejected")
                .gauge()
                .value();
    }

    /** Writes the file of a subscriber, and does not wait. */
    void write(String name, String text) {
        node.save("events/" + name, text);
    }

    /** Saves a subscriber whose steps begin with this one, and waits until it runs. */
    void subscriber(String name, String options, String step) {
        var before = camel().getRoute("event-" + name);
        write(
                name,
                """
                - route:
                    id: event-%1$s
                    description: A subscriber of the tests
                    routeConfigurationId: propagate
                    from:
                      uri: events:%1$s%2$s
                      steps:
                        - %3$s
                        - to: mock:%1$s
                """
                        .formatted(name, options, step));
        Awaitility.await().until(() -> {
            var now = camel().getRoute("event-" + name);
            return now != null
                    && now != before
                    && camel().getRouteController()
                            .getRouteStatus("event-" + name)
                            .isStarted();
        });
    }

    /** Deletes the file of a subscriber, and waits until it is gone. */
    void without(String name) throws IOException {
        Files.delete(node.file("events/" + name));
        Awaitility.await().until(() -> !runs(name));
    }

    /** The bodies that a subscriber has got. */
    List<String> got(String name) {
        return camel().getEndpoint("mock:" + name, MockEndpoint.class).getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
    }

    @Override
    public void close() {
        node.close();
    }
}
