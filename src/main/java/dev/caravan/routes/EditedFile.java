package dev.caravan.routes;

import dev.caravan.routes.RoutesEditor.Edit;
import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.files.RoutesRejected;
import java.util.Set;

/** A text that is to be a route file, or the tests beside one. {@link RoutesEditor} decides whether that is allowed. */
sealed interface EditedFile permits EditedRoutes, EditedTests {
    RoutesChange NO_CHANGE = new RoutesChange(Set.of(), Set.of(), Set.of());

    /**
     * What a save would do to the routes; it is not made.
     *
     * @throws RoutesRejected if the text would not be accepted
     */
    RoutesChange check() throws RoutesRejected;

    /**
     * Runs the tests.
     *
     * @throws RedTests if one of them is red
     */
    void test() throws RoutesRejected, InterruptedException;

    /**
     * Writes the text, here or on all nodes.
     *
     * @param force whether red tests do not matter: they do not run
     * @param by who makes it, for the history
     */
    Edit save(boolean force, String by) throws RoutesRejected, InterruptedException;

    /** The steps of the text; null if it has none. */
    RouteOutline outline();
}
