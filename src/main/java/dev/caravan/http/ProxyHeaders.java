package dev.caravan.http;

import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.QuotedCSV;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Filters the headers in which a proxy names its client, if {@code server.forward-headers-strategy} trusts them: keeps
 * those of one kind, and of a list the last entry, which the nearest proxy has added. A client may have sent the
 * entries before it and the headers of the other kind, and Jetty and Spring would use both.
 */
@Component
public class ProxyHeaders implements JettyServerCustomizer, HttpConfiguration.Customizer {
    /** An attribute of each request on a node to which a proxy speaks for others: it does not come from its peer. */
    public static final String BELIEVED = ProxyHeaders.class.getName();

    private static final Set<String> STANDARD = Set.of("forwarded");
    private static final Set<String> USUAL =
            Set.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port");
    private static final Set<String> OTHERS = Set.of(
            "x-forwarded-server",
            "x-forwarded-prefix",
            "x-forwarded-ssl",
            "x-proxied-https",
            "proxy-auth-cert",
            "proxy-ssl-id");

    private final boolean believed;
    private final Set<String> kept;

    ProxyHeaders(HttpSettings settings, ServerProperties server, Environment environment) {
        believed = isConfigured(server, environment);
        kept = settings.forwarded() ? STANDARD : USUAL;
    }

    /** As Spring Boot decides: in a known cloud they are trusted by default. */
    private static boolean isConfigured(ServerProperties server, Environment environment) {
        if (server.getForwardHeadersStrategy() != null) {
            return server.getForwardHeadersStrategy() != ServerProperties.ForwardHeadersStrategy.NONE;
        }
        CloudPlatform cloud = CloudPlatform.getActive(environment);
        return cloud != null && cloud.isUsingForwardHeaders();
    }

    public boolean areBelieved() {
        return believed;
    }

    @Override
    public void customize(Server server) {
        if (!believed) {
            return;
        }
        for (var connector : server.getConnectors()) {
            for (var connections : connector.getConnectionFactories()) {
                if (connections instanceof HttpConfiguration.ConnectionFactory http) {
                    http.getHttpConfiguration().getCustomizers().add(0, this); // before Jetty's own
                }
            }
        }
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        request.setAttribute(BELIEVED, true);
        HttpFields all = request.getHeaders();
        HttpFields.Mutable left = HttpFields.build();
        HttpFields.Mutable last = HttpFields.build();
        for (HttpField field : all) {
            String name = field.getLowerCaseName();
            if (kept.contains(name)) {
                last.put(name, lastEntry(field.getValue()));
            } else if (!USUAL.contains(name) && !STANDARD.contains(name) && !OTHERS.contains(name)) {
                left.add(field);
            }
        }
        if (left.size() == all.size()) {
            return request;
        }
        last.stream().filter(field -> !field.getValue().isEmpty()).forEach(left::add);
        HttpFields headers = left.asImmutable();
        return new Request.Wrapper(request) {
            @Override
            public HttpFields getHeaders() {
                return headers;
            }
        };
    }

    private static String lastEntry(String value) {
        List<String> entries = new QuotedCSV(true, value).getValues();
        return entries.isEmpty() ? "" : entries.get(entries.size() - 1);
    }
}
