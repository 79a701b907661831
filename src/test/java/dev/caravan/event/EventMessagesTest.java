package dev.caravan.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;

class EventMessagesTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EventMessages messages = new EventMessages(Events.SETTINGS, meters);
    private final Map<String, Object> properties = new HashMap<>();

    @Test
    void anEventHasItsIdKeyAndTimeFromTheProperties() {
        properties.put(SpringRabbitMQConstants.MESSAGE_ID, "the-id");
        properties.put(SpringRabbitMQConstants.EXCHANGE_NAME, "boot.direct.exchange");
        properties.put(SpringRabbitMQConstants.ROUTING_KEY, "orders");
        properties.put(SpringRabbitMQConstants.TIMESTAMP, Date.from(Instant.ofEpochSecond(1000)));

        assertThat(messages.read("{\"a\":\"ü\"}", properties))
                .isEqualTo(new Event("the-id", "orders", Instant.ofEpochSecond(1000), "{\"a\":\"ü\"}", 10));
    }

    @Test
    void whatCameThroughTheFanoutExchangeHasNoKey() {
        properties.put(SpringRabbitMQConstants.EXCHANGE_NAME, "boot.fanout.exchange");
        properties.put(SpringRabbitMQConstants.ROUTING_KEY, "orders");

        assertThat(messages.read("{}".getBytes(UTF_8), properties).key()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "line\nbreak", "ümlaut"})
    void anIdThatCannotBeToldOnIsReplaced(String id) {
        properties.put(SpringRabbitMQConstants.MESSAGE_ID, id);

        assertThat(messages.read("{}", properties).id()).hasSize(36);
    }

    @Test
    void textThatIsNoJsonAndHasNoPropertiesIsAnEventAllTheSame() {
        Event event = messages.read("plain", properties);

        assertThat(event.text()).isEqualTo("plain");
        assertThat(event.id()).isNotBlank();
        assertThat(event.time()).isNotNull();
    }

    @Test
    void whatIsNotUtf8OrEmptyOrTooLargeIsRejectedForGoodAndCounted() {
        rejects("grüße".getBytes(ISO_8859_1), "not UTF-8");
        rejects(new byte[0], "no body");
        rejects(null, "no body");
        rejects("x".repeat(65_537), "over 65536");
        rejects("ü".repeat(40_000), "over 65536");
        assertThat(meters.counter("caravan.events.rejected").count()).isEqualTo(5);
    }

    private void rejects(Object body, String why) {
        assertThatThrownBy(() -> messages.read(body, properties))
                .isInstanceOf(AmqpRejectAndDontRequeueException.class)
                .hasMessageContaining(why);
    }
}
