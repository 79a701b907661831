package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code confirmed:} makes of a body; the broker is played. */
@Timeout(120)
class ConfirmedEndpointTest {
    private static final String URI = "confirmed:default?routingKey=work";

    private final ConfirmedPublisher publisher = mock();
    private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
    private final DefaultCamelContext context = new DefaultCamelContext();

    private record Sent(OutgoingMessage message, CompletableFuture<Void> confirm) {}

    @BeforeEach
    void start() {
        when(publisher.publish(any())).thenAnswer(call -> {
            Sent message = new Sent(call.getArgument(0), new CompletableFuture<>());
            sent.add(message);
            return message.confirm;
        });
        context.addComponent("confirmed", new ConfirmedComponent(publisher));
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void aListIsAMessageForEachElementAndGoesOnWhenAllAreConfirmed() throws Exception {
        CompletableFuture<Exchange> run = send(List.of("a", "b", "c"));

        assertThat(sent)
                .extracting(each -> new String(each.message.body(), UTF_8))
                .containsExactly("a", "b", "c");
        assertThat(sent).allMatch(each -> each.message.routingKey().equals("work"));
        for (Sent each : sent) {
            assertThat(run).isNotDone();
            each.confirm.complete(null);
        }
        assertThat(run.get(30, TimeUnit.SECONDS).getException()).isNull();
    }

    @Test
    void oneThatIsNotConfirmedFailsTheRouteWhenAllHaveHadTheirResponse() throws Exception {
        CompletableFuture<Exchange> run = send(List.of("a", "b"));

        sent.remove().confirm.completeExceptionally(new NotConfirmed("refused", true, null));
        assertThat(run).isNotDone();
        sent.remove().confirm.complete(null);

        assertThat(run.get(30, TimeUnit.SECONDS).getException()).isInstanceOf(NotConfirmed.class);
    }

    @Test
    void anEmptyListSendsNothing() throws Exception {
        assertThat(send(List.of()).get(30, TimeUnit.SECONDS).getException()).isNull();
        verifyNoInteractions(publisher);
    }

    @Test
    void whatIsNoTextSendsNothing() throws Exception {
        assertThat(send(Arrays.asList("a", null)).get(30, TimeUnit.SECONDS).getException())
                .isNotNull();
        verifyNoInteractions(publisher);
    }

    /** On this thread, as far as the producer does not wait. */
    private CompletableFuture<Exchange> send(Object body) throws Exception {
        Exchange exchange = context.getEndpoint(URI).createExchange();
        exchange.getMessage().setBody(body);
        CompletableFuture<Exchange> run = new CompletableFuture<>();
        AsyncProducer producer = context.getEndpoint(URI).createAsyncProducer();
        producer.start();
        producer.process(exchange, doneSync -> run.complete(exchange));
        return run;
    }
}
