package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.springframework.web.servlet.HandlerMapping;

/**
 * The head of a request for a route, from a servlet or from Jetty itself.
 *
 * @param path as sent, undecoded
 * @param contextPath the beginning of the path that all paths of this node have, or an empty text
 * @param query undecoded; null for none
 * @param contentType null for none
 * @param values the values of a header; empty for none
 * @param variables the variables of the path, decoded
 */
record RestRequest(
        String method,
        String path,
        String contextPath,
        String query,
        String contentType,
        Function<String, List<String>> values,
        Map<String, String> variables) {

    @SuppressWarnings("unchecked")
    static RestRequest of(HttpServletRequest request) {
        Object variables = request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
        return new RestRequest(
                request.getMethod(),
                request.getRequestURI(),
                request.getContextPath(),
                request.getQueryString(),
                request.getContentType(),
                name -> Collections.list(request.getHeaders(name)),
                variables instanceof Map<?, ?> ? (Map<String, String>) variables : Map.of());
    }

    /** @param variables of the path */
    static RestRequest of(Request request, Map<String, String> variables) {
        return new RestRequest(
                request.getMethod(),
                request.getHttpURI().getPath(),
                "",
                request.getHttpURI().getQuery(),
                request.getHeaders().get(HttpHeader.CONTENT_TYPE),
                request.getHeaders()::getValuesList,
                variables);
    }
}
