package dev.caravan.security;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The headers of each response that tell a browser what it may do. */
final class SecurityHeaders {
    /** Our pages have no inline script or style; framing them would allow clickjacking. */
    private static final String CONTENT =
            "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'";

    /** Third-party pages: they use inline styles. */
    private static final List<String> FOREIGN = List.of("/hawtio/", "/api-docs/");

    /** Static parts of pages, the same for everyone, which browsers may cache. */
    private static final Set<String> FILES = Set.of("js", "css", "svg", "png", "ico", "woff2", "html");

    private static final Map<String, String> ALL = Map.of(
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin");

    private SecurityHeaders() {}

    /**
     * @param path of the request
     * @param secure whether it came over TLS
     */
    static Map<String, String> of(String path, boolean secure) {
        Map<String, String> headers = new LinkedHashMap<>(ALL);
        boolean foreign = FOREIGN.stream().anyMatch(path::startsWith);
        headers.put(
                "Content-Security-Policy",
                foreign ? CONTENT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") : CONTENT);
        if (!isFile(path)) {
            headers.put("Cache-Control", "no-store");
        }
        if (secure) {
            headers.put("Strict-Transport-Security", "max-age=31536000 ; includeSubDomains");
        }
        return headers;
    }

    static boolean isFile(String path) {
        return FILES.contains(path.substring(path.lastIndexOf('.') + 1));
    }
}
