package dev.caravan.recorder;

import dev.caravan.recorder.Sampling.Share;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.recording.StepRecording;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.util.PatternMatchUtils;

/**
 * Records the exchanges of routes in {@code events/} and {@code chat/}, and of those that make destinations of STOMP: those that
 * {@link Sampling} takes, and those that fail. A recording begins where an exchange comes to such a route, unless it is in one.
 * {@link Recorder} has the steps. Thread-safe.
 */
@Component
class RouteRecorder implements RoutePolicyFactory {
    private static final Logger LOG = LoggerFactory.getLogger(RouteRecorder.class);
    private static final List<String> FOLDERS = List.of("events/", "chat/");
    private static final String DESTINATION = "stomp:";

    private final RecorderSettings settings;
    private final String node;
    private final Recorder recorder;
    private final Consumer<RouteRecording> store;
    private final LongAdder tooMany = new LongAdder();

    @Autowired
    RouteRecorder(
            RecorderSettings settings,
            @Value("${caravan.node}") String node,
            Recorder recorder,
            ObjectProvider<Recordings> recordings) {
        this(settings, node, recorder, Recorder.storeOf(recordings)::accept);
    }

    RouteRecorder(RecorderSettings settings, String node, Recorder recorder, Consumer<RouteRecording> store) {
        this.settings = settings;
        this.node = node;
        this.recorder = recorder;
        this.store = store;
    }

    /** How many exchanges were not recorded since there were too many at a time. */
    long tooMany() {
        return tooMany.sum();
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String route, NamedNode definition) {
        return !settings.isOffForRoutes()
                        && definition instanceof RouteDefinition known
                        && isRecorded(known)
                        && PatternMatchUtils.simpleMatch(settings.routes().toArray(String[]::new), route)
                ? new Entry()
                : null;
    }

    private static boolean isRecorded(RouteDefinition route) {
        RouteFile file = Recorder.file(route);
        return file != null
                && (FOLDERS.stream().anyMatch(file.name()::startsWith)
                        || route.getInput().getEndpointUri().startsWith(DESTINATION));
    }

    /** Fails no exchange: a node that stops may have no store any more. */
    private void store(RouteRecording recording) {
        try {
            store.accept(recording);
        } catch (RuntimeException e) {
            LOG.warn("Route {}: what exchange {} did is not stored", recording.route(), recording.id(), e);
        }
    }

    /** Where exchanges come to a route, and leave it. */
    private final class Entry extends RoutePolicySupport {
        /** Its own: whoever makes one route fail leaves room for others. */
        private final Sampling sampling = new Sampling(settings, System::nanoTime);

        private final AtomicLong exchanges = new AtomicLong();

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            StepRecording around = StepRecording.of(exchange);
            if (around != null && !around.isOver()) {
                return;
            }
            Share share = sampling.of(exchanges.getAndIncrement());
            boolean isWhole = share == Share.MESSAGES && sampling.hasRoom();
            if (share == Share.MESSAGES && !isWhole) {
                tooMany.increment();
            } else if (share != Share.NOTHING) {
                begin(route.getRouteId(), exchange, isWhole);
            }
        }

        private void begin(String route, Exchange exchange, boolean isWhole) {
            StepRecording steps = recorder.begin(isWhole);
            String id = exchange.getExchangeId();
            recorder.began(
                    exchange,
                    new RunningRecording(
                            steps,
                            RouteRecording.AGAIN,
                            startedAt -> RouteRecording.ofRunning(id, route, node, startedAt, steps)));
            steps.enter(exchange, this);
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            StepRecording steps = StepRecording.of(exchange);
            if (steps != null && !steps.hasEntered(exchange, this)) {
                return;
            }
            boolean wasShown = recorder.ended(exchange);
            if (steps == null) { // it has none, or the route has removed all properties
                return;
            }
            StepRecording.leave(exchange);
            Exception failure = exchange.getException();
            steps.end(failure);
            if (steps.hasMessages() || wasShown || failure != null && sampling.hasRoom()) {
                store(RouteRecording.of(exchange.getExchangeId(), route.getRouteId(), node, steps, failure));
            } else if (failure != null) {
                tooMany.increment();
            }
        }
    }
}
