package dev.caravan.routes;

import dev.caravan.component.GraceIsOver;
import dev.caravan.component.WorkGate;
import dev.caravan.node.StartRefused;
import dev.caravan.routes.RoutesSettings.Source;
import dev.caravan.routes.cluster.DraftStore;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.trial.RouteTests;
import dev.caravan.routes.trial.TrialSettings;
import dev.caravan.routes.trial.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Gives the Camel context its live routes before it starts, and starts the watcher of their directory. A file that would be
 * rejected does not keep a node from starting: the node starts with the text that was accepted last.
 */
@Component
@EnableConfigurationProperties({RoutesSettings.class, TrialSettings.class})
public class RoutesConfiguration implements CamelContextConfiguration, WorkGate, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesConfiguration.class);

    private final ApplicationContext application;
    private final RoutesSettings settings;
    private final PackagedRoutes packaged;
    private final TrialSettings trialSettings;
    private LiveRoutes routes;
    private Trials trials;
    private SaveTests saveTests;
    private RoutesDirectory directory;
    private RoutesHistory history;
    private RouteDrain drain;
    private RoutesWatcher watcher;
    /** Null unless the routes are those of the cluster. */
    private ClusterRoutes cluster;

    private RoutePublisher publisher;
    private PublicationStore publications;
    private RouteDrafts drafts;

    RoutesConfiguration(
            ApplicationContext application,
            RoutesSettings settings,
            PackagedRoutes packaged,
            TrialSettings trialSettings) {
        this.application = application;
        this.settings = settings;
        this.packaged = packaged;
        this.trialSettings = trialSettings;
    }

    @Override
    public void beforeApplicationStart(CamelContext context) {
        ReplacementShutdownStrategy shutdown =
                new ReplacementShutdownStrategy(context, () -> application.publishEvent(new GraceIsOver()));
        context.setShutdownStrategy(shutdown);
        context.setInflightRepository(new RevisionInflightRepository());
        directory = path().map(path -> new RoutesDirectory(
                        path, settings.maxFileSize().toBytes(), settings.maxFiles(), packaged.required()))
                .orElse(null);
        history = new RoutesHistory(directory == null ? null : directory.path(), settings.history());
        drain = new RouteDrain(context, shutdown, settings.drain());
        routes = new LiveRoutes(context, application, settings, drain, history, packaged.all(), packaged.required());
        trials = new Trials(context, application, new AllowedClasses(settings.allowedClasses()), trialSettings);
        RouteTests tests = new RouteTests(trials, settings.maxFileSize().toBytes());
        saveTests = new SaveTests(directory, routes, tests, trialSettings.testsTimeout());
        try {
            join(context);
            Map<String, byte[]> found =
                    cluster != null ? cluster.first() : directory == null ? packaged.all() : directory.read();
            Map<String, byte[]> accepted = RoutesDirectory.same(found, packaged.all()) ? found : accepted(found);
            routes.adopt(accepted);
            if (cluster != null) {
                cluster.start(routes, RoutesDirectory.same(found, accepted));
            }
        } catch (Exception e) {
            throw new IllegalStateException("The routes could not be loaded: " + e.getMessage(), e);
        }
    }

    private void join(CamelContext context) {
        if (settings.source() != Source.CLUSTER) {
            return;
        }
        if (directory == null) {
            throw new StartRefused("caravan.routes.source=cluster needs a directory of this node for its copy of the"
                    + " routes: --caravan.routes.directory=DIR");
        }
        publications = new PublicationStore(application.getBean(StringRedisTemplate.class), settings.history());
        cluster = new ClusterRoutes(
                publications,
                context.resolvePropertyPlaceholders("{{caravan.instance}}"),
                context.resolvePropertyPlaceholders("{{caravan.node}}"),
                directory,
                packaged.required());
        publisher = new RoutePublisher(publications, cluster, saveTests, settings.publicationTimeout());
        drafts = new RouteDrafts(
                new DraftStore(application.getBean(StringRedisTemplate.class)), publisher, settings.approval());
    }

    /**
     * Files as they stand, except where one would be rejected: that one as it was accepted last, or as it is packaged if it
     * is required, or not at all. A packaged file is rejected only because of another required one that was edited: then all
     * of these are as packaged.
     */
    private Map<String, byte[]> accepted(Map<String, byte[]> found)
            throws RoutesRejected, IOException, InterruptedException {
        Map<String, byte[]> files = new TreeMap<>(found);
        for (int round = 0; ; round++) {
            try {
                routes.check(files);
                saveTests.require(files, editedMeanwhile(files));
                return files;
            } catch (RoutesRejected e) {
                if (round > found.size()) {
                    throw e;
                }
                e.problems().forEach(problem -> LOG.warn("Rejected {}", problem.sentence()));
                Set<String> rejected = new TreeSet<>();
                e.problems().forEach(problem -> rejected.add(RoutesDirectory.routesOf(problem.file())));
                rejected.retainAll(files.keySet());
                Map<String, byte[]> own = packaged.required();
                Set<String> edited = new TreeSet<>(rejected);
                edited.removeIf(name -> Arrays.equals(files.get(name), own.get(name)));
                edited.forEach(name -> replace(name, files, own.get(name)));
                if (edited.isEmpty()) {
                    LOG.warn("This node starts with all of Caravan's own routes.");
                    files.putAll(own);
                }
            }
        }
    }

    /** Those that were saved while no node ran, or rejected by the last one: of these there is another good text. */
    private Set<String> editedMeanwhile(Map<String, byte[]> files) {
        Set<String> edited = new TreeSet<>();
        files.forEach((name, text) -> {
            byte[] last = history.latest(name).orElse(text);
            if (!Arrays.equals(last, text) && !Arrays.equals(packaged.all().get(name), text)) {
                edited.add(name);
            }
        });
        return edited;
    }

    private void replace(String name, Map<String, byte[]> files, byte[] own) {
        byte[] rejected = files.get(name);
        byte[] last = history.latest(name).orElse(rejected);
        if (!Arrays.equals(last, rejected)) {
            LOG.warn("This node starts with the last good text of {}.", name);
            files.put(name, last);
        } else if (own == null) {
            LOG.warn("This node starts without {}.", name);
            files.remove(name);
        } else {
            LOG.warn("This node starts with Caravan's own {}.", name);
            files.put(name, own);
        }
    }

    private Optional<Path> path() {
        if (settings.directory() != null && !settings.directory().isBlank()) {
            return Optional.of(Path.of(settings.directory()));
        }
        Path here = Path.of("routes");
        return PackagedRoutes.sources().or(() -> Files.isDirectory(here) ? Optional.of(here) : Optional.empty());
    }

    @Override
    public void afterApplicationStart(CamelContext context) {
        if (directory == null) {
            LOG.info("Route files are those in the jar. To edit copies: java -jar caravan.jar --unpack routes");
        } else if (cluster != null) {
            LOG.info("Route files are those of publication {} of the cluster.", cluster.runs());
        } else {
            LOG.info("Route files are in {}: save one, and it is live.", directory.path());
            watcher = new RoutesWatcher(directory, routes, saveTests, settings.poll());
            watcher.start();
        }
    }

    public LiveRoutes routes() {
        return routes;
    }

    /** Null if the routes are the packaged ones, which cannot be edited. */
    public RoutesDirectory directory() {
        return directory;
    }

    /** The names of the files that come with Caravan. */
    public Set<String> shipped() {
        return packaged.all().keySet();
    }

    Trials trials() {
        return trials;
    }

    SaveTests saveTests() {
        return saveTests;
    }

    RoutesHistory history() {
        return history;
    }

    /** What is wrong with the directory as it is now; empty if its files are what runs. */
    public List<RouteProblem> problems() {
        if (cluster != null) {
            return cluster.problems();
        }
        return watcher == null ? List.of() : watcher.problems();
    }

    /** Null unless the routes are those of the cluster. */
    RoutePublisher publisher() {
        return publisher;
    }

    /** Null unless the routes are those of the cluster. */
    public PublicationStore publications() {
        return publications;
    }

    /** Null unless the routes are those of the cluster. */
    public RouteDrafts drafts() {
        return drafts;
    }

    /** The number of the publication that runs here; 0 if none does. */
    public long publication() {
        return cluster == null ? 0 : cluster.runs();
    }

    /** Not while this node runs other routes than the cluster. */
    @Override
    public boolean isOpen() {
        return cluster == null || cluster.isCurrent();
    }

    /** The ids of Caravan's own routes that do not run here although they should. */
    Set<String> stopped() {
        return routes == null ? Set.of() : routes.stopped();
    }

    @Override
    public void destroy() throws IOException {
        if (watcher != null) {
            watcher.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (drain != null) {
            drain.close();
        }
    }
}
