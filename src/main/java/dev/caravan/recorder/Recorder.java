package dev.caravan.recorder;

import dev.caravan.job.Job;
import dev.caravan.recorder.Sampling.Share;
import dev.caravan.routes.RouteRevision;
import dev.caravan.routes.check.StepLines;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.recording.RecordedProcessor;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.StepPlace;
import dev.caravan.routes.recording.StepRecording;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Records the attempts of jobs that {@link Sampling} takes, and those that fail: it wraps the call of the handler, where a recording
 * begins and ends, and each step of all routes but Caravan's own. {@link RouteRecorder} begins the recordings of other exchanges. If the
 * recorder is off nothing is wrapped. Thread-safe.
 */
@Component
@EnableConfigurationProperties(RecorderSettings.class)
class Recorder implements InterceptStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    /** The route with the step that calls the handler. */
    private static final String CALLER = "jobs-attempt";

    private static final String HANDLER = "job-";
    private static final String OWN = "engine/";
    /** More than this cannot be shown each second by far. */
    private static final int MOST_RUNNING = 1000;
    /** A route is shown up to here, if it is longer. */
    private static final int MAX_TEXT = 16 * 1024;

    private final RecorderSettings settings;
    /** Whether no attempt is recorded. */
    private final boolean isOff;

    private final boolean wrapsNothing;
    private final String node;
    private final Sampling sampling;
    private final Masks masks;
    private final StepRecording.Bounds bounds;
    private final Consumer<JobRecording> store;
    private final Map<Exchange, RunningRecording> running = new ConcurrentHashMap<>();
    /** The latest one: the steps of a file are wrapped one after another. */
    private Described described;

    @Autowired
    Recorder(
            RecorderSettings settings,
            @Value("${caravan.node}") String node,
            @Value("${caravan.roles}") Set<String> roles,
            ObjectProvider<Recordings> recordings) {
        this(settings, node, roles.contains("worker"), storeOf(recordings)::accept);
    }

    /** Resolved late: Camel asks for the recorder while its context is being made. */
    static Consumer<Recording> storeOf(ObjectProvider<Recordings> recordings) {
        Supplier<Recordings> store = SingletonSupplier.of(recordings::getObject);
        return recording -> store.get().add(recording);
    }

    Recorder(RecorderSettings settings, String node, boolean isWorker, Consumer<JobRecording> store) {
        this.settings = settings;
        this.isOff = settings.isOffForJobs() || !isWorker;
        this.wrapsNothing = isOff && settings.isOffForRoutes();
        this.node = node;
        this.sampling = new Sampling(settings, System::nanoTime);
        this.masks = new Masks(settings.maskNames(), settings.maskPaths());
        this.bounds = new StepRecording.Bounds(
                settings.maxSteps(),
                (int) settings.maxBody().toBytes(),
                settings.maxRecording().toBytes());
        this.store = store;
    }

    boolean isOff() {
        return isOff;
    }

    /** What is recorded and goes on. */
    Collection<RunningRecording> running() {
        return Collections.unmodifiableCollection(running.values());
    }

    /** From here on it is shown where an exchange is; not if there are {@value #MOST_RUNNING} already. */
    void began(Exchange exchange, RunningRecording recording) {
        if (running.size() < MOST_RUNNING) {
            running.put(exchange, recording);
        }
    }

    /** @return whether it was shown, so that its end must be, too */
    boolean ended(Exchange exchange) {
        RunningRecording recording = running.remove(exchange);
        return recording != null && recording.end();
    }

    /** How many attempts were not recorded since there were too many at a time. */
    long tooMany() {
        return sampling.tooMany();
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        RouteDefinition route = wrapsNothing ? null : ProcessorDefinitionHelper.getRoute(definition);
        if (route == null) {
            return target;
        }
        if (CALLER.equals(route.getRouteId())) {
            return definition instanceof ToDynamicDefinition && !isOff ? new Attempt(target) : target;
        }
        RouteFile file = file(route);
        boolean isHandler = route.getRouteId().startsWith(HANDLER);
        if (isHandler && isOff || (file == null ? !isHandler : file.name().startsWith(OWN))) {
            return target;
        }
        return new RecordedProcessor(
                target, place(route, file, definition, nextTarget == null ? target : nextTarget), StepRecording::of);
    }

    StepRecording begin(boolean withMessages) {
        return withMessages ? new StepRecording(bounds, masks) : StepRecording.ofTimes(bounds, masks);
    }

    /** Fails no attempt: a node that stops may have no store any more. */
    private void store(JobRecording recording) {
        try {
            store.accept(recording);
        } catch (RuntimeException e) {
            LOG.warn("Job {}: what attempt {} did is not stored", recording.jobId(), recording.attempt(), e);
        }
    }

    /** Null if the route is in none. */
    static RouteFile file(RouteDefinition route) {
        RouteRevision revision = revision(route);
        return revision == null ? null : revision.file();
    }

    private static RouteRevision revision(RouteDefinition route) {
        return route.getRoutePolicies() == null
                ? null
                : route.getRoutePolicies().stream()
                        .filter(RouteRevision.class::isInstance)
                        .map(RouteRevision.class::cast)
                        .findFirst()
                        .orElse(null);
    }

    private synchronized StepPlace place(RouteDefinition route, RouteFile file, NamedNode step, Processor processor) {
        if (described == null || described.definition != route) {
            described = new Described(route, file, described);
        }
        String id = route.getRouteId();
        Integer line = file == null ? null : described.lines.of(id, step).orElse(null);
        return StepPlace.of(described.route, step, processor, line);
    }

    /** A route, and the lines of its file. */
    private static final class Described {
        private final RouteDefinition definition;
        private final RouteFile file;
        private final StepLines lines;
        private final RecordedRoute route;

        /** @param before another one, maybe of the same file */
        Described(RouteDefinition definition, RouteFile file, Described before) {
            this.definition = definition;
            this.file = file;
            String id = definition.getRouteId();
            if (file == null) {
                this.lines = null;
                this.route = new RecordedRoute(id, null, null, null, null);
            } else {
                RouteRevision revision = revision(definition);
                this.lines = before != null && before.file == file ? before.lines : new StepLines(file);
                String text = lines.text(id).orElse("");
                this.route = new RecordedRoute(
                        id,
                        file.name(),
                        revision.text().revision(),
                        revision.text().line(),
                        text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text);
            }
        }
    }

    private final class Attempt extends DelegateAsyncProcessor {
        Attempt(Processor target) {
            super(target);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            if (!(exchange.getVariable("job") instanceof Job job)) {
                return super.process(exchange, callback);
            }
            Share share = sampling.of(job);
            if (share == Share.NOTHING) {
                return super.process(exchange, callback);
            }
            boolean isWhole = share == Share.MESSAGES && sampling.hasRoom();
            StepRecording steps = begin(isWhole);
            began(
                    exchange,
                    new RunningRecording(
                            steps,
                            settings.retention().dividedBy(2),
                            startedAt -> JobRecording.ofRunning(job, node, startedAt, steps)));
            steps.enter(exchange);
            return super.process(exchange, doneSync -> {
                StepRecording.leave(exchange);
                Exception failure = exchange.getException();
                steps.end(failure);
                boolean wasShown = ended(exchange);
                if (isWhole || wasShown || failure != null && settings.errors() && sampling.hasRoom()) {
                    store(JobRecording.of(job, node, steps, failure));
                } else if (share == Share.MESSAGES || failure != null) {
                    sampling.drop();
                }
                callback.done(doneSync);
            });
        }
    }
}
