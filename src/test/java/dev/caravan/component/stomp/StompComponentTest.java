package dev.caravan.component.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.component.RouteRevisions;
import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.component.rabbitmq.NotConfirmed;
import dev.caravan.component.rabbitmq.OutgoingMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.Principal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a route makes of a message that a client sends to its destination; the broker is played. */
@Timeout(60)
class StompComponentTest {
    private static final Principal ADA = () -> "ada";

    private final StompDestinations destinations = new StompDestinations();
    private final ConfirmedPublisher broker = mock();
    private final QueueDeclarations queues = mock();
    private final List<OutgoingMessage> published = new CopyOnWriteArrayList<>();
    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        when(broker.publish(any())).thenAnswer(call -> {
            published.add(call.getArgument(0));
            return CompletableFuture.completedFuture(null);
        });
        when(queues.queue(any())).thenAnswer(call -> "q." + call.getArgument(0));
        when(queues.admit(any(), anyInt())).thenReturn(CompletableFuture.completedFuture(null));
        StompRoles roles = new StompRoles() {
            @Override
            public boolean isKnown(String role) {
                return Set.of("user", "operator").contains(role);
            }

            @Override
            public boolean isOf(Principal login, String role) {
                return login != null && role.equals("user");
            }
        };
        StompPublisher publisher = new StompPublisher(broker, "topics", queues, new SimpleMeterRegistry());
        context.addComponent("stomp", new StompComponent(destinations, publisher, roles));
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private interface Routes {
        void add(RouteBuilder builder);
    }

