package dev.caravan.routes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.routes.cluster.FiguresStore;
import dev.caravan.routes.cluster.NodeFigures;
import dev.caravan.routes.figures.RevisionFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** Tells the other nodes every few seconds what the exchanges of routes came to here, and knows what they told. Thread-safe. */
@Component
public class SharedFigures implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(SharedFigures.class);
    private static final long PERIOD_MILLIS = 5000;

    private final RoutesConfiguration live;
    private final String node;
    private final String instance;
    /** Null without Redis. */
    private final FiguresStore store;
    /** What was told last. */
    private final Map<String, List<RevisionFigures>> told = new HashMap<>();

    private ScheduledExecutorService clock;

    SharedFigures(
            RoutesConfiguration live,
            ObjectProvider<StringRedisTemplate> redis,
            @Value("${caravan.node}") String node,
            @Value("${caravan.instance}") String instance) {
        this.live = live;
        this.node = node;
        this.instance = instance;
        StringRedisTemplate template = redis.getIfAvailable();
        this.store = template == null ? null : new FiguresStore(template);
    }

    /**
     * What is known of a route.
     *
     * @param nodes this one first; those on which the route had no exchanges are not among them, but if none had any there is this one
     * @param isPartial whether those of other nodes could not be read
     */
    public record Known(List<NodeFigures> nodes, boolean isPartial) {}

    @EventListener(WebServerInitializedEvent.class)
    synchronized void start() {
        if (store == null || clock != null) {
            return;
        }
        clock = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-route-figures"));
        clock.scheduleWithFixedDelay(this::tell, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tell() {
        try {
            LiveRoutes routes = live.routes();
            Map<String, List<RevisionFigures>> changed = new HashMap<>();
            for (String id : routes.withFigures()) {
                List<RevisionFigures> figures = routes.figures(id);
                if (isUsed(figures) && !figures.equals(told.get(id))) {
                    changed.put(id, figures);
                }
            }
            told.keySet().stream()
                    .filter(id -> !routes.withFigures().contains(id))
                    .forEach(id -> changed.put(id, List.of()));
            if (store.tell(instance, node, changed)) {
                told.putAll(changed);
                told.values().removeIf(List::isEmpty);
            } else { // all of them next time
                told.clear();
            }
        } catch (RuntimeException e) { // Redis is away, which others say
            LOG.debug("The figures of routes were not told", e);
        }
    }

    public Known of(String route) {
        List<NodeFigures> nodes = new ArrayList<>();
        boolean isPartial = false;
        if (store != null) {
            try {
                nodes.addAll(store.others(route, instance));
                nodes.sort(Comparator.comparing(NodeFigures::node));
            } catch (DataAccessException e) {
                LOG.debug("The figures of route {} on other nodes could not be read", route, e);
                isPartial = true;
            }
        }
        List<RevisionFigures> here = live.routes().figures(route);
        if (isUsed(here) || nodes.isEmpty() && !here.isEmpty()) {
            nodes.add(0, new NodeFigures(node, here));
        }
        return new Known(nodes, isPartial);
    }

    private static boolean isUsed(List<RevisionFigures> figures) {
        return figures.stream().anyMatch(revision -> revision.total() > 0);
    }

    @Override
    public synchronized void destroy() {
        if (clock != null) {
            clock.shutdownNow();
        }
    }
}
