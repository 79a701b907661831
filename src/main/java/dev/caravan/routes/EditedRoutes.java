package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RoutesEditor.Edit;
import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.files.YamlText;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes are saved in the transaction that a save in the directory is, which writes the file once its routes run. If the file
 * cannot be written, the routes that ran before run again, so that the directory is always what runs.
 *
 * @param maxSize of a file in bytes
 */
record EditedRoutes(RoutesConfiguration live, String file, byte[] text, long maxSize) implements EditedFile {
    private static final Logger LOG = LoggerFactory.getLogger(EditedRoutes.class);

    @Override
    public RoutesChange check() throws RoutesRejected {
        return live.routes().check(Map.of(file, text));
    }

    @Override
    public void test() throws RoutesRejected, InterruptedException {
        RouteFile current = live.routes().files().get(file);
        if (current != null && Arrays.equals(current.bytes(), text)) {
            return; // nothing is changed
        }
        try {
            live.saveTests().require(Map.of(file, text), Set.of(file));
        } catch (IOException e) {
            throw new ServiceUnavailable("The tests beside the file could not be read.", e);
        }
    }

    @Override
    public Edit save(boolean force, String by) throws RoutesRejected, InterruptedException {
        if (!force) {
            test();
        }
        return replace(force ? by + ", forced" : by);
    }

    /** Without the tests. */
    Edit replace(String by) throws RoutesRejected, InterruptedException {
        if (live.publisher() != null) {
            String whole = new String(text, UTF_8);
            if (!Arrays.equals(whole.getBytes(UTF_8), text)) { // no UTF-8: the check says so
                check();
            }
            return Edit.of(file, text, live.publisher().change(Map.of(file, whole), 0, true, "", by));
        }
        LiveRoutes routes = live.routes();
        synchronized (routes) { // the watcher would find the old text in the directory and go back to it
            RouteFile before = routes.files().get(file);
            boolean same = before != null && Arrays.equals(before.bytes(), text);
            if (same && !live.directory().held().contains(file)) {
                return Edit.of(file, text, NO_CHANGE); // a packaged one, which stays one
            }
            RoutesChange change = same ? NO_CHANGE : routes.change(Map.of(file, text), by);
            try {
                live.directory().write(file, text);
            } catch (IOException | RuntimeException e) {
                LOG.warn("Route file {} could not be written", file, e);
                if (!same) {
                    goBack(before);
                }
                throw new ServiceUnavailable("The file could not be written; the routes that ran before run.", e);
            }
            return Edit.of(file, text, change);
        }
    }

    private void goBack(RouteFile before) {
        try {
            live.routes().change(Collections.singletonMap(file, before == null ? null : before.bytes()), "not written");
        } catch (RoutesRejected e) { // the watcher finds the old text in the directory, and reports what is wrong
            LOG.error("Route file {}: the routes that ran before could not be restored", file, e);
        }
    }

    /** Null also if it is no YAML, of which the check says why. */
    @Override
    public RouteOutline outline() {
        try {
            return RouteOutline.of(YamlText.read(file, text, maxSize).root());
        } catch (RoutesRejected e) {
            return null;
        }
    }
}
