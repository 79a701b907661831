package dev.caravan.chat.cluster;

import dev.caravan.chat.ChatMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** The chat messages of the last seconds, in their order; the last 10,000 messages at the most. Not thread-safe. */
public final class RecentMessages {
    static final int MOST = 10_000;

    private final long window;
    private final Deque<Recent> recent = new ArrayDeque<>();

    private record Recent(ChatMessage message, long at) {}

    public RecentMessages(Duration window) {
        this.window = window.toNanos();
    }

    /** @param now by {@link System#nanoTime}; never less than before */
    public void add(ChatMessage message, long now) {
        recent.add(new Recent(message, now));
        expire(now);
    }

    public void forEach(long now, Consumer<ChatMessage> action) {
        expire(now);
        recent.forEach(one -> action.accept(one.message));
    }

    void clear() {
        recent.clear();
    }

    private void expire(long now) {
        while (recent.size() > MOST || !recent.isEmpty() && now - recent.peek().at > window) {
            recent.poll();
        }
    }
}
