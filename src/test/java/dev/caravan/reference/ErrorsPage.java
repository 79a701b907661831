package dev.caravan.reference;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** {@code docs/reference/errors.md}: when, from {@code openapi.yaml}; the texts, from where problems are made. */
final class ErrorsPage {
    private static final Path API = Path.of("src/main/resources/static/openapi.yaml");

    /** An expression between the literals of a detail is a value. */
    private static final String VALUE = "[\\w.]+(?:\\((?:[^()\"]|\\([^()\"]*\\))*\\))?";

    private static final String DETAIL = "((?:" + Sources.LITERALS + "|" + VALUE + ")(?:\\s*\\+\\s*(?:"
            + Sources.LITERALS + "|" + VALUE + "(?:\\.\\w+\\(\\))?))*)";

    private static final Pattern PROBLEM = Pattern.compile("HttpStatus\\.([A-Z_]+),\\s*" + DETAIL + "\\s*[,)]");
    private static final Pattern UNAVAILABLE =
            Pattern.compile("(?:new ServiceUnavailable\\(|reject\\(\\s*pending, stream,)\\s*" + DETAIL + "\\s*[,)]");
    private static final Pattern LIMIT =
            Pattern.compile("(?:new LimitExceeded\\(|new TooManyFailedLogins\\(|tooMany\\(\\s*request, response,)\\s*"
                    + DETAIL + "\\s*,");
    /** What {@code JsonBody} complains of; its callers respond with it. */
    private static final Pattern BODY = Pattern.compile("new IllegalArgumentException\\(\\s*" + DETAIL + "\\s*,");

    private static final Path JSON_BODY = Path.of("src/main/java/dev/caravan/http/JsonBody.java");

    private static final Pattern PART = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|[^\"+\\s][^\"+]*");

    private ErrorsPage() {}

    static String text() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false); // the page of the API does not show such a file
        Map<String, Object> api = new Yaml(new SafeConstructor(options)).load(Sources.read(API));
        Map<Integer, Map<String, Set<String>>> when = new TreeMap<>();
        Map<Integer, Set<String>> details = details();
        read(api, when);
        StringBuilder page = new StringBuilder(
                """
                # HTTP errors

                An error is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): programs read `status`,
                people read `detail`. `type` is `about:blank` and `title` is the name of the status. A request that got an error
                does not run later.

                """);
        for (String paragraph :
                map(api.get("info")).get("description").toString().split("\n\n")) {
            if (paragraph.startsWith("**Access")) {
                page.append(paragraph).append('\n');
            }
        }
        Set<Integer> all = new TreeSet<>(when.keySet());
        all.addAll(details.keySet());
        for (int status : all) {
            page.append(
                    "\n## %d %s\n".formatted(status, HttpStatus.valueOf(status).getReasonPhrase()));
            if (when.containsKey(status)) {
                page.append("\n| when | requests |\n|---|---|\n");
                when.get(status)
                        .forEach((description, operations) -> page.append(
                                "| %s | %s |\n".formatted(Sources.cell(description), String.join(", ", operations))));
            }
            if (details.containsKey(status)) {
                page.append("\n`detail` is one of (`…` stands for a value):\n\n");
                details.get(status)
                        .forEach(detail -> page.append("- ").append(detail).append('\n'));
            }
        }
        return page.toString();
    }

    /** When each request gets which status. */
    private static void read(Map<String, Object> api, Map<Integer, Map<String, Set<String>>> when) {
        Map<String, Object> shared = map(map(api.get("components")).get("responses"));
        map(api.get("paths")).forEach((path, methods) -> map(methods).forEach((method, operation) -> {
            if (path.contains("{folder}") || !(operation instanceof Map<?, ?>)) {
                return; // the same requests as without a folder
            }
            map(map(operation).get("responses")).forEach((status, response) -> {
                Object reference = map(response).get("$ref");
                Map<String, Object> described = map(
                        reference == null
                                ? response
                                : shared.get(reference.toString().replaceFirst(".*/", "")));
                int code = Integer.parseInt(status);
                if (code >= 400) {
                    when.computeIfAbsent(code, any -> new LinkedHashMap<>())
                            .computeIfAbsent(described.get("description").toString(), any -> new LinkedHashSet<>())
                            .add("`" + method.toUpperCase(Locale.ROOT) + " " + path + "`");
                }
            });
        }));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return value instanceof Map<?, ?> ? (Map<String, Object>) value : Map.of();
    }

    private static Map<Integer, Set<String>> details() {
        Map<Integer, Set<String>> details = new TreeMap<>();
        Sources.java().values().forEach(source -> {
            for (Matcher found = PROBLEM.matcher(source); found.find(); ) {
                add(details, HttpStatus.valueOf(found.group(1)), source, found.start(), found.group(2));
            }
            for (Matcher found = UNAVAILABLE.matcher(source); found.find(); ) {
                add(details, HttpStatus.SERVICE_UNAVAILABLE, source, found.start(), found.group(1));
            }
            for (Matcher found = LIMIT.matcher(source); found.find(); ) {
                add(details, HttpStatus.TOO_MANY_REQUESTS, source, found.start(), found.group(1));
            }
        });
        String body = Sources.read(JSON_BODY);
        for (Matcher found = BODY.matcher(body); found.find(); ) {
            add(details, HttpStatus.BAD_REQUEST, body, found.start(), found.group(1));
        }
        return details;
    }

    private static void add(Map<Integer, Set<String>> details, HttpStatus status, String source, int at, String text) {
        if (!text.contains("\"")) { // a variable: the texts that it was given last
            int given = source.lastIndexOf("String " + text + " =", at);
            boolean constant = text.equals(text.toUpperCase(Locale.ROOT));
            if (given >= 0 && (constant || !source.substring(given, at).contains("\n    }"))) { // in the same method
                Pattern.compile(DETAIL)
                        .matcher(source.substring(source.indexOf('=', given) + 1, source.indexOf(';', given))
                                .strip())
                        .results()
                        .filter(found -> found.group().contains("\""))
                        .forEach(found -> add(details, status, source, at, found.group()));
            }
            return;
        }
        StringBuilder detail = new StringBuilder();
        for (Matcher part = PART.matcher(text); part.find(); ) {
            detail.append(part.group(1) == null ? "…" : part.group(1).translateEscapes());
        }
        String shown = detail.toString().replaceAll("…+", "…");
        if (shown.matches("(?s).*\\w.*")) {
            details.computeIfAbsent(status.value(), any -> new TreeSet<>()).add(shown);
        }
    }
}
