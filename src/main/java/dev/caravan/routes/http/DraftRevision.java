package dev.caravan.routes.http;

/**
 * What {@code POST /routes/drafts/{draft}/publish} is sent.
 *
 * @param revision that was looked at
 * @param force whether the tests among the files do not run
 */
record DraftRevision(String revision, boolean force) {
    /** @throws IllegalArgumentException if it is none, with a message for the client */
    static DraftRevision read(byte[] body) {
        DraftRevision seen =
                RouteRequest.json(body, DraftRevision.class, "Publishing a draft needs JSON with revision, and force");
        if (seen != null && seen.revision != null) {
            return seen;
        }
        throw new IllegalArgumentException("Publishing a draft needs its revision: the one that you have looked at.");
    }
}
