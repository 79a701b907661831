package dev.caravan.event;

import dev.caravan.CaravanApplication;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.SseClient;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.component.mock.MockEndpoint;
import org.awaitility.Awaitility;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/** A whole node in this JVM, with route files of its own; its subscribers send what they get to {@code mock:} endpoints. */
final class EventNode implements AutoCloseable {
    private static final Path SHIPPED = Path.of("src/main/resources/routes");

    private final Path folder;
    private final ConfigurableApplicationContext application;

    EventNode() throws IOException {
        folder = Files.createTempDirectory("caravan-events").toRealPath();
        for (String name : List.of(
                "chat/publish",
                "engine/chat",
                "engine/chat-cluster",
                "engine/chat-history",
                "engine/topology",
                "engine/events",
                "events/publish",
                "events/chat")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.copy(SHIPPED.resolve(name + ".camel.yaml"), folder.resolve(name + ".camel.yaml"));
        }
        application = new SpringApplication(CaravanApplication.class)
                .run(
                        "--server.port=0",
                        "--caravan.roles=api,events,chat",
                        "--caravan.routes.directory=" + folder,
                        "--caravan.routes.poll=20ms",
                        "--caravan.routes.drain=5s");
    }

    URI http() {
        int port = ((ServletWebServerApplicationContext) application)
                .getWebServer()
                .getPort();
        return URI.create("http://127.0.0.1:" + port);
    }

    Api api() {
        return Api.at(http()).as("guest", "guest");
    }

    /** Follows events; {@code lastId} may be null. */
    SseClient follow(String path, String lastId) {
        return SseClient.follow(URI.create(http() + path), lastId);
    }

    private CamelContext camel() {
        return application.getBean(CamelContext.class);
    }

    boolean runs(String name) {
        return camel().getRoute("event-" + name) != null;
    }

    /** How many problems there are with the files at the moment. */
    double refused() {
        return application
                .getBean(MeterRegistry.class)
                .get("caravan.routes.rejected")
                .gauge()
                .value();
    }

    /** Writes the file of a subscriber, and does not wait. */
    void write(String name, String text) {
        try {
            Files.writeString(file(name), text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
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
        Files.delete(file(name));
        Awaitility.await().until(() -> !runs(name));
    }

    private Path file(String name) {
        return folder.resolve("events/" + name + ".camel.yaml");
    }

    /** The bodies that a subscriber has got. */
    List<String> got(String name) {
        return camel().getEndpoint("mock:" + name, MockEndpoint.class).getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
    }

    @Override
    public void close() throws IOException {
        application.close();
        FileSystemUtils.deleteRecursively(folder);
    }
}
