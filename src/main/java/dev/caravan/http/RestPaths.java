package dev.caravan.http;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Finds the consumer of a request as Spring MVC does: of the patterns that match, the most specific one. Thread-safe.
 *
 * <p>Holds the consumers of one method and one exact pattern; others are left to Spring MVC.
 */
@Component
final class RestPaths {
    private static final Comparator<Entry> MOST_SPECIFIC = Comparator.comparing(Entry::pattern);

    private final List<Entry> entries = new CopyOnWriteArrayList<>();

    /** @param direct whether its requests need nothing of Spring MVC */
    private record Entry(String method, PathPattern pattern, RestConsumer consumer, boolean direct) {}

    /**
     * What was found.
     *
     * @param variables of the path, decoded
     */
    record Match(RestConsumer consumer, Map<String, String> variables) {}

    /** Adds a consumer; of two with the same method and pattern the one that came last is found. */
    synchronized void add(RestConsumer consumer) {
        PlatformHttpEndpoint endpoint = consumer.getEndpoint();
        String method = endpoint.getHttpMethodRestrict();
        if (method == null || method.contains(",") || endpoint.isMatchOnUriPrefix()) {
            return;
        }
        boolean direct = endpoint.getConsumes() == null && endpoint.getProduces() == null && !endpoint.isUseStreaming();
        PathPattern pattern = PathPatternParser.defaultInstance.parse(endpoint.getPath());
        entries.add(0, new Entry(method, pattern, consumer, direct));
        entries.sort(MOST_SPECIFIC);
    }

    synchronized void remove(RestConsumer consumer) {
        entries.removeIf(entry -> entry.consumer == consumer);
    }

    /** Null if there is none, or the one there is does not run or asks for more than a method and a path. */
    Match find(String method, String path) {
        PathContainer container = PathContainer.parsePath(path);
        for (Entry entry : entries) {
            if (entry.method.equals(method)) {
                PathPattern.PathMatchInfo match = entry.pattern.matchAndExtract(container);
                if (match != null) {
                    return entry.direct && entry.consumer.isStarted()
                            ? new Match(entry.consumer, match.getUriVariables())
                            : null;
                }
            }
        }
        return null;
    }
}
