package dev.caravan.security;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The headers of each response that tell a browser what it may do. */
final class SecurityHeaders {
    /** Our pages have no inline style, nor script but for one; framing them would allow clickjacking. */
    private static final String CONTENT =
            "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'";

    /** The dashboard has one inline script: the import map of its editor, which browsers take from nowhere else. */
    private static final String WITH_IMPORT_MAP =
            "script-src 'self' 'sha256-xpNrwnBZRQl5caNmDywHpiiFro/s/ky0jSyF7ysakqY='; " + CONTENT;

    private static final Set<String> DASHBOARD = Set.of("/", "/index.html");

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
        headers.put("Content-Security-Policy", content(path));
        if (!isFile(path)) {
            headers.put("Cache-Control", "no-store");
        }
        if (secure) {
            headers.put("Strict-Transport-Security", "max-age=31536000 ; includeSubDomains");
        }
        return headers;
    }

    private static String content(String path) {
        if (DASHBOARD.contains(path)) {
            return WITH_IMPORT_MAP;
        }
        boolean foreign = FOREIGN.stream().anyMatch(path::startsWith);
        return foreign ? CONTENT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") : CONTENT;
    }

    static boolean isFile(String path) {
        return FILES.contains(path.substring(path.lastIndexOf('.') + 1));
    }
}
