package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.DaemonThreads;
import dev.caravan.routes.cluster.NodeState;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.cluster.PublicationStore.Tick;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Keeps this node at the publication that is current for the cluster: twice a second it tells how far it is, checks the
 * publication that is prepared, and swaps in the one that has become current. The directory is a copy of that one, for a start
 * without Redis. Thread-safe.
 *
 * <p>The node may begin work only while it runs the current publication. It cannot know which that is when Redis has not
 * answered for {@value #BLIND_MILLIS} ms; a publication waits longer than that for a node that is silent.
 */
final class ClusterRoutes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterRoutes.class);

    private static final long POLL_MILLIS = 500;
    /** Shorter than {@link PublicationStore#AWAY}. */
    private static final long BLIND_MILLIS = 2000;

    private static final Duration AGAIN = Duration.ofSeconds(10);
    /** The number of the publication that the directory is a copy of. */
    private static final String NUMBER = ".publication";

    private static final String FIRST = "first node";

    private final PublicationStore store;
    private final String instance;
    private final String name;
    private final RoutesDirectory directory;
    private final Map<String, byte[]> required;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-routes"));

    private LiveRoutes routes;
    /** The current publication as far as this node knows. */
    private volatile long current;

    private volatile long runs;
    private volatile long checked;
    private volatile List<RouteProblem> rejected = List.of();
    private volatile List<RouteProblem> failed = List.of();
    private long failedAt;
    /** When the last answer of Redis was asked for. */
    private volatile long seenAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(BLIND_MILLIS);

    private boolean silent;
    /** Whether the directory is not a copy of what runs. */
    private boolean unwritten;

    /**
     * @param instance names this start of this node
     * @param required texts that each version of Caravan brings itself, by the names of their files
     */
    ClusterRoutes(
            PublicationStore store,
            String instance,
            String name,
            RoutesDirectory directory,
            Map<String, byte[]> required) {
        this.store = store;
        this.instance = instance;
        this.name = name;
        this.directory = directory;
        this.required = required;
    }

    /**
     * The files to start with: those of the current publication. If there is none yet, those of the directory become it; if
     * Redis does not respond, the node starts with them, which it ran last, and takes no work until it knows better.
     */
    Map<String, byte[]> first() throws IOException {
        Files.createDirectories(directory.path());
        try {
            long asked = System.nanoTime();
            current = store.current();
            if (current == 0) {
                current = seed(held());
            }
            Publication publication = store.read(current);
            if (publication == null) {
                failed = List.of(missing(current));
            } else {
                copy(publication);
                seenAt = asked;
            }
        } catch (DataAccessException e) {
            current = number();
            LOG.warn(
                    "Redis does not respond: this node starts with the routes that it ran last, of publication {}: {}",
                    current,
                    e.toString());
        }
        return directory.read();
    }

    /** @param asPublished whether these are the texts that {@link #first} gave, all of them */
    void start(LiveRoutes started, boolean asPublished) {
        routes = started;
        if (asPublished && failed.isEmpty()) {
            runs = current;
        } else if (failed.isEmpty()) {
            failed = List.of(RouteProblem.of(
                    "publication " + current, "has files that this node rejects: its log says which and why"));
        }
        failedAt = System.nanoTime();
        clock.scheduleWithFixedDelay(this::round, 0, POLL_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Whether this node runs what all should run, as far as can be known. */
    boolean isCurrent() {
        return runs == current
                && failed.isEmpty()
                && System.nanoTime() - seenAt < TimeUnit.MILLISECONDS.toNanos(BLIND_MILLIS);
    }

    /** The number of the publication that runs here; 0 if none does. */
    long runs() {
        return runs;
    }

    List<RouteProblem> problems() {
        return failed;
    }

    /** Looks at once, instead of within half a second. */
    void look() {
        clock.execute(this::round);
    }

    private void round() {
        try {
            NodeState told = state();
            long asked = System.nanoTime();
            Tick tick = store.tick(instance, told);
            seenAt = asked;
            if (silent) {
                silent = false;
                LOG.info("Redis responds again: the current publication of routes is {}", tick.current());
            }
            if (tick.current() == 0) {
                current = seed(running());
            } else {
                current = tick.current();
            }
            if (runs != current) {
                run(current);
            } else if (unwritten) {
                write(store.read(runs));
            }
            if (tick.next() != 0 && tick.next() != checked) { // it may be what ends a failure
                check(tick.next());
            }
            if (!state().equals(told)) {
                store.tick(instance, state());
            }
        } catch (DataAccessException e) {
            if (!silent) {
                silent = true;
                LOG.warn("This node begins no work: it cannot read which routes are current: {}", e.toString());
            }
        } catch (Throwable e) { // whatever it is, the next round comes
            LOG.error("The routes of the cluster could not be compared with those of this node", e);
        }
    }

    private NodeState state() {
        return new NodeState(name, runs, checked, rejected, failed);
    }

    private void check(long number) {
        Publication publication = store.read(number);
        if (publication == null) {
            return; // given up
        }
        try {
            check(publication.files());
            rejected = List.of();
        } catch (RoutesRejected e) {
            rejected = e.problems();
        }
        checked = number;
    }

    /** What these files would change here, if they were all there are. */
    RoutesChange check(Map<String, String> files) throws RoutesRejected {
        return routes.check(pending(files));
    }

    /** How far the route files among these, and those that are required, differ from what runs. */
    Map<String, byte[]> pending(Map<String, String> files) {
        return routes.pending(routesOf(files));
    }

    /** The route files among these, and those that are required. */
    Map<String, byte[]> routesOf(Map<String, String> files) {
        Map<String, byte[]> all = new TreeMap<>(required);
        files.forEach((file, text) -> {
            if (RoutesDirectory.isName(file)) {
                all.put(file, text.getBytes(UTF_8));
            }
        });
        return all;
    }

    /** Files without those that each version of Caravan brings itself. */
    Map<String, String> own(Map<String, String> files) {
        Map<String, String> own = new TreeMap<>(files);
        own.entrySet().removeIf(file -> Arrays.equals(file.getValue().getBytes(UTF_8), required.get(file.getKey())));
        return own;
    }

    private void run(long number) {
        if (!failed.isEmpty() && System.nanoTime() - failedAt < AGAIN.toNanos()) {
            return;
        }
        Publication publication = store.read(number);
        if (publication == null) {
            fail(number, List.of(missing(number)));
            return;
        }
        try {
            Map<String, byte[]> changes = pending(publication.files());
            if (!changes.isEmpty()) {
                routes.change(changes, publication.by());
            }
            runs = number;
            if (!failed.isEmpty()) {
                LOG.info("This node runs publication {} now, and takes work again", number);
            }
            failed = List.of();
            write(publication);
        } catch (RoutesRejected e) {
            fail(number, e.problems());
        }
    }

    private static RouteProblem missing(long number) {
        return RouteProblem.of("publication " + number, "is not there any more");
    }

    private void fail(long number, List<RouteProblem> problems) {
        if (!problems.equals(failed)) {
            problems.forEach(problem -> LOG.error(
                    "Publication {} does not run on this node, which begins no work until it does: {}",
                    number,
                    problem.sentence()));
        }
        failed = problems;
        failedAt = System.nanoTime();
    }

    private void write(Publication publication) {
        try {
            if (publication != null) {
                copy(publication);
            }
            unwritten = false;
        } catch (IOException | RuntimeException e) {
            if (!unwritten) {
                LOG.warn("{} is not a copy of publication {}: {}", directory.path(), runs, e.toString());
            }
            unwritten = true;
        }
    }

    /** The number is written last: a copy that was not finished counts as the one before. */
    private void copy(Publication publication) throws IOException {
        Map<String, byte[]> held = held();
        for (String name : held.keySet()) {
            if (!publication.files().containsKey(name)) {
                directory.delete(name);
            }
        }
        for (Map.Entry<String, String> file : publication.files().entrySet()) {
            byte[] text = file.getValue().getBytes(UTF_8);
            if (!Arrays.equals(held.get(file.getKey()), text)) {
                directory.write(file.getKey(), text);
            }
        }
        directory.read();
        Path number = directory.path().resolve(NUMBER);
        Files.writeString(number, Long.toString(publication.number()));
    }

    /** What the directory itself holds: route files, and the tests beside them. */
    private Map<String, byte[]> held() throws IOException {
        Map<String, byte[]> held = new TreeMap<>(directory.read());
        held.keySet().retainAll(directory.held());
        held.putAll(directory.readTests());
        return held;
    }

    private long number() throws IOException {
        try {
            return Long.parseLong(
                    Files.readString(directory.path().resolve(NUMBER)).strip());
        } catch (NoSuchFileException | NumberFormatException e) {
            return 0;
        }
    }

    /** Makes these files the current publication, unless another node was faster; the number of the current one. */
    private long seed(Map<String, byte[]> texts) throws IOException {
        Map<String, String> files = own(texts(texts));
        long number = Math.max(1, number());
        if (store.seed(new Publication(number, 0, name, FIRST, Instant.now(), files))) {
            LOG.info("The {} route files of this node are publication {}", files.size(), number);
        }
        return store.current();
    }

    private static Map<String, String> texts(Map<String, byte[]> files) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            String name = file.getKey();
            if (!RoutesDirectory.isNameOfAny(name)) {
                throw new IOException(name + " cannot be published: name it of A-Z a-z 0-9 . _ - with / between");
            }
            texts.put(name, new String(file.getValue(), UTF_8));
        }
        return texts;
    }

    private Map<String, byte[]> running() throws IOException {
        Map<String, byte[]> running = new TreeMap<>(directory.readTests());
        routes.files().forEach((file, accepted) -> running.put(file, accepted.bytes()));
        return running;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        try {
            store.leave(instance);
        } catch (RuntimeException e) { // the connection, too, may have been closed
            LOG.debug("The others forget this node in {}", PublicationStore.AWAY, e);
        }
    }
}
