package dev.caravan.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;

/**
 * Decides which parts of a request become headers of the Camel message.
 *
 * <p>A Camel header is more than data: names that begin with {@code Camel} steer components (the URI an HTTP producer
 * calls, the command a Redis producer runs), and every header of a message travels on into queues. So request headers
 * enter by an allow-list only, which keeps {@code Authorization} and {@code Cookie} out of every route and broker; and
 * a query parameter enters only under a name that is not Camel's, not the server's, not allow-listed and not a path
 * variable, so that a client can neither steer a component nor pass {@code ?id=2} off as the {@code id} of the path.
 *
 * <p>Thread-safe.
 */
final class RequestHeaders {

    private final List<String> allowed;

    /** @param allowed names of the request headers that enter, in any case of letters */
    RequestHeaders(List<String> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /**
     * The headers of the message that this request becomes.
     *
     * <p>{@code CamelHttpMethod}, {@code CamelHttpUri} and {@code CamelHttpPath} (both the path as sent, undecoded, the
     * latter without the context path), {@code CamelHttpQuery} (undecoded; absent without a query) and {@code
     * Content-Type}; the allow-listed headers, several of one name joined by a comma; the path variables, decoded; the
     * query parameters, decoded as UTF-8, a {@link String} when there is one value and a {@link List} of them
     * otherwise.
     *
     * @return a map without regard to case, new for each call
     * @throws IllegalArgumentException if the query is not properly percent-encoded
     */
    Map<String, Object> of(RestRequest request) {
        Map<String, Object> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        String path = request.path();
        headers.put(Exchange.HTTP_METHOD, request.method());
        headers.put(Exchange.HTTP_URI, path);
        headers.put(Exchange.HTTP_PATH, path.substring(request.contextPath().length()));
        if (request.query() != null) {
            headers.put(Exchange.HTTP_QUERY, request.query());
        }
        if (request.contentType() != null) {
            // A copy: RouteResponse tells a header that the route has set from one that came in by identity, and
            // servers
            // share the strings of common values.
            headers.put(Exchange.CONTENT_TYPE, new String(request.contentType()));
        }
        for (String name : allowed) {
            List<String> values = request.values().apply(name);
            if (!values.isEmpty()) {
                headers.computeIfAbsent(name, n -> String.join(", ", values));
            }
        }
        headers.putAll(request.variables());
        if (request.query() != null) {
            Map<String, Object> parameters = parameters(request.query());
            parameters.keySet().removeIf(name -> headers.containsKey(name) || isReserved(name));
            headers.putAll(parameters);
        }
        return headers;
    }

    /** Whether a header of this name means something else to routes than a query parameter. */
    private boolean isReserved(String name) {
        return HeaderNames.isCamel(name)
                || HeaderNames.isServerOwned(name)
                || Exchange.CONTENT_TYPE.equalsIgnoreCase(name)
                || allowed.stream().anyMatch(name::equalsIgnoreCase);
    }

    /** Not {@code getParameterMap}: for a form that would read the body, and block while it does. */
    private static Map<String, Object> parameters(String query) {
        Map<String, Object> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (!name.isEmpty()) {
                parameters.merge(name, value, RequestHeaders::append);
            }
        }
        return parameters;
    }

    private static Object append(Object earlier, Object value) {
        List<Object> values =
                earlier instanceof List<?> list ? new ArrayList<>(list) : new ArrayList<>(List.of(earlier));
        values.add(value);
        return values;
    }

    private static String decode(String encoded) {
        return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    }
}
