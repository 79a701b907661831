package dev.caravan.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Routes that start at {@code events:}, without a broker. */
@Timeout(120)
class SubscribersTest {
    private final Events events = new Events(600_000);
    private final DefaultCamelContext camel = new DefaultCamelContext();

    @BeforeEach
    void start() {
        camel.addComponent("events", new EventsComponent(events.hub, null, null, events.queues));
        camel.start();
    }

    @AfterEach
    void stop() throws Exception {
        camel.close();
        events.close();
    }

    private void route(String id, String uri, Processor step) throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from(uri).routeId(id).process(step);
            }
        });
    }

    private Queue<String> collecting(String id, String uri) throws Exception {
        Queue<String> got = new ConcurrentLinkedQueue<>();
        route(id, uri, exchange -> got.add(exchange.getMessage().getBody(String.class)));
        return got;
    }

    private void deliver(String key, int from, int to) {
        IntStream.range(from, to).forEach(i -> events.hub.deliver(Events.event(key, "" + i)));
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private double count(String meter, String subscription) {
        return events.meters.counter(meter, "subscription", subscription).count();
    }

    @Test
    void eachGetsAllInTheirOrder() throws Exception {
        Queue<String> one = collecting("event-one", "events:one");
        Queue<String> two = collecting("event-two", "events:two");

        deliver(null, 0, 500);

        await().until(() -> one.size() == 500 && two.size() == 500);
        assertThat(one).containsExactlyElementsOf(numbers(0, 500));
        assertThat(two).containsExactlyElementsOf(numbers(0, 500));
    }

    @Test
    void aRouteGetsTheTextAndThreeHeaders() throws Exception {
        Queue<Exchange> got = new ConcurrentLinkedQueue<>();
        route("event-one", "events:one?key=a", exchange -> got.add(exchange.copy()));

        events.hub.deliver(Events.event("a", "x"));

        await().until(() -> got.size() == 1);
        assertThat(got.element().getMessage().getBody()).isEqualTo("x");
        assertThat(got.element().getMessage().getHeaders())
                .containsOnlyKeys("eventId", "eventKey", "eventTime")
                .containsEntry("eventId", "id-x")
                .containsEntry("eventTime", "1970-01-01T00:00:00Z");
    }

    @Test
    void oneThatThrowsAndOneThatHangsDisturbNobody() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        route("event-throws", "events:throws", exchange -> {
            throw new StackOverflowError("as bad as can be");
        });
        route("event-hangs", "events:hangs?backlog=10", exchange -> released.await(30, TimeUnit.SECONDS));
        Queue<String> well = collecting("event-well", "events:well");

        deliver(null, 0, 200);

        await().until(() -> well.size() == 200 && count("caravan.events.failed", "throws") == 200);
        assertThat(well).containsExactlyElementsOf(numbers(0, 200));
        assertThat(count("caravan.events.dropped", "hangs")).isBetween(189.0, 190.0);
        assertThat(camel.getInflightRepository().size("event-throws")).isZero();
        released.countDown();
    }

    @Test
    void whatIsTooMuchIsTheOldest() throws Exception {
        Queue<String> got = new ConcurrentLinkedQueue<>();
        CountDownLatch released = new CountDownLatch(1);
        route("event-slow", "events:slow?backlog=5", exchange -> {
            released.await(30, TimeUnit.SECONDS);
            got.add(exchange.getMessage().getBody(String.class));
        });
        deliver(null, 0, 1);
        await().until(() -> events.meters.get("caravan.events.waiting").gauge().value() == 0);
        deliver(null, 1, 100);
        released.countDown();

        await().until(() -> got.size() == 6);
        assertThat(got).containsExactly("0", "95", "96", "97", "98", "99");
    }

    @Test
    void aKeyIsForItsSubscribersAlone() throws Exception {
        Queue<String> all = collecting("event-all", "events:all");
        Queue<String> keyed = collecting("event-keyed", "events:keyed?key=a");
        verify(events.queues).bindKey("a");

        deliver(null, 0, 10);
        deliver("a", 10, 20);
        deliver("b", 20, 30);

        await().until(() -> all.size() == 10 && keyed.size() == 10);
        assertThat(all).containsExactlyElementsOf(numbers(0, 10));
        assertThat(keyed).containsExactlyElementsOf(numbers(10, 20));
    }

    @Test
    void whatIsToldWhileARouteIsReplacedWaitsForTheNextOne() throws Exception {
        List<String> all = new ArrayList<>();
        Queue<String> before = collecting("event-one", "events:one");
        deliver(null, 0, 10);
        await().until(() -> before.size() == 10);
        camel.getRouteController().suspendRoute("event-one"); // as an edit does
        deliver(null, 10, 20);
        camel.getRouteController().stopRoute("event-one");
        camel.removeRoute("event-one");
        deliver(null, 20, 30);

        Queue<String> after = collecting("event-one", "events:one");
        deliver(null, 30, 40);

        await().until(() -> before.size() + after.size() == 40);
        all.addAll(before);
        all.addAll(after);
        assertThat(all).isEqualTo(numbers(0, 40));
    }

    @Test
    void ofTwoRoutesWithOneNameTheSecondDoesNotStart() throws Exception {
        collecting("event-one", "events:one");
        assertThatThrownBy(() -> collecting("event-two", "events:one?backlog=5"))
                .hasStackTraceContaining("Another route already consumes events:one");
    }

    @Test
    void optionsThatCannotBeAreRefused() {
        for (String wrong : List.of("events:A", "events:a?key=b/c", "events:a?backlog=0", "events:a?attempts=0")) {
            assertThatThrownBy(() -> camel.getEndpoint(wrong)).hasStackTraceContaining("events: ");
        }
        assertThatThrownBy(() -> camel.getEndpoint("events:a?nosuch=1")).hasMessageContaining("nosuch");
        assertThatThrownBy(() -> camel.getEndpoint("events:a").createProducer())
                .hasMessageContaining("direct:events-publish");
    }

    @Test
    void aDurableOneAsksForAQueueOfItsOwn() throws Exception {
        assertThatThrownBy(() -> collecting("event-lasts", "events:lasts?durable=true&key=a"));
        verify(events.queues).addDurable(eq("caravan.events.lasts"), eq("a"), any());
    }

    @Test
    void everyOptionIsDescribedWithItsDefault() throws Exception {
        try (InputStream json = getClass().getResourceAsStream("/META-INF/dev/caravan/event/events.json")) {
            JsonNode schema = new ObjectMapper().readTree(json);
            EventsEndpoint endpoint = camel.getEndpoint("events:a", EventsEndpoint.class);
            for (PropertyDescriptor option : Introspector.getBeanInfo(
                            EventsEndpoint.class, EventsEndpoint.class.getSuperclass())
                    .getPropertyDescriptors()) {
                if (option.getWriteMethod() == null) {
                    continue;
                }
                JsonNode described = schema.path("properties").path(option.getName());
                assertThat(described.path("description").asText())
                        .as(option.getName())
                        .hasSizeGreaterThan(20);
                Object value = option.getReadMethod().invoke(endpoint);
                if (value != null && !option.getName().equals("name")) {
                    assertThat(described.path("defaultValue").asText())
                            .as(option.getName())
                            .isEqualTo(value.toString());
                }
            }
            assertThat(schema.path("headers").fieldNames())
                    .toIterable()
                    .containsExactlyInAnyOrder("eventId", "eventKey", "eventTime");
        }
    }
}
