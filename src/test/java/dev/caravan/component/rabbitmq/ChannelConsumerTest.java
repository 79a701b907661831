package dev.caravan.component.rabbitmq;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyMap;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChannelConsumerTest {
    private final Channel channel = mock();
    private final QueueFeed feed = mock();

    /** By the difference, jobs that another service may hold are told from lost ones. */
    @Test
    void eachQueueHasAsManyConsumersAsTheOthers() throws IOException {
        when(feed.source()).thenReturn(new QueueFeed.Source(mock(), List.of("again", "jobs"), false, false, Map.of()));
        ChannelConsumer consumer = new ChannelConsumer(channel, feed);

        consumer.consume(new int[] {1, 4});
        consumer.consume(new int[] {1, 5}); // there is room for one more
        verifyConsumers(2);
        verify(channel).basicQos(4, false);
        verify(channel, times(3)).basicQos(1, false);

        consumer.consume(new int[] {1, 5});
        verifyConsumers(2);
        verify(channel, times(4)).basicQos(anyInt(), anyBoolean());
    }

    private void verifyConsumers(int each) throws IOException {
        for (String queue : List.of("again", "jobs")) {
            verify(channel, times(each))
                    .basicConsume(eq(queue), eq(false), anyString(), anyBoolean(), anyBoolean(), anyMap(), any());
        }
    }
}
