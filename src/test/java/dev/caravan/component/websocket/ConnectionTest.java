package dev.caravan.component.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

/** A connection is counted while it is open, in whatever order its transport tells what happens. */
class ConnectionTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final WebSocketPaths paths = new WebSocketPaths(new WebSocketMeters(meters));
    private final WebSocketPath path = new WebSocketPath(paths, "/ws/a");
    private final CamelContext camel = new DefaultCamelContext();
    private final Wire wire = new Wire();
    private Connection connection;

    @BeforeEach
    void begin() {
        WebSocketComponent component = new WebSocketComponent(paths, Runnable::run);
        component.setCamelContext(camel);
        WebSocketEndpoint options = new WebSocketEndpoint("websocket-jetty:/ws/a", component, "/ws/a");
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteAddr("10.0.0.1");
        connection = new Connection(path, options, "key", request, null);
    }

    @AfterEach
    void end() throws Exception {
        camel.close();
    }

    @Test
    void isCountedFromWhenItOpensUntilItCloses() {
        assertThat(paths.count()).isZero();
        connection.opened(wire);
        assertThat(paths.count()).isEqualTo(1);
        assertThat(paths.count("10.0.0.1")).isEqualTo(1);
        assertThat(path.connections()).containsExactly(connection);
        connection.closed(1000, "bye");
        connection.closed(1006, "");
        assertThat(paths.count()).isZero();
        assertThat(paths.count("10.0.0.1")).isZero();
    }

    @Test
    void isNeverCountedIfItClosesBeforeItOpens() {
        connection.closed(1006, "reset");
        connection.opened(wire);
        assertThat(connection.isOpen()).isFalse();
        assertThat(paths.count()).isZero();
        assertThat(paths.count("10.0.0.1")).isZero();
        assertThat(path.connections()).isEmpty();
        assertThat(wire.demands).isZero();
    }

    private static final class Wire implements Transport {
        private int demands;

        @Override
        public void send(Frames frames) {}

        @Override
        public void close(int code, String reason) {}

        @Override
        public void abort() {}

        @Override
        public void demand() {
            demands++;
        }

        @Override
        public long waitingSince() {
            return 0;
        }
    }
}
