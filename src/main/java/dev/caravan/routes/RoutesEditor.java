package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.EditFailed.Reason;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Edits route files for HTTP and JMX: the same transaction as a save in the directory, which writes the file once its routes
 * run. If the file cannot be written, the routes that ran before run again, so that the directory is always what runs. This
 * class alone decides whether an edit is allowed, and logs each try. A check counts as an edit: it builds what the file says.
 * Thread-safe.
 */
@Component
public final class RoutesEditor {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesEditor.class);
    private static final RoutesChange NOTHING = new RoutesChange(Set.of(), Set.of(), Set.of());
    /** What could break a line of the log, or look like something else there. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    private static final int LONGEST = 200;
    private static final String NO_FILE = "There is no route file of this name.";

    private final RoutesConfiguration live;
    private final boolean allowed;

    RoutesEditor(RoutesConfiguration live, RoutesSettings settings) {
        this.live = live;
        this.allowed = settings.writable();
    }

    /**
     * An edit that was made, or would be.
     *
     * @param revision of the file, after it
     */
    public record Edit(String file, String revision, RoutesChange change) {
        private static Edit of(String file, byte[] text, RoutesChange change) {
            return new Edit(file, RouteFile.revision(new String(text, UTF_8)), change);
        }
    }

    /** Whether an edit can be made at all: it is allowed, and there is a directory. */
    public boolean writable() {
        return allowed && live.directory() != null;
    }

    private void requireAllowed() throws EditFailed {
        if (!allowed) {
            throw new EditFailed(
                    Reason.NOT_ALLOWED,
                    "Routes may be neither written nor checked here: a user who may do that can run code."
                            + " caravan.routes.writable=true allows it to the role admin.");
        }
    }

    /**
     * What {@link #save} would do.
     *
     * @param by who asks
     */
    public Edit check(String file, byte[] text, String by) throws EditFailed, RoutesRejected {
        return logged("check", file, by, who -> {
            requireName(file);
            return Edit.of(file, text, live.routes().check(Collections.singletonMap(file, text)));
        });
    }

    /**
     * Changes a file, or makes a new one.
     *
     * @param by who makes it, for the history
     * @throws RoutesRejected if the text cannot run; nothing was changed
     */
    public Edit save(String file, byte[] text, String by) throws EditFailed, RoutesRejected {
        return logged("save", file, by, who -> {
            requireDirectory();
            requireName(file);
            return replace(file, text, who);
        });
    }

    /** Makes a kept revision of a file the current one; also of a file that was removed. */
    public Edit rollBack(String file, String revision, String by) throws EditFailed, RoutesRejected {
        return logged("rollback", file, by, who -> {
            requireDirectory();
            requireName(file);
            return replace(file, text(file, revision), who);
        });
    }

    @FunctionalInterface
    private interface Work {
        Edit by(String who) throws EditFailed, RoutesRejected;
    }

    /** Checks that edits are allowed, and logs who tried what with which outcome. */
    private Edit logged(String what, String file, String by, Work work) throws EditFailed, RoutesRejected {
        String who = printable(by);
        String outcome = "failed";
        try {
            requireAllowed();
            Edit edit = work.by(who);
            outcome = edit.change().toString();
            return edit;
        } catch (EditFailed | RoutesRejected e) {
            outcome = "rejected: " + printable(e.getMessage());
            throw e;
        } finally {
            LOG.info("Route file {}: {} by {}: {}", printable(file), what, who, outcome);
        }
    }

    private static String printable(String text) {
        String safe = UNPRINTABLE.matcher(String.valueOf(text)).replaceAll("?");
        return safe.length() > LONGEST ? safe.substring(0, LONGEST) + "..." : safe;
    }

    private Edit replace(String file, byte[] text, String by) throws EditFailed, RoutesRejected {
        LiveRoutes routes = live.routes();
        synchronized (routes) { // the watcher would find the old text in the directory and go back to it
            RouteFile before = routes.files().get(file);
            boolean same = before != null && Arrays.equals(before.bytes(), text);
            if (same && !live.directory().held().contains(file)) {
                return Edit.of(file, text, NOTHING); // a packaged one, which stays one
            }
            RoutesChange change = same ? NOTHING : routes.change(Collections.singletonMap(file, text), by);
            try {
                live.directory().write(file, text);
            } catch (IOException | RuntimeException e) {
                LOG.warn("Route file {} could not be written", file, e);
                if (!same) {
                    goBack(file, before);
                }
                throw new EditFailed(
                        Reason.NOT_KEPT, "The file could not be written; the routes that ran before run.", e);
            }
            return Edit.of(file, text, change);
        }
    }

    /** The kept revisions of a file, newest first; none if it was never changed. */
    public List<RoutesHistory.Entry> history(String file) throws EditFailed {
        requireName(file);
        try {
            List<RoutesHistory.Entry> entries = live.history().of(file);
            if (entries.isEmpty() && !live.routes().files().containsKey(file)) {
                throw new EditFailed(Reason.UNKNOWN, NO_FILE);
            }
            return entries;
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
    }

    /** A file as it runs. */
    public RouteFile current(String file) throws EditFailed {
        requireName(file);
        RouteFile current = live.routes().files().get(file);
        if (current == null) {
            throw new EditFailed(Reason.UNKNOWN, NO_FILE);
        }
        return current;
    }

    /** The text of a kept revision of a file. */
    public byte[] text(String file, String revision) throws EditFailed {
        boolean known = history(file).stream().anyMatch(entry -> revision.equals(entry.revision()));
        try {
            if (known) {
                return live.history().text(file, revision).orElseThrow(() -> unknown(file));
            }
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
        throw unknown(file);
    }

    private void goBack(String file, RouteFile before) {
        try {
            TreeMap<String, byte[]> old = new TreeMap<>();
            old.put(file, before == null ? null : before.bytes());
            live.routes().change(old, "not written");
        } catch (
                RoutesRejected e) { // the watcher finds the old text in the directory and reports what is wrong with it
            LOG.error("Route file {}: the routes that ran before could not be restored", file, e);
        }
    }

    private void requireDirectory() throws EditFailed {
        if (live.directory() == null) {
            throw new EditFailed(
                    Reason.NOT_EDITABLE,
                    "The routes are those in the jar, which cannot be edited. Put them beside it with"
                            + " java -jar caravan.jar --unpack routes and start again.");
        }
    }

    private static void requireName(String file) throws EditFailed {
        if (!RoutesDirectory.isName(file)) {
            throw new EditFailed(
                    Reason.NOT_A_NAME,
                    "A route file is named like jobs/hello.camel.yaml: of A-Z a-z 0-9 . _ - with / between, each part"
                            + " beginning with a letter or digit.");
        }
    }

    private static EditFailed unknown(String file) {
        return new EditFailed(
                Reason.UNKNOWN,
                "This revision is not kept. GET /routes/files/" + file + "/history lists those that are.");
    }

    private static EditFailed unreadable(UncheckedIOException e) {
        return new EditFailed(Reason.NOT_KEPT, "The history could not be read.", e);
    }
}
