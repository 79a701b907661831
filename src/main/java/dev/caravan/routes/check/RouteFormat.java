package dev.caravan.routes.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;

/** Formats route files: another layout, the same routes, and every comment. Thread-safe. */
public final class RouteFormat {
    private final RouteCheck check;
    private final RouteFileReader reader;

    public RouteFormat(RouteCheck check, RouteFileReader reader) {
        this.check = check;
        this.reader = reader;
    }

    /** @throws RoutesRejected if Camel cannot read the text, or would read something else in another layout */
    public String format(String name, byte[] text) throws RoutesRejected {
        RouteFile before = reader.read(name, text);
        String formatted = RouteLayout.of(before);
        RouteFile after = reader.read(name, formatted.getBytes(UTF_8));
        if (!check.models(before).equals(check.models(after))
                || !RouteLayout.comments(before).equals(RouteLayout.comments(after))) {
            throw new RoutesRejected(
                    RouteProblem.of(name, "cannot be formatted: in another layout it would not mean the same"));
        }
        return formatted;
    }
}
