package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.cluster.Draft;
import dev.caravan.routes.cluster.NodeState;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.trial.TrialRefused;
import dev.caravan.routes.trial.TrialRequest;
import dev.caravan.routes.trial.TrialResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/**
 * Edits route files, and the tests beside them, for HTTP and JMX. This class alone decides whether an edit is allowed, and logs
 * each try; {@link EditedFile} makes it. A check counts as an edit: it builds what the file says. Thread-safe.
 */
@Component
public final class RoutesEditor {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesEditor.class);
    /** What could break a line of the log, or look like something else there. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    private static final int LONGEST = 200;

    private final RoutesConfiguration live;
    private final boolean allowed;
    /** Whether edits must be drafts that somebody else publishes. */
    private final boolean approval;

    private final long maxSize;

    RoutesEditor(RoutesConfiguration live, RoutesSettings settings) {
        this.live = live;
        this.allowed = settings.writable();
        this.approval = settings.approval();
        this.maxSize = settings.maxFileSize().toBytes();
    }

    /**
     * An edit that was made, or would be.
     *
     * @param file null for one of many files
     * @param revision of the file, after it
     * @param publication its number, if it went to all nodes
     * @param nodes how far those are
     */
    public record Edit(
            String file, String revision, @JsonUnwrapped RoutesChange change, Long publication, List<NodeState> nodes) {
        static Edit of(String file, byte[] text, RoutesChange change) {
            return new Edit(file, RouteFile.revision(new String(text, UTF_8)), change, null, null);
        }

        private static Edit of(RoutePublisher.Published published) {
            return new Edit(null, null, published.change(), published.number(), published.nodes());
        }

        static Edit of(String file, byte[] text, RoutePublisher.Published published) {
            return new Edit(
                    file,
                    RouteFile.revision(new String(text, UTF_8)),
                    published.change(),
                    published.number(),
                    published.nodes());
        }
    }

    /**
     * A text that is being written.
     *
     * @param problems why a save would reject it; empty if it would not
     * @param change what a save would do; nothing if there are problems
     * @param outline its steps; null if it is no YAML, or has tests
     */
    public record Checked(List<RouteProblem> problems, @JsonUnwrapped RoutesChange change, RouteOutline outline) {}

    /** Whether an edit can be made at all: it is allowed, and there is a directory. */
    public boolean writable() {
        return allowed && live.directory() != null;
    }

    /** Whether an edit must be a draft that another user publishes. */
    public boolean approval() {
        return approval;
    }

    private void requireAllowed() {
        if (!allowed) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN,
                    "Routes may be neither written nor checked here: a user who may do that can run code."
                            + " caravan.routes.writable=true allows it to the role author.");
        }
    }

    /**
     * What {@link #save} would do.
     *
     * @param by who asks
     */
    public Edit check(String file, byte[] text, boolean force, String by) throws RoutesRejected, InterruptedException {
        return logged("check", named(file), by, who -> {
            EditedFile edited = edited(file, text);
            Edit edit = Edit.of(file, text, edited.check());
            if (!force) {
                edited.test();
            }
            return edit;
        });
    }

    /**
     * What {@link #save} would do or say, for an editor: a mistake is an answer here, no failure. Without the tests it is not
     * logged, since an editor asks whenever its author pauses.
     */
    public Checked checkText(String file, byte[] text, boolean tests, String by) throws InterruptedException {
        List<RouteProblem> problems = List.of();
        RoutesChange change = EditedFile.NO_CHANGE;
        try {
            if (tests) {
                change = check(file, text, false, by).change();
            } else {
                requireAllowed();
                change = edited(file, text).check();
            }
        } catch (RoutesRejected e) {
            problems = e.problems();
        }
        return new Checked(problems, change, edited(file, text).outline());
    }

    private EditedFile edited(String file, byte[] text) {
        if (RoutesDirectory.isNameOfTests(file)) {
            return new EditedTests(live, file, text);
        }
        requireName(file);
        return new EditedRoutes(live, file, text, maxSize);
    }

    /**
     * A text in one layout, with all that it leaves out written out. Nothing is changed.
     *
     * @throws RoutesRejected if Camel cannot read it, or would read something else then
     */
    public String format(String file, byte[] text) throws RoutesRejected {
        requireAllowed();
        requireName(file);
        return live.routes().format(file, text);
    }

    /**
     * Runs a file, saved or not, on a message. It needs what a check needs, and changes nothing.
     *
     * @param text null for what runs
     * @param user who tries it, one thing at a time
     * @param by who asks
     * @throws RoutesRejected if a save would not accept it
     */
    public TrialResult tryOut(String file, byte[] text, TrialRequest request, String user, String by)
            throws RoutesRejected, InterruptedException {
        String who = printable(by);
        String outcome = "failed";
        try {
            requireAllowed();
            requireName(file);
            byte[] tried = text == null ? current(file).bytes() : text;
            RouteFile checked = live.routes()
                    .checkedFiles(Collections.singletonMap(file, tried))
                    .get(file);
            TrialResult result = live.trials().run(user, checked, request);
            outcome = result.outcome().toString();
            return result;
        } catch (TrialRefused e) {
            outcome = "refused: " + e.getMessage();
            throw new ResponseStatusException(HttpStatus.TOO_MANY_REQUESTS, e.getMessage(), e);
        } finally {
            LOG.info("Route file {}: trial by {}: {}", printable(file), who, outcome);
        }
    }

    /**
     * Changes a file, or makes a new one. Tests are saved as they are, red or not: whoever changes what a route does writes them
     * first.
     *
     * @param force whether red tests do not keep a route file from being saved: they do not run
     * @param by who makes it, for the history
     * @throws RoutesRejected if the text cannot run, or a test beside it is red; nothing was changed
     */
    public Edit save(String file, byte[] text, boolean force, String by) throws RoutesRejected, InterruptedException {
        return logged(force ? "forced save" : "save", named(file), by, who -> {
            requireNoApproval();
            requireDirectory();
            return edited(file, text).save(force, who);
        });
    }

    /**
     * Changes files on all nodes, or on none.
     *
     * @param files new texts by the names of their files; null for one that is removed
     * @param whole whether these are all files that there are to be
     * @param base the number of the publication that the author has seen; 0 for whichever is current
     * @param force whether red tests do not keep them from being published: they do not run
     * @param why in the author's words
     */
    public Edit publish(Map<String, String> files, boolean whole, long base, boolean force, String why, String by)
            throws RoutesRejected, InterruptedException {
        return logged(force ? "forced publish" : "publish", "Publication of " + files.size() + " files", by, who -> {
            RoutePublisher publisher = requirePublisher();
            requireNoApproval();
            requireNames(files);
            String reason = printable(why);
            String author = force ? who + ", forced" : who;
            return Edit.of(
                    whole
                            ? publisher.replace(files, base, force, reason, author)
                            : publisher.change(files, base, force, reason, author));
        });
    }

    private void requireNoApproval() {
        if (approval) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN,
                    "Edits need an approval here (caravan.routes.approval): store a draft, PUT /routes/drafts/{name},"
                            + " which another user with the role approver publishes.");
        }
    }

    private static void requireNames(Map<String, String> files) {
        files.keySet().forEach(name -> requireName(RoutesDirectory.routesOf(name)));
    }

    /**
     * Stores a publication without making it. Nothing of it is checked but its names.
     *
     * @param user whose it is; null for nobody with a name
     */
    public Draft store(
            String name, Map<String, String> files, boolean whole, long base, String why, String user, String by)
            throws RoutesRejected, InterruptedException {
        return logged("store", "Draft " + name, by, who -> {
            requirePublisher();
            requireNames(files);
            return live.drafts().put(Draft.of(name, user, who, printable(why), base, whole, files));
        });
    }

    public void discard(String name, String by) throws RoutesRejected, InterruptedException {
        logged("discard", "Draft " + name, by, who -> {
            requirePublisher();
            live.drafts().remove(name);
            return "done";
        });
    }

    /**
     * Publishes a draft.
     *
     * @param revision that was looked at
     * @param user who looked; null for nobody with a name
     */
    public Edit publish(String name, String revision, boolean force, String user, String by)
            throws RoutesRejected, InterruptedException {
        return logged(force ? "forced publish" : "publish", "Draft " + name, by, who -> {
            requirePublisher();
            String author = force ? who + ", forced" : who;
            return Edit.of(live.drafts().publish(name, revision, force, user, author));
        });
    }

    /** Publishes the files of an earlier publication once more: they need no approval, they had it. */
    public Edit rollBack(long publication, String why, String by) throws RoutesRejected, InterruptedException {
        return logged("rollback", "Publication " + publication, by, who -> {
            String reason = printable(why);
            return Edit.of(requirePublisher().rollBack(publication, reason, who));
        });
    }

    private RoutePublisher requirePublisher() {
        requireCluster();
        return live.publisher();
    }

    /** @throws ResponseStatusException 409 if the routes of this node are not those of the cluster */
    public void requireCluster() {
        if (live.publisher() == null) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT,
                    "The routes of this node are those of its directory: only with caravan.routes.source=cluster can"
                            + " they be published.");
        }
    }

    /**
     * Makes a kept revision of a file the current one; also of a file that was removed. No tests run: the text has been
     * accepted before, and who goes back is in a hurry.
     */
    public Edit rollBack(String file, String revision, String by) throws RoutesRejected, InterruptedException {
        return logged("rollback", named(file), by, who -> {
            requireDirectory();
            requireName(file);
            return new EditedRoutes(live, file, text(file, revision), maxSize).replace(who);
        });
    }

    @FunctionalInterface
    private interface Work<T> {
        T by(String who) throws RoutesRejected, InterruptedException;
    }

    private static String named(String file) {
        return "Route file " + file;
    }

    /** Checks that edits are allowed, and logs who tried what with which outcome. */
    private <T> T logged(String what, String subject, String by, Work<T> work)
            throws RoutesRejected, InterruptedException {
        String who = printable(by);
        String outcome = "failed";
        try {
            requireAllowed();
            T result = work.by(who);
            outcome = result instanceof Edit edit ? edit.change().toString() : "done";
            return result;
        } catch (ErrorResponseException e) {
            outcome = "rejected: " + e.getBody().getDetail();
            throw e;
        } catch (RoutesRejected e) {
            outcome = "rejected: " + printable(e.getMessage());
            throw e;
        } finally {
            LOG.info("{}: {} by {}: {}", printable(subject), what, who, outcome);
        }
    }

    private static String printable(String text) {
        String safe = UNPRINTABLE.matcher(String.valueOf(text)).replaceAll("?");
        return safe.length() > LONGEST ? safe.substring(0, LONGEST) + "..." : safe;
    }

    /** The kept revisions of a file, newest first; none if it was never changed. */
    public List<RoutesHistory.Entry> history(String file) {
        requireName(file);
        try {
            List<RoutesHistory.Entry> entries = live.history().of(file);
            if (entries.isEmpty() && !live.routes().files().containsKey(file)) {
                throw noFile();
            }
            return entries;
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
    }

    public RouteFile current(String file) {
        requireName(file);
        RouteFile current = live.routes().files().get(file);
        if (current == null) {
            throw noFile();
        }
        return current;
    }

    /** The tests of this name, as they are saved. */
    public String tests(String file) {
        try {
            byte[] text = live.directory() == null
                    ? null
                    : live.directory()
                            .readTestsOf(List.of(RoutesDirectory.routesOf(file)))
                            .get(file);
            if (text == null) {
                throw noFile();
            }
            return new String(text, UTF_8);
        } catch (IOException e) {
            throw new ServiceUnavailable("The tests could not be read.", e);
        }
    }

    public byte[] text(String file, String revision) {
        try {
            return history(file).stream()
                    .filter(entry -> revision.equals(entry.revision()))
                    .findFirst()
                    .flatMap(entry -> live.history().text(file, revision))
                    .orElseThrow(() -> new ResponseStatusException(
                            HttpStatus.NOT_FOUND,
                            "This revision is not kept. GET /routes/files/" + file + "/history lists those that are."));
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
    }

    private void requireDirectory() {
        if (live.directory() == null) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT,
                    "The routes are those in the jar, which cannot be edited. Put them beside it with"
                            + " java -jar caravan.jar --unpack routes and start again.");
        }
    }

    private static void requireName(String file) {
        if (!RoutesDirectory.isName(file)) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST,
                    "A route file is named like jobs/hello.camel.yaml: of A-Z a-z 0-9 . _ - with / between, each part"
                            + " beginning with a letter or digit.");
        }
    }

    private static ResponseStatusException noFile() {
        return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no route file of this name.");
    }

    private static ServiceUnavailable unreadable(UncheckedIOException e) {
        return new ServiceUnavailable("The history could not be read.", e);
    }
}
