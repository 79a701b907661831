package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.component.RouteRevisions;
import dev.caravan.routes.check.RouteLoader;
import dev.caravan.routes.figures.FailurePlace;
import dev.caravan.routes.figures.RevisionFigures;
import dev.caravan.routes.figures.RouteFigures;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.ExchangeBuilder;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RouteRevisionTest {
    private static final String FILE = "jobs/all.camel.yaml";

    /** Fails at the place that a header names. */
    private static final String TEXT =
            """
            # Each way to a step.
            - route:
                id: all
                from:
                  uri: direct:all
                  steps:
                    - setVariable:
                        name: where
                        simple: ${header.where}
                    - bean: # here: bean
                        ref: may
                        method: fail(${header.where}, 'bean')
                    - filter:
                        simple: ${header.where} == 'filter'
                        steps:
                          - log: about to fail
                          - throwException: {exceptionType: java.lang.IllegalStateException, message: filter} # here: filter
                    - choice:
                        when:
                          - simple: ${header.where} == 'choice'
                            steps:
                              - throwException: {exceptionType: java.lang.IllegalStateException, message: choice} # here: choice
                        otherwise:
                          steps:
                            - loop:
                                constant: 2
                                steps:
                                  - bean: {ref: may, method: "fail(${header.where}, 'loop')"} # here: loop
                    - split:
                        simple: ${body}
                        stopOnException: true
                        steps:
                          - bean: {ref: may, method: "fail(${header.where}, 'split')"} # here: split
                    - doTry:
                        steps:
                          - bean: {ref: may, method: "fail(${header.where}, 'caught')"}
                        doCatch:
                          - exception: [java.lang.Exception]
                            steps:
                              - log: caught
                    - step:
                        id: named
                        steps:
                          - bean: {id: its-name, ref: may, method: "fail(${header.where}, 'id')"} # here: id
                    - to: direct:called
                    - toD: direct:${header.next} # here: toD
                    - process: {ref: processor} # here: process

            - route:
                id: called
                from:
                  uri: direct:called
                  steps:
                    - multicast:
                        stopOnException: true
                        steps:
                          - bean: {ref: may, method: "fail(${header.where}, 'called')"} # here: called
            - route:
                id: none
                from: {uri: "direct:none", steps: [{log: nothing}]}
            - route:
                id: itself
                from:
                  uri: direct:itself
                  steps:
                    - filter:
                        simple: ${body} == 'again'
                        steps:
                          - setBody: {constant: once}
                          - to: direct:itself
                          - setBody: {constant: done}
            """;

    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final Map<String, RouteRevision> revisions = new HashMap<>();
    private RouteFile file;
    private ProducerTemplate producer;

    @BeforeEach
    void start() throws Exception {
        camel.getRegistry().bind("may", new May());
        camel.getRegistry().bind("processor", (Processor) exchange -> {
            May.fail(exchange.getMessage().getHeader("where", String.class), "process");
        });
        file = Texts.reader().read(FILE, Texts.bytes(TEXT));
        List<RouteDefinition> routes = RouteLoader.read(camel, FILE, TEXT);
        for (RouteDefinition route : routes) {
            RouteText text = file.routes().stream()
                    .filter(one -> one.id().equals(route.getId()))
                    .findFirst()
                    .orElseThrow();
            RouteRevision revision = new RouteRevision(file, text, new RouteFigures(text.revision()));
            revisions.put(route.getId(), revision);
            route.routePolicy(revision);
        }
        camel.addRouteDefinitions(routes);
        camel.start();
        producer = camel.createProducerTemplate();
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    /** What beans and processors of the routes do. */
    public static final class May {
        public static void fail(String wanted, String here) {
            if (here.equals(wanted)) {
                throw new IllegalStateException(here);
            }
        }
    }

    private Exchange send(String route, Object body, String where) {
        return producer.send(
                "direct:" + route,
                ExchangeBuilder.anExchange(camel)
                        .withBody(body)
                        .withHeader("where", where)
                        .withHeader("next", where.equals("toD") ? "nowhere" : "none")
                        .build());
    }

    private static int line(String where) {
        return (int) TEXT.lines()
                        .takeWhile(line -> !line.endsWith("# here: " + where))
                        .count()
                + 1;
    }

    private RevisionFigures figures(String route) {
        return revisions.get(route).figures().now();
    }

    @ParameterizedTest
    @CsvSource({
        "bean, all, bean",
        "filter, all, throwException",
        "choice, all, throwException",
        "loop, all, bean",
        "split, all, bean",
        "id, all, its-name",
        "called, called, bean",
        "toD, all, toD",
        "process, all, process"
    })
    void namesTheStepThatFailedAndItsLine(String where, String route, String step) {
        camel.getComponent("direct", DirectComponent.class).setTimeout(1);
        assertThat(send("all", List.of("a", "b"), where).getException()).isNotNull();

        FailurePlace place = figures("all").lastError().place();
        assertThat(place.route()).isEqualTo(route);
        assertThat(place.file()).isEqualTo(FILE);
        assertThat(place.revision()).isEqualTo(file.revision());
        assertThat(place.step()).isEqualTo(step);
        assertThat(place.line()).isEqualTo(line(where));
        assertThat(place.text()).isEqualTo(TEXT.lines().toList().get(line(where) - 1));
        assertThat(figures("called").failed()).isEqualTo(where.equals("called") ? 1 : 0);
        assertThat(figures("none").failed()).isZero();
    }

    @Test
    void countsExchangesAndFailures() {
        assertThat(figures("all").total()).isZero();
        assertThat(figures("all").medianMicros()).isNull();
        send("all", "a", "nowhere");
        send("all", "a", "caught");
        send("all", "a", "bean");
        send("all", "a", "filter");

        RevisionFigures figures = figures("all");
        assertThat(figures.total()).isEqualTo(4);
        assertThat(figures.failed()).isEqualTo(2);
        assertThat(figures.lastError().message()).isEqualTo("java.lang.IllegalStateException: filter");
        assertThat(figures.medianMicros()).isPositive();
        assertThat(figures.p99Micros()).isGreaterThanOrEqualTo(figures.medianMicros());
        assertThat(figures("called").total()).isEqualTo(2);
        assertThat(revisions.get("all").inFlight()).isZero();
    }

    @Test
    void countsARouteThatCallsItselfTwice() {
        Exchange sent = send("itself", "again", "nowhere");

        assertThat(sent.getMessage().getBody()).isEqualTo("done");
        assertThat(figures("itself").total()).isEqualTo(2);
        assertThat(revisions.get("itself").inFlight()).isZero();
        assertThat(RouteRevisions.of(sent.getProperties(), "itself"))
                .isEqualTo(figures("itself").revision());
    }

    @Test
    void whatFailedAtOneStepAndWasCaughtIsNotTheFailureOfAnother() {
        AtomicInteger times = new AtomicInteger();
        for (String where : List.of("split", "bean", "called", "loop")) {
            send("all", List.of("a"), where);
            assertThat(figures("all").lastError().message()).contains(where.equals("split") ? "processing" : where);
            assertThat(figures("all").failed()).isEqualTo(times.incrementAndGet());
        }
        assertThat(figures("all").lastError().place().line()).isEqualTo(line("loop"));
    }
}
