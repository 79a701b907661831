package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RoutesEditor.Edit;
import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tests need a route file beside them, which they are for, and must be such that they can run. */
record EditedTests(RoutesConfiguration live, String file, byte[] text) implements EditedFile {
    private static final Logger LOG = LoggerFactory.getLogger(EditedTests.class);

    @Override
    public RoutesChange check() throws RoutesRejected {
        requireTested();
        live.saveTests().read(file, text);
        return NO_CHANGE;
    }

    private RouteFile requireTested() throws RoutesRejected {
        RouteFile tested = live.routes().files().get(RoutesDirectory.routesOf(file));
        if (tested == null) {
            throw new RoutesRejected(SaveTests.nothingToTest(file));
        }
        return tested;
    }

    @Override
    public void test() throws RoutesRejected, InterruptedException {
        RouteFile tested = requireTested();
        live.saveTests().require(Map.of(tested.name(), tested.bytes()), Map.of(file, text));
    }

    /** Red or not: whoever changes what a route does writes its tests first. */
    @Override
    public Edit save(boolean force, String by) throws RoutesRejected, InterruptedException {
        check();
        if (live.publisher() != null) {
            return Edit.of(file, text, live.publisher().change(Map.of(file, new String(text, UTF_8)), 0, true, "", by));
        }
        try {
            live.directory().write(file, text);
        } catch (IOException | RuntimeException e) {
            LOG.warn("The tests {} could not be written", file, e);
            throw new ServiceUnavailable("The file could not be written.", e);
        }
        return Edit.of(file, text, NO_CHANGE);
    }

    @Override
    public RouteOutline outline() {
        return null;
    }
}