    private void routes(Routes routes) {
        try {
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    routes.add(this);
                }
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void send(String destination, String type, byte[] body, Map<String, String> headers) {
        destinations.find(destination).send(ADA, type, body, headers).join();
    }

    private OutgoingMessage sent(String destination, String text) {
        send(destination, null, text.getBytes(UTF_8), Map.of());
        return published.get(published.size() - 1);
    }

    @Test
    void publishesWhatTheRouteLeavesWithTheHeadersOfTheSender() {
        routes(builder -> builder.from("stomp:/topic/{name}")
                .setBody()
                .simple("${variable.name}, ${header.CamelStompUser}, ${header.CamelStompDestination}: ${body}"));

        send("/topic/prices", "text/plain", "1".getBytes(UTF_8), Map.of("reply-to", "x:y", "CamelHttpUri", "evil"));

        OutgoingMessage message = published.get(0);
        assertThat(new String(message.body(), UTF_8)).isEqualTo("prices, ada, /topic/prices: 1");
        assertThat(message.exchange()).isEqualTo("topics");
        assertThat(message.mandatory()).isFalse();
        assertThat(message.contentType()).isEqualTo("text/plain");
        StompMessage read = StompMessage.of(message.headers(), null, null, null, message.body());
        assertThat(read.destination()).isEqualTo("/topic/prices");
        assertThat(read.contentType()).isEqualTo("text/plain");
        assertThat(read.headers()).isEqualTo(Map.of("reply-to", "x:y"));
        assertThat(read.id()).isEqualTo(message.id());
    }

    @Test
    void bytesStayBytes() {
        routes(builder -> builder.from("stomp:/topic/a").log("${headers}"));
        byte[] bytes = {0, 1, (byte) 0xff, (byte) 0xfe};

        send("/topic/a", null, bytes, Map.of());
        send("/topic/a", "application/octet-stream", bytes, Map.of());

        assertThat(published).allSatisfy(message -> assertThat(message.body()).isEqualTo(bytes));
    }

    @Test
    void aStepMayStopAMessageOrRejectIt() {
        routes(builder -> builder.from("stomp:/topic/a")
                .errorHandler(builder.noErrorHandler())
                .filter(builder.simple("${body} == 'stop'"))
                .stop()
                .end()
                .filter(builder.simple("${body} == 'reject'"))
                .throwException(new IllegalArgumentException("not this one"))
                .end());

        send("/topic/a", null, "stop".getBytes(UTF_8), Map.of());
        assertThat(published).isEmpty();
        assertThatThrownBy(() -> send("/topic/a", null, "reject".getBytes(UTF_8), Map.of()))
                .hasRootCauseMessage("not this one");
        assertThat(published).isEmpty();
        sent("/topic/a", "go");
        assertThat(published).hasSize(1);
    }

    @Test
    void aQueueThatIsGoneIsDeclaredAgain() {
        routes(builder -> builder.from("stomp:/queue/{name}?maxMessages=7").log("x"));
        when(broker.publish(any()))
                .thenReturn(CompletableFuture.failedFuture(new NotConfirmed("No queue", false, null)))
                .thenAnswer(call -> {
                    published.add(call.getArgument(0));
                    return CompletableFuture.completedFuture(null);
                });

        OutgoingMessage message = sent("/queue/orders", "1");

        assertThat(message.exchange()).isEmpty();
        assertThat(message.routingKey()).isEqualTo("q./queue/orders");
        assertThat(message.mandatory()).isTrue();
        verify(queues).forget("q./queue/orders");
        verify(queues, times(2)).admit("q./queue/orders", 7);
    }

    @Test
    void whatTheBrokerMayHaveIsNotSentTwice() {
        routes(builder -> builder.from("stomp:/queue/a").log("x"));
        when(broker.publish(any())).thenReturn(CompletableFuture.failedFuture(new NotConfirmed("late", true, null)));

        assertThatThrownBy(() -> sent("/queue/a", "1")).hasRootCauseInstanceOf(NotConfirmed.class);
        verify(broker).publish(any());
    }

    @Test
    void rejectsWhatDoesNotFitTheBroker() {
        routes(builder -> builder.from("stomp:/topic/a").log("x"));

        assertThatThrownBy(() -> send("/topic/a", "x".repeat(300), new byte[0], Map.of()))
                .hasCauseInstanceOf(StompRejected.class);
        assertThatThrownBy(() -> send("/topic/a", null, new byte[0], Map.of("n".repeat(300), "v")))
                .hasCauseInstanceOf(StompRejected.class);
        assertThatThrownBy(() -> send("/topic/a", null, new byte[0], Map.of("n", "v".repeat(10_000))))
                .hasCauseInstanceOf(StompRejected.class);
        assertThat(published).isEmpty();
    }

    @Test
    void otherRoutesPublishToo() {
        routes(builder ->
                builder.from("direct:a").setHeader("kind").constant("x").toD("stomp:/topic/${body}"));

        context.createFluentProducerTemplate().to("direct:a").withBody("b").send();

        assertThat(published).singleElement().satisfies(message -> {
            assertThat(message.body()).isEqualTo("b".getBytes(UTF_8));
            assertThat(message.headers())
                    .containsEntry("stomp-destination", "/topic/b")
                    .containsEntry("stomp-kind", "x");
        });
    }

    @Test
    void theDefaultIsForUsers() {
        routes(builder -> {
            builder.from("stomp:/topic/a").log("x");
            builder.from("stomp:/topic/b?subscribeRoles=anyone&sendRoles=operator, user")
                    .log("x");
            builder.from("stomp:/topic/c?sendRoles=operator").log("x");
        });

        assertThat(destinations.find("/topic/a").maySend(null)).isFalse();
        assertThat(destinations.find("/topic/a").maySubscribe(null)).isFalse();
        assertThat(destinations.find("/topic/a").maySubscribe(ADA)).isTrue();
        assertThat(destinations.find("/topic/b").maySubscribe(null)).isTrue();
        assertThat(destinations.find("/topic/b").maySend(ADA)).isTrue();
        assertThat(destinations.find("/topic/c").maySend(ADA)).isFalse();
        assertThat(destinations.find("/topic/d")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "stomp:/topic/a?sendRoles=boss, sendRoles names \"boss\"",
        "stomp:/receive-endpoint/a, a destination begins with",
        "stomp:/queue/a?maxMessages=0, maxMessages must be positive",
    })
    void anEndpointThatCannotBeSaysWhy(String uri, String reason) {
        assertThatThrownBy(() -> context.getEndpoint(uri)).rootCause().hasMessageContaining(reason);
    }

    @Test
    void aDestinationIsThereWhileItsRouteIsReplacedAndGoneWhenThatIsRemoved() throws Exception {
        Set<String> replaced = new HashSet<>();
        context.getRegistry().bind(RouteRevisions.REPLACED, replaced);
        routes(builder -> builder.from("stomp:/topic/a").routeId("a").setBody().constant("old"));
        replaced.add("a");
        context.getRouteController().suspendRoute("a");
        assertThat(new String(sent("/topic/a", "x").body(), UTF_8)).isEqualTo("old");

        routes(builder -> builder.from("stomp:/topic/a?sendRoles=user")
                .routeId("b")
                .setBody()
                .constant("new"));
        context.getRouteController().stopRoute("a");
        assertThat(new String(sent("/topic/a", "x").body(), UTF_8)).isEqualTo("new");

        context.getRouteController().suspendRoute("b");
        assertThat(destinations.find("/topic/a")).isNull();
    }
}
