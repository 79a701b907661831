package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.WebSocketComponent;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.ManagedSelector;

/**
 * Parks a selector's thread while the messages it has read are processed, before it selects again. The selector is not
 * woken for each message of a busy chat, and messages that arrive meanwhile are read, processed and sent together.
 * Thread-safe.
 */
final class SelectorPause {
    private final ManagedSelector selector;
    private final AtomicBoolean asked = new AtomicBoolean();

    SelectorPause(ManagedSelector selector) {
        this.selector = selector;
    }

    /** Reads messages, and pauses the thread before it selects again. */
    void after(Runnable reading, WebSocketComponent component) {
        try {
            component.hold(reading);
        } finally {
            if (asked.compareAndSet(false, true)) {
                selector.submit(next -> {
                    asked.set(false);
                    component.pause();
                });
            }
        }
    }
}
