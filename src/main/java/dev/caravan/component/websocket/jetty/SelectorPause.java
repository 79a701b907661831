package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.WebSocketComponent;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.ManagedSelector;

/**
 * Lets the thread of a selector pause while what it has found is worked, when it has read all of that and before it looks
 * again. So it is not woken for each message of a busy chat, and those that come meanwhile are found, worked and sent
 * together. Thread-safe.
 */
final class SelectorPause {
    private final ManagedSelector selector;
    private final AtomicBoolean asked = new AtomicBoolean();

    SelectorPause(ManagedSelector selector) {
        this.selector = selector;
    }

    /** Reads messages, and pauses before the selector looks again. */
    void after(Runnable reading, WebSocketComponent component) {
        try {
            component.hold(reading);
        } finally {
            if (asked.compareAndSet(false, true)) {
                selector.submit(looksNext -> {
                    asked.set(false);
                    component.pause();
                });
            }
        }
    }
}
