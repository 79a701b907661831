package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.cluster.NodeState;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.cluster.PublicationStore.Prepared;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * Publishes route files to all nodes: each checks them, then all swap them in, or none does. A node that is away when this
 * begins, or dies meanwhile, is not waited for: it takes the current publication before it takes work. Thread-safe; blocks until the
 * nodes are done.
 */
final class RoutePublisher {
    private static final Logger LOG = LoggerFactory.getLogger(RoutePublisher.class);
    private static final long LOOK_MILLIS = 50;
    /** How long all nodes may take to swap what all have checked. */
    private static final Duration SWAP = Duration.ofSeconds(10);

    private final PublicationStore store;
    private final ClusterRoutes node;
    private final SaveTests tests;
    private final Duration timeout;

    /** @param timeout how long all nodes may take to check a publication */
    RoutePublisher(PublicationStore store, ClusterRoutes node, SaveTests tests, Duration timeout) {
        this.store = store;
        this.node = node;
        this.tests = tests;
        this.timeout = timeout;
    }

    /**
     * What became of a publication that was committed.
     *
     * @param nodes those that are alive, with what failed on them
     */
    record Published(long number, RoutesChange change, List<NodeState> nodes) {}

    /**
     * Changes files of the current publication.
     *
     * @param changes texts by the names of their files; null for a file that is removed
     * @param base the number of the publication that the author has seen; 0 for whichever is current
     * @param force whether red tests do not keep them from being published: they do not run
     */
    Published change(Map<String, String> changes, long base, boolean force, String why, String by)
            throws RoutesRejected, InterruptedException {
        try {
            Publication current = read(requireCurrent(base));
            Map<String, String> files = new TreeMap<>(current.files());
            changes.forEach((name, text) -> {
                if (text == null) {
                    files.remove(name);
                } else {
                    files.put(name, text);
                }
            });
            return publish(files, current, force, why, by);
        } catch (DataAccessException e) {
            throw unavailable(e);
        }
    }

    /** Replaces all files. */
    Published replace(Map<String, String> files, long base, boolean force, String why, String by)
            throws RoutesRejected, InterruptedException {
        try {
            return publish(files, read(requireCurrent(base)), force, why, by);
        } catch (DataAccessException e) {
            throw unavailable(e);
        }
    }

    /** Publishes the files of an earlier publication once more; without tests, as they were accepted before. */
    Published rollBack(long number, String why, String by) throws RoutesRejected, InterruptedException {
        try {
            return publish(read(number).files(), read(requireCurrent(0)), true, why, by);
        } catch (DataAccessException e) {
            throw unavailable(e);
        }
    }

    private Publication read(long number) {
        Publication publication = store.read(number);
        if (publication == null) {
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND,
                    "This publication is not kept. GET /routes/publications lists those that are.");
        }
        return publication;
    }

    private long requireCurrent(long base) {
        long current = store.current();
        if (base != 0 && base != current) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT, "Publication " + current + " has come since " + base + ": look at it first.");
        }
        return current;
    }

    private Published publish(Map<String, String> wanted, Publication base, boolean force, String why, String by)
            throws RoutesRejected, InterruptedException {
        Map<String, String> files = node.own(wanted);
        if (files.values().stream().mapToLong(String::length).sum() > PublicationStore.MAX_SIZE) {
            throw new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE,
                    "All files together have " + PublicationStore.MAX_SIZE + " characters at the most.");
        }
        Map<String, byte[]> routes = node.routesOf(files);
        requireTested(files.keySet(), routes.keySet());
        RoutesChange change = node.check(files);
        if (!force) {
            test(files, routes, base);
        }
        long number = store.last() + 1;
        Prepared prepared =
                store.prepare(new Publication(number, base.number(), by, why, Instant.now(), files), timeout);
        if (prepared != Prepared.DONE) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT,
                    prepared == Prepared.BUSY
                            ? "Another publication is under way: try again in a moment."
                            : "Another publication has come in between: look at it first.");
        }
        boolean committed = false;
        try {
            node.look();
            awaitChecks(number);
            committed = store.commit(number);
            if (!committed) {
                throw new ServiceUnavailable("The nodes took too long; nothing was changed.", null);
            }
        } finally {
            if (!committed) {
                giveUp(number);
            }
        }
        LOG.info("Publication {} by {} is current", number, by);
        node.look();
        List<NodeState> nodes =
                await(SWAP, state -> state.runs() >= number || !state.failed().isEmpty());
        return new Published(number, change, nodes);
    }

    private static void requireTested(Set<String> files, Set<String> routes) throws RoutesRejected {
        List<RouteProblem> problems = files.stream()
                .filter(name -> !routes.contains(RoutesDirectory.routesOf(name)))
                .map(SaveTests::nothingToTest)
                .toList();
        if (!problems.isEmpty()) {
            throw new RoutesRejected(problems);
        }
    }

    /** Runs the tests of each file that is changed, and those that are changed themselves. */
    private void test(Map<String, String> files, Map<String, byte[]> routes, Publication base)
            throws RoutesRejected, InterruptedException {
        Map<String, byte[]> changes = node.pending(files);
        Map<String, byte[]> texts = new TreeMap<>();
        files.forEach((name, text) -> {
            String tested = RoutesDirectory.routesOf(name);
            if (RoutesDirectory.isNameOfTests(name)
                    && (changes.containsKey(tested) || !text.equals(base.files().get(name)))) {
                texts.put(name, text.getBytes(UTF_8));
                changes.putIfAbsent(tested, routes.get(tested));
            }
        });
        if (!texts.isEmpty()) {
            tests.require(changes, texts);
        }
    }

    private void awaitChecks(long number) throws RoutesRejected, InterruptedException {
        List<NodeState> nodes = await(timeout, state -> state.checked() == number);
        List<RouteProblem> problems = new ArrayList<>();
        for (NodeState state : nodes) {
            if (state.checked() == number) {
                state.rejected().forEach(problem -> problems.add(problem.on(state.name())));
            }
        }
        if (!problems.isEmpty()) {
            throw new RoutesRejected(problems);
        }
        String silent = nodes.stream()
                .filter(state -> state.checked() != number)
                .map(NodeState::name)
                .collect(Collectors.joining(", "));
        if (!silent.isEmpty()) {
            throw new ServiceUnavailable(
                    "These nodes have not checked the files within " + timeout.toSeconds() + " s: " + silent
                            + ". Nothing was changed.",
                    null);
        }
    }

    /** The nodes that are alive, as soon as all are done, or when the time is over. */
    private List<NodeState> await(Duration time, Predicate<NodeState> done) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (true) {
            List<NodeState> nodes = store.nodes();
            if (nodes.stream().allMatch(done) || System.nanoTime() - end >= 0) {
                return nodes;
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private void giveUp(long number) {
        try {
            store.giveUp(number);
        } catch (DataAccessException e) {
            LOG.debug("Publication {} ends by itself when its time is over", number, e);
        }
    }

    private static ServiceUnavailable unavailable(DataAccessException e) {
        LOG.warn("A publication of routes failed: {}", e.toString());
        return new ServiceUnavailable(
                "Redis did not respond in time: GET /routes/publications says whether the publication is current.", e);
    }
}
