package dev.caravan.routes;

import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;
import java.util.List;

/** The files can run, but tests beside them are red, or cannot be read: a save can be forced. */
public final class RedTests extends RoutesRejected {
    private static final long serialVersionUID = 1;

    RedTests(List<RouteProblem> problems) {
        super(problems);
    }
}
