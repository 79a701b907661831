package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.Node;
import dev.caravan.fixture.RequiresNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** The client that pages have, as it is published, against the jar as it is run. */
@RequiresNode
class StompJsIT {
    @TempDir
    static Path folder;

    private static CaravanProcess caravan;

    @BeforeAll
    static void start() throws IOException {
        copy(
                new PathMatchingResourcePatternResolver()
                        .getResources("classpath*:META-INF/resources/webjars/stomp__stompjs/*/bundles/stomp.umd.js")[0]
                                .getInputStream(),
                "stomp.umd.js");
        copy(StompJsIT.class.getResourceAsStream("stompjs.js"), "stompjs.js");
        copy(StompJsIT.class.getResourceAsStream("websocket.js"), "websocket.js");
        caravan = CaravanProcess.start("--caravan.roles=chat", "--caravan.chat.heart-beat=1s");
    }

    @AfterAll
    static void stop() {
        if (caravan != null) {
            caravan.close();
        }
    }

    private static void copy(InputStream from, String name) throws IOException {
        try (from) {
            Files.copy(from, folder.resolve(name));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "talks-1.0",
                "talks-1.1",
                "talks-1.2",
                "receipts",
                "acknowledges",
                "transactions",
                "binary",
                "large-frames",
                "heart-beats",
                "refused",
                "history",
                "disconnects"
            })
    void stompjsWorksUnchanged(String what) {
        String url = caravan.http().toString().replaceFirst("http", "ws") + "/ws/chat";

        assertThat(Node.run(Duration.ofSeconds(30), folder.resolve("stompjs.js"), url, what))
                .contains("ok " + what);
    }
}
