package dev.caravan.chat;

import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.StompClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A whole node for the tests of the chat, one for each class, with route files of its own. Its clients are
 * closed after each test.
 */
final class ChatNode implements BeforeAllCallback, AfterEachCallback {
    static final int RATE = 100;
    static final int BACKLOG = 300;

    private static final AtomicInteger ROOMS = new AtomicInteger();
    private static final List<String> FILES = List.of(
            "chat/publish",
            "engine/chat",
            "engine/chat-cluster",
            "engine/chat-history",
            "engine/destinations",
            "engine/topology");

    private final Queue<StompClient> clients = new ConcurrentLinkedQueue<>();
    private InProcessNode node;
    private InProcessNode second;

    /** It ends with the class: other tests look at what is the JVM's, threads and MBeans. */
    private record Running(InProcessNode node) implements ExtensionContext.Store.CloseableResource {
        @Override
        public void close() {
            node.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        node = context.getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(Running.class, any -> new Running(start(Stream.of())), Running.class)
                .node();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        clients.forEach(StompClient::close);
        clients.clear();
    }

    private static InProcessNode start(Stream<String> more) {
        Stream<String> settings = Stream.of(
                "--caravan.roles=chat",
                "--caravan.chat.connect-timeout=3s",
                "--caravan.chat.heart-beat=1s",
                "--caravan.chat.rate=" + RATE,
                "--caravan.chat.backlog=" + BACKLOG,
                "--caravan.chat.max-subscriptions=10",
                "--caravan.chat.isolated-after=3s",
                "--caravan.chat.history=5");
        return InProcessNode.startWith(FILES, Stream.concat(settings, more).toArray(String[]::new));
    }

    /** A second node, beside that of all tests, for as long as the test wants it. */
    AutoCloseable join() {
        second = start(node.joining());
        return second;
    }

    /** A client of the second node. */
    StompClient connectToSecond(String version, String... headers) {
        return add(StompClient.connect(second.http(), version, headers));
    }

    URI http() {
        return node.http();
    }

    CamelContext camel() {
        return bean(CamelContext.class);
    }

    <T> T bean(Class<T> type) {
        return node.bean(type);
    }

    /** A WebSocket on which nothing was sent. */
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

    /** Saves a route file of the running node. */
    void save(String name, String text) {
        node.save(name, text);
    }

    /** Removes a route file of the running node. */
    void delete(String name) {
        try {
            Files.delete(node.file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Saves a route file of the second node. */
    void saveToSecond(String name, String text) {
        second.save(name, text);
    }

    CamelContext secondCamel() {
        return second.bean(CamelContext.class);
    }

    /** A room that no other test uses. */
    static String room() {
        return "room-" + ROOMS.incrementAndGet();
    }
}
