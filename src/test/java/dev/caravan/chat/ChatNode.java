package dev.caravan.chat;

import dev.caravan.CaravanApplication;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.FileSystemUtils;

/**
 * A whole node for the tests of the chat, one for each class, with route files of its own. Its clients are
 * closed after each test.
 */
final class ChatNode implements BeforeAllCallback, AfterEachCallback {
    static final int RATE = 100;
    static final int BACKLOG = 300;

    private static final AtomicInteger ROOMS = new AtomicInteger();
    private static final Path SHIPPED = Path.of("src/main/resources/routes");

    private final Queue<StompClient> clients = new ConcurrentLinkedQueue<>();
    private Running node;
    private Running second;

    private record Running(Path folder, ConfigurableApplicationContext application)
            implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        @Override
        public void close() throws IOException {
            application.close();
            FileSystemUtils.deleteRecursively(folder);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // Not for longer than a class: other tests look at what is the JVM's, threads and MBeans.
        node = context.getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(Running.class, any -> start(), Running.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        clients.forEach(StompClient::close);
        clients.clear();
    }

    private static Running start(String... more) {
        try {
            Path folder = Files.createTempDirectory("caravan-chat").toRealPath();
            for (String name : List.of(
                    "chat/publish", "engine/chat", "engine/chat-cluster", "engine/chat-history", "engine/topology")) {
                Files.createDirectories(file(folder, name).getParent());
                Files.copy(file(SHIPPED, name), file(folder, name));
            }
            Stream<String> settings = Stream.of(
                    "--server.port=0",
                    "--caravan.roles=chat",
                    "--caravan.routes.directory=" + folder,
                    "--caravan.routes.poll=20ms",
                    "--caravan.routes.drain=5s",
                    "--caravan.chat.connect-timeout=3s",
                    "--caravan.chat.heart-beat=1s",
                    "--caravan.chat.rate=" + RATE,
                    "--caravan.chat.backlog=" + BACKLOG,
                    "--caravan.chat.max-subscriptions=10",
                    "--caravan.chat.isolated-after=3s",
                    "--caravan.chat.history=5");
            return new Running(
                    folder,
                    new SpringApplication(CaravanApplication.class)
                            .run(Stream.concat(settings, Stream.of(more)).toArray(String[]::new)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A second node, beside that of all tests, for as long as the test wants it. */
    AutoCloseable join() {
        Environment first = bean(Environment.class);
        second = start(
                first.getRequiredProperty("caravan.join.broker"),
                first.getRequiredProperty("caravan.join.redis"),
                "--caravan.security.allow-insecure=true",
                "--caravan.node=second");
        return second;
    }

    /** A client of the second node. */
    StompClient connectToSecond(String version, String... headers) {
        return add(StompClient.connect(http(second), version, headers));
    }

    private static Path file(Path folder, String name) {
        return folder.resolve(name + ".camel.yaml");
    }

    URI http() {
        return http(node);
    }

    private static URI http(Running node) {
        int port = ((ServletWebServerApplicationContext) node.application)
                .getWebServer()
                .getPort();
        return URI.create("http://127.0.0.1:" + port);
    }

    CamelContext camel() {
        return bean(CamelContext.class);
    }

    <T> T bean(Class<T> type) {
        return node.application.getBean(type);
    }

    /** A WebSocket on which nothing has been said. */
    StompClient open(String... subprotocols) {
        return add(StompClient.open(http(), subprotocols));
    }

    /** A connected client. */
    StompClient connect(String version, String... headers) {
        return add(StompClient.connect(http(), version, headers));
    }

    /** A client that has logged in. */
    StompClient login(String version) {
        return connect(version, StompClient.GUEST);
    }

    private StompClient add(StompClient client) {
        clients.add(client);
        return client;
    }

    /** What a route file holds as it is shipped. */
    static String shipped(String name) {
        return read(file(SHIPPED, name));
    }

    /** Saves a route file of the running node. */
    void save(String name, String text) {
        try {
            Files.writeString(file(node.folder, name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A room that no other test uses. */
    static String room() {
        return "room-" + ROOMS.incrementAndGet();
    }
}
