package dev.caravan.component;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/** Makes daemon threads with the names {@code <prefix>-1}, {@code <prefix>-2} and so on. Thread-safe. */
public final class DaemonThreads extends CustomizableThreadFactory {
    private static final long serialVersionUID = 1;

    /** @param prefix of the names, without the hyphen */
    public DaemonThreads(String prefix) {
        super(prefix + "-");
        setDaemon(true);
    }
}
