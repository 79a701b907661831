package dev.caravan.component.websocket;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * What is counted: {@code caravan.websocket.connections}, {@code .received}, {@code .sent}, {@code .closed}, {@code .cut},
 * {@code .refused}, {@code .posted}.
 */
public final class WebSocketMeters {
    private final MeterRegistry registry;
    private final Counter received;
    private final LongAdder sent = new LongAdder();

    WebSocketMeters(MeterRegistry registry) {
        this.registry = registry;
        this.received = registry.counter("caravan.websocket.received");
        FunctionCounter.builder("caravan.websocket.sent", sent, LongAdder::doubleValue)
                .register(registry);
    }

    void connections(Number open) {
        registry.gauge("caravan.websocket.connections", open);
    }

    /** @param bytes of what clients without WebSocket post, for now */
    public void posted(Supplier<Number> bytes) {
        Gauge.builder("caravan.websocket.posted", bytes).register(registry);
    }

    void received() {
        received.increment();
    }

    void sent(int messages) {
        sent.add(messages);
    }

    /** Codes from 3000 on are what applications like, so they count as one. */
    void closed(int code) {
        registry.counter("caravan.websocket.closed", "code", code < 3000 ? String.valueOf(code) : "3000-4999")
                .increment();
    }

    void cut(String reason) {
        registry.counter("caravan.websocket.cut", "reason", reason).increment();
    }

    void refused(String reason) {
        registry.counter("caravan.websocket.refused", "reason", reason).increment();
    }
}
