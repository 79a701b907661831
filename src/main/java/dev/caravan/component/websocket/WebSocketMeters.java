package dev.caravan.component.websocket;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** The meters of the component, {@code caravan.websocket.…}. */
public final class WebSocketMeters {
    private final MeterRegistry registry;
    private final Counter received;
    private final LongAdder sent = new LongAdder();

    WebSocketMeters(MeterRegistry registry) {
        this.registry = registry;
        this.received = Counter.builder("caravan.websocket.received")
                .description("WebSocket messages received")
                .register(registry);
        FunctionCounter.builder("caravan.websocket.sent", sent, LongAdder::doubleValue)
                .description("WebSocket messages sent")
                .register(registry);
    }

    void connections(Number open) {
        Gauge.builder("caravan.websocket.connections", open, Number::doubleValue)
                .description("Open connections, SockJS included")
                .register(registry);
    }

    /** @param bytes of what clients without WebSocket post, for now */
    public void posted(Supplier<Number> bytes) {
        Gauge.builder("caravan.websocket.posted", bytes)
                .description("Bytes of what clients without WebSocket post, held at the moment")
                .register(registry);
    }

    void received() {
        received.increment();
    }

    void sent(int messages) {
        sent.add(messages);
    }

    /** Codes from 3000 on belong to applications and count as one. */
    void closed(int code) {
        Counter.builder("caravan.websocket.closed")
                .tag("code", code < 3000 ? String.valueOf(code) : "3000-4999")
                .description("Connections closed, by close code")
                .register(registry)
                .increment();
    }

    void cut(String reason) {
        Counter.builder("caravan.websocket.aborted")
                .tag("reason", reason)
                .description("Connections that this node ended, by reason")
                .register(registry)
                .increment();
    }

    void rejected(String reason) {
        Counter.builder("caravan.websocket.rejected")
                .tag("reason", reason)
                .description("Connections and posts that this node rejected, by reason")
                .register(registry)
                .increment();
    }
}
