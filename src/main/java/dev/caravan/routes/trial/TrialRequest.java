package dev.caravan.routes.trial;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a trial is given.
 *
 * @param route the id of the route that gets the message; null for the first one of the file
 * @param body of the message; null for none
 * @param headers of the message
 * @param stubs what is answered by what the trial does not reach: bodies by patterns of endpoints, such as {@code
 *     spring-redis:*}, of beans, {@code bean:rates.of}, and of languages, {@code language:groovy}. The first pattern that
 *     matches counts. A body may be null
 * @param failures what fails: messages by patterns, as with {@code stubs}, before which they come
 * @param answers what is answered after a recording where no pattern matches
 */
public record TrialRequest(
        String route,
        String body,
        Map<String, String> headers,
        Map<String, String> stubs,
        Map<String, String> failures,
        List<TrialAnswer> answers) {
    public TrialRequest {
        headers = inOrder(headers);
        stubs = inOrder(stubs);
        failures = inOrder(failures);
        answers = List.copyOf(answers);
    }

    public TrialRequest(
            String route,
            String body,
            Map<String, String> headers,
            Map<String, String> stubs,
            Map<String, String> failures) {
        this(route, body, headers, stubs, failures, List.of());
    }

    public static TrialRequest of(String body) {
        return new TrialRequest(null, body, Map.of(), Map.of(), Map.of());
    }

    /** A copy that may have values that are null. */
    private static Map<String, String> inOrder(Map<String, String> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
