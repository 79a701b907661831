package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageBuilder;

class QueueFeedTest {
    private static final String QUEUE = "jobs";

    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Queue<Message> taken = new ConcurrentLinkedQueue<>();
    private final QueueFeed feed =
            new QueueFeed(new QueueFeed.Source(mock(), List.of(QUEUE), false, false, Map.of()), null, open::get);

    /** Nothing is on the route whose end would begin it, and the broker sends no more. */
    @Test
    void whatCameWhileTheNodeMightBeginNoWorkBeginsWhenItMayAgain() {
        feed.attach((message, channel, settled) -> taken.add(message), 1, 4, true);
        open.set(false);
        Message message = MessageBuilder.withBody(new byte[0]).build();
        message.getMessageProperties().setConsumerQueue(QUEUE);

        feed.add(message, mock());
        assertThat(taken).isEmpty();
        open.set(true);

        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(taken)
                .containsExactly(message));
        feed.close();
    }
}
