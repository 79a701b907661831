package dev.caravan.http;

import java.util.Locale;
import java.util.Set;

/** Classifies headers by their names. */
final class HeaderNames {

    /** Belong to the connection or to the server, never to a route (RFC 9110, sections 7.6 and 8.6). */
    private static final Set<String> SERVER_OWNED = Set.of(
            "connection",
            "content-length",
            "date",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "server",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "authorization",
            "cookie");

    private HeaderNames() {}

    /**
     * Whether the name steers a Camel component. In any case of letters, because Camel looks headers up without regard
     * to case: {@code cAmElHttpUri} is as good as {@code CamelHttpUri} (CVE-2025-27636, CVE-2025-29891).
     */
    static boolean isCamel(String name) {
        return startsWith(name, "camel") || startsWith(name, "org.apache.camel.");
    }

    /** Whether the header is the server's business and must not be set from a route. */
    static boolean isServerOwned(String name) {
        return SERVER_OWNED.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether the name is a token as RFC 9110, section 5.6.2, has it. */
    static boolean isToken(String name) {
        return !name.isEmpty() && name.chars().allMatch(HeaderNames::isTokenChar);
    }

    private static boolean isTokenChar(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static boolean startsWith(String name, String prefix) {
        return name.regionMatches(true, 0, prefix, 0, prefix.length());
    }
}
