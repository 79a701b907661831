package dev.caravan.http;

import java.util.Map;

/**
 * Decides which requests for routes go to their route directly, without the servlet container and its filters: those that
 * come by the thousand a second. All others pass the filters, which respond if something is wrong. Thread-safe; must not
 * block.
 */
public interface DirectAccess {
    /**
     * The head of a request that has no headers but those that every client sends.
     *
     * @param path plain: letters, digits and {@code . _ ~ : -} between slashes
     * @param host the name under which the client has asked
     * @param address of the client
     * @param authorization the header
     */
    record Head(String method, String path, String host, String address, String authorization) {}

    /** @param operator whether the user may act on what belongs to others */
    record User(String name, boolean operator) {}

    /** The user, if the request may go to its route; null if the filters decide. */
    User user(Head request);

    /**
     * The headers of each response, beside the route's own.
     *
     * @param secure whether the request came over TLS
     */
    Map<String, String> responseHeaders(boolean secure);
}
