package dev.caravan.routes;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RoutePublisher.Published;
import dev.caravan.routes.cluster.Draft;
import dev.caravan.routes.cluster.DraftStore;
import dev.caravan.routes.files.RoutesRejected;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Keeps publications until somebody makes them: another one than their author, where that is asked for. Thread-safe. */
public final class RouteDrafts {
    private static final Logger LOG = LoggerFactory.getLogger(RouteDrafts.class);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private final DraftStore store;
    private final RoutePublisher publisher;
    private final boolean approval;

    /** @param approval whether nobody publishes a draft of their own */
    RouteDrafts(DraftStore store, RoutePublisher publisher, boolean approval) {
        this.store = store;
        this.publisher = publisher;
        this.approval = approval;
    }

    public List<Draft.About> all() {
        return orUnavailable(store::all);
    }

    public Draft read(String name) {
        requireName(name);
        Draft draft = orUnavailable(() -> store.read(name));
        if (draft == null) {
            throw missing();
        }
        return draft;
    }

    Draft put(Draft draft) {
        requireName(draft.name());
        long size = draft.files().values().stream()
                .mapToLong(text -> text == null ? 0 : text.length())
                .sum();
        if (size > DraftStore.MAX_SIZE) {
            throw new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE, "A draft has " + DraftStore.MAX_SIZE + " characters at the most.");
        }
        if (!orUnavailable(() -> store.put(draft))) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT, "There are " + DraftStore.MAX + " drafts already: delete one.");
        }
        return draft;
    }

    void remove(String name) {
        requireName(name);
        if (!orUnavailable(() -> store.remove(name))) {
            throw missing();
        }
    }

    /**
     * Publishes a draft, and removes it.
     *
     * @param revision that was looked at
     * @param user who looked; null for nobody with a name
     */
    Published publish(String name, String revision, boolean force, String user, String by)
            throws RoutesRejected, InterruptedException {
        Draft draft = read(name);
        if (!draft.revision().equals(revision)) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT,
                    "The draft was stored anew: it is revision " + draft.revision() + ". Look at it first.");
        }
        if (approval && (user == null || user.equals(draft.user()))) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN, "Nobody publishes a draft of their own here (caravan.routes.approval).");
        }
        String both = by + ", draft of " + draft.by();
        Published published = draft.whole()
                ? publisher.replace(draft.files(), draft.base(), force, draft.why(), both)
                : publisher.change(draft.files(), draft.base(), force, draft.why(), both);
        try {
            store.remove(name, revision);
        } catch (DataAccessException e) {
            LOG.warn("The draft {} is published, and was not removed: {}", name, e.toString());
        }
        return published;
    }

    private static <T> T orUnavailable(Supplier<T> work) {
        try {
            return work.get();
        } catch (DataAccessException e) {
            throw new ServiceUnavailable("Redis did not respond in time.", e);
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "A draft is named by 1 to 64 of a-z 0-9 -, and does not begin with -.");
        }
    }

    private static ResponseStatusException missing() {
        return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no draft of this name.");
    }
}
