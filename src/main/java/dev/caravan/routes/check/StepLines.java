package dev.caravan.routes.check;

import dev.caravan.routes.check.RouteSource.Place;
import dev.caravan.routes.files.RouteFile;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.NamedNode;

/** The lines of a file on which the steps of its routes begin. */
public final class StepLines {
    private final RouteFile file;
    private final Map<String, RouteSource> sources = new HashMap<>();

    public StepLines(RouteFile file) {
        this.file = file;
    }

    /** Null if it is not in the file. */
    private RouteSource source(String route) {
        return sources.computeIfAbsent(route, id -> file.routes().stream()
                .filter(text -> text.id().equals(id))
                .findFirst()
                .map(text -> RouteSource.of(file, text))
                .orElse(null));
    }

    /** The text of a route, from the line on which it begins; empty if it is not in the file. */
    public Optional<String> text(String route) {
        return Optional.ofNullable(source(route)).map(RouteSource::lines);
    }

    /** Empty if the step is in no file: a failure policy's, for instance. */
    public Optional<Integer> of(String route, NamedNode step) {
        RouteSource source = source(route);
        int line = step.getLineNumber();
        if (source == null
                || line <= 0
                || step.getLocation() == null
                || !step.getLocation().endsWith(file.name())) {
            return Optional.empty();
        }
        return source.stepOf(step.getShortName(), line).map(Place::line).or(() -> Optional.of(line));
    }
}
