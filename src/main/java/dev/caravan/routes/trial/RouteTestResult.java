package dev.caravan.routes.trial;

import dev.caravan.routes.files.RouteProblem;
import java.util.List;

/**
 * How a case of a file with tests went.
 *
 * @param file the file with the tests
 * @param line where the case begins
 * @param failure why it is red, for its reader; null if it is green
 * @param notTried beans and languages that it did not call
 */
public record RouteTestResult(String file, int line, String name, String failure, long micros, List<String> notTried) {
    public boolean isRed() {
        return failure != null;
    }

    /** For the author of the route file. */
    public RouteProblem problem() {
        return new RouteProblem(file, line, null, null, name + ": " + failure);
    }
}
