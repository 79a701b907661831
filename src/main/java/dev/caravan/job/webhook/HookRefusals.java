package dev.caravan.job.webhook;

import dev.caravan.job.HookRefusal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells operators of the requests for hooks that are refused, since the sender is told nothing: each is counted, and one a minute of
 * each kind is logged. Thread-safe.
 */
@Component
class HookRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(HookRefusals.class);
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final List<Consumer<HookRefusal>> listeners;
    private final Map<HookRefusal, AtomicLong> loggedAt = new EnumMap<>(HookRefusal.class);

    HookRefusals(List<Consumer<HookRefusal>> listeners) {
        this.listeners = listeners;
        for (HookRefusal refusal : HookRefusal.values()) {
            loggedAt.put(refusal, new AtomicLong(System.nanoTime() - QUIET_NANOS));
        }
    }

    /** @param hook that was asked for; null if it is not there */
    void tell(Hook hook, HookRefusal refusal) {
        listeners.forEach(listener -> listener.accept(refusal));
        AtomicLong loggedAt = this.loggedAt.get(refusal);
        long now = System.nanoTime();
        long last = loggedAt.get();
        if (now - last >= QUIET_NANOS && loggedAt.compareAndSet(last, now)) {
            LOG.info(
                    "A request for {} was refused: {}. Others like it are not logged for a minute; the metric"
                            + " caravan.hooks.refused counts them.",
                    hook == null ? "a hook" : "the hook " + hook.name(), // no name that a stranger has chosen
                    why(refusal));
        }
    }

    private static String why(HookRefusal refusal) {
        return switch (refusal) {
            case UNKNOWN -> "there is none of its name";
            case SIGNATURE -> "it is not signed with the secret of the hook";
            case TIME -> "its time is more than five minutes off, so it is old, or a clock is wrong";
            case ID -> "its webhook-id is none, or too long";
        };
    }
}
