package dev.caravan.chat.cluster;

import dev.caravan.chat.ChatMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** What was said within the last seconds, in its order; the last 10,000 messages at the most. Not thread-safe. */
public final class RecentMessages {
    static final int MOST = 10_000;

    private final long window;
    private final Deque<Said> said = new ArrayDeque<>();

    private record Said(ChatMessage message, long at) {}

    public RecentMessages(Duration window) {
        this.window = window.toNanos();
    }

    /** @param now by {@link System#nanoTime}; never less than before */
    public void add(ChatMessage message, long now) {
        said.add(new Said(message, now));
        forget(now);
    }

    public void forEach(long now, Consumer<ChatMessage> action) {
        forget(now);
        said.forEach(one -> action.accept(one.message));
    }

    void clear() {
        said.clear();
    }

    private void forget(long now) {
        while (said.size() > MOST || !said.isEmpty() && now - said.peek().at > window) {
            said.poll();
        }
    }
}
