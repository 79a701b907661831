package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;

/**
 * What holds for each line of a streamed request as it does for a request of its own: the client's limit of requests, and the
 * audit log. Thread-safe; must not block.
 */
public interface LineAccess {
    /** Who sends the lines of one request. */
    interface Client {
        /** Counts one line more. @return 0, or the milliseconds to wait first: then it was not counted */
        long admit();

        /** Records the request that a line stands for. */
        void record(String method, String path);
    }

    Client of(HttpServletRequest request);
}
