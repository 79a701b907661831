package dev.caravan.chat;

import static dev.caravan.chat.Chats.messageIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.StompClient;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Somebody who says 1, 2, 3 and so on in a room, fifty numbers a second. */
final class CountsAloud implements AutoCloseable {
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger last = new AtomicInteger();

    CountsAloud(StompClient client, String room) {
        thread.scheduleAtFixedRate(
                () -> client.say(room, "counts", "" + last.incrementAndGet()), 0, 20, TimeUnit.MILLISECONDS);
    }

    /** That somebody who has just subscribed misses no number for four seconds. */
    void isHeardWhole(StompClient listener) {
        int before = last.get();
        int first = Integer.parseInt(messageIn(listener.frame("MESSAGE")));
        assertThat(first).isLessThanOrEqualTo(before + 1);
        for (int next = first + 1; next < before + 200; next++) {
            assertThat(messageIn(listener.frame("MESSAGE"))).isEqualTo("" + next);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
