package dev.caravan.recorder;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.files.YamlText;
import dev.caravan.routes.recording.RecordedRoute;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The steps of recorded routes, for a drawing, with their lines in the file. Those asked for last are kept. Thread-safe. */
final class Outlines {
    private static final int MOST = 100;
    private static final RouteOutline NONE = new RouteOutline(List.of(), false);

    private static final Map<RecordedRoute, RouteOutline> KEPT = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<RecordedRoute, RouteOutline> eldest) {
            return size() > MOST;
        }
    };

    private Outlines() {}

    /** Without routes that are in no file, or too long to be recorded whole. */
    static RouteOutline of(Collection<RecordedRoute> routes) {
        List<RouteOutline> each = routes.stream().map(Outlines::of).toList();
        return new RouteOutline(
                each.stream().flatMap(outline -> outline.routes().stream()).toList(),
                each.stream().anyMatch(RouteOutline::cut));
    }

    private static RouteOutline of(RecordedRoute route) {
        if (route.text() == null || route.line() == null) {
            return NONE;
        }
        synchronized (KEPT) {
            return KEPT.computeIfAbsent(route, Outlines::read);
        }
    }

    private static RouteOutline read(RecordedRoute route) {
        String text = "\n".repeat(route.line() - 1) + route.text();
        try {
            return RouteOutline.of(YamlText.read(route.file(), text.getBytes(UTF_8), Long.MAX_VALUE)
                    .root());
        } catch (RoutesRejected e) { // it was cut
            return NONE;
        }
    }
}
