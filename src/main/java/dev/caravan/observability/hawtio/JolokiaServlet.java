package dev.caravan.observability.hawtio;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jolokia.server.core.http.AgentServlet;
import org.jolokia.server.core.request.JolokiaRequest;
import org.jolokia.server.core.service.api.JolokiaServiceManager;
import org.jolokia.server.core.service.request.AbstractRequestHandler;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.cors.CorsUtils;

/**
 * Jolokia, for JSON by POST from our own pages or from no page at all. A form in another site's page can send none of that: its
 * content is never JSON, and the browser names its origin.
 */
final class JolokiaServlet extends AgentServlet {
    private static final long serialVersionUID = 1L;

    /** Hawtio sends the second. */
    private static final Set<String> JSON = Set.of("application/json", "text/json");

    private final transient JolokiaPolicy policy;

    JolokiaServlet(JolokiaPolicy policy) {
        super(policy);
        this.policy = policy;
    }

    @Override
    protected void initServices(ServletConfig config, JolokiaServiceManager services) {
        super.initServices(config, services);
        services.addService(new PolicyGuard(policy));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (isProbe(request)) {
            super.service(request, response);
        } else if (!HttpMethod.POST.matches(request.getMethod())) {
            response.setHeader(HttpHeaders.ALLOW, HttpMethod.POST.name());
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        } else if (CorsUtils.isCorsRequest(request)) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
        } else if (!isJson(request.getContentType())) {
            response.sendError(HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE);
        } else {
            super.service(request, response);
        }
    }

    /** Hawtio checks for an agent, which responds with its version and nothing else. */
    private static boolean isProbe(HttpServletRequest request) {
        return HttpMethod.GET.matches(request.getMethod())
                && request.getPathInfo() == null
                && request.getQueryString() == null;
    }

    private static boolean isJson(String type) {
        try {
            MediaType media = type == null ? MediaType.ALL : MediaType.parseMediaType(type);
            return JSON.contains(media.getType() + "/" + media.getSubtype());
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    /** Rejects, before all other handlers, what Jolokia does without asking its policy: notifications, requests to other agents. */
    private static final class PolicyGuard extends AbstractRequestHandler {
        private static final int FIRST = -100;

        private final JolokiaPolicy policy;

        PolicyGuard(JolokiaPolicy policy) {
            super("policy", FIRST);
            this.policy = policy;
        }

        @Override
        public boolean canHandle(JolokiaRequest request) {
            return !policy.isTypeAllowed(request.getType()) || request.getOption("target") != null;
        }

        @Override
        public <R extends JolokiaRequest> Object handleRequest(R request, Object previous) {
            throw new SecurityException("Requests of this type, or with a target, are not allowed");
        }
    }
}
