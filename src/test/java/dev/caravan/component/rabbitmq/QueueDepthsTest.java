package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.AmqpConnectException;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;

class QueueDepthsTest {
    private final AmqpAdmin admin = mock(AmqpAdmin.class);
    private final QueueDepths depths = new QueueDepths(admin, null);

    @Test
    void aRequestUnderWayIsNoFailure() {
        AtomicReference<Boolean> meanwhile = new AtomicReference<>();
        when(admin.getQueueInfo("q")).then(request -> {
            meanwhile.set(depths.isFailing());
            return new QueueInformation("q", 3, 1);
        });
        assertThat(depths.ask(List.of("q"))).isEmpty();
        assertThat(meanwhile).hasValue(false);
        assertThat(depths.latest().queues()).containsExactly(new QueueDepths.Depth("q", 3, 1));
    }

    @Test
    void failsUntilTheBrokerRespondsAgain() {
        when(admin.getQueueInfo("q")).thenThrow(new AmqpConnectException(null)).thenReturn(null);
        assertThatThrownBy(() -> depths.ask(List.of("q"))).isInstanceOf(AmqpConnectException.class);
        assertThat(depths.isFailing()).isTrue();

        assertThat(depths.ask(List.of("q"))).containsExactly("q");
        assertThat(depths.isFailing()).isFalse();
    }
}
