package dev.caravan.node;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.web.server.Ssl;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** The state of this node, as {@code GET /nodes} shows it. Thread-safe. */
@Component
class LocalNode {
    private static final Logger LOG = LoggerFactory.getLogger(LocalNode.class);
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    /** The route whose exchanges are the jobs that run. */
    private static final String JOBS = "jobs-process";

    private static final String TRANSITIONS = "caravan.jobs.transitions";
    private static final Set<String> ENDED = Set.of("FINISHED", "FAILED");
    private static final String CONNECTIONS = "caravan.websocket.connections";
    private static final String PUBLICATION = "caravan.routes.publication";

    private final CamelContext camel;
    private final MeterRegistry meters;
    private final Environment environment;
    private final Set<String> roles;
    private final String name;
    private final String instance;
    private final String version;
    private final String scheme;
    private final String since = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    private volatile boolean stopping;

    /** The names are those of the API. */
    private record State(
            String name,
            String instance,
            String state,
            Set<String> roles,
            Collection<?> types,
            String version,
            String since,
            String http,
            int jobs,
            long ended,
            int connections,
            Long publication) {}

    LocalNode(
            CamelContext camel,
            MeterRegistry meters,
            Environment environment,
            Roles roles,
            ObjectProvider<BuildProperties> build,
            ObjectProvider<ServerProperties> server,
            @Value("${caravan.node}") String name,
            @Value("${caravan.instance}") String instance) {
        this.camel = camel;
        this.meters = meters;
        this.environment = environment;
        this.roles = new TreeSet<>(roles.roles());
        this.name = name;
        this.instance = instance;
        BuildProperties properties = build.getIfAvailable();
        this.version = properties == null ? null : properties.getVersion();
        this.scheme = Ssl.isEnabled(server.getIfAvailable(ServerProperties::new).getSsl()) ? "https" : "http";
    }

    /** Names this start of this node: unlike {@code caravan.node}, no two are the same. */
    String instance() {
        return instance;
    }

    /** From here on the node takes no new work, and finishes what it has. */
    @EventListener(ContextClosedEvent.class)
    void stopping() {
        if (stopping) {
            return; // a context within this one
        }
        stopping = true;
        int jobs = camel.getInflightRepository().size(JOBS);
        LOG.info("Stopping{}", jobs == 0 ? "" : ": waiting for " + jobs + (jobs == 1 ? " job" : " jobs") + " to end");
    }

    boolean isStopping() {
        return stopping;
    }

    /** @param types of the jobs that it has handlers for */
    String state(Collection<?> types) {
        Gauge connections = meters.find(CONNECTIONS).gauge();
        return JSON.toJson(new State(
                name,
                instance,
                stopping ? "STOPPING" : "UP",
                roles,
                roles.contains("worker") ? types : null,
                version,
                since,
                http(),
                camel.getInflightRepository().size(JOBS),
                ended(),
                connections == null ? 0 : (int) connections.value(),
                publication()));
    }

    /** The number of the publication of route files that runs here; null unless they are those of the cluster. */
    private Long publication() {
        Gauge gauge = meters.find(PUBLICATION).gauge();
        return gauge == null || gauge.value() == 0 ? null : Long.valueOf((long) gauge.value());
    }

    /** How many jobs have ended on this node since it started. */
    private long ended() {
        return (long) meters.find(TRANSITIONS).counters().stream()
                .filter(counter -> ENDED.contains(counter.getId().getTag("state")))
                .mapToDouble(Counter::count)
                .sum();
    }

    /** {@code http}, or {@code https} with {@code server.ssl.*}. */
    String scheme() {
        return scheme;
    }

    /** The base URL; null without a server. A node that listens on every address has the name of its host in it. */
    String http() {
        String port = environment.getProperty("local.server.port");
        return port == null ? null : scheme + "://" + host() + ":" + port;
    }

    private String host() {
        try {
            String address = environment.getProperty("server.address", "0.0.0.0");
            if (!InetAddress.getByName(address).isAnyLocalAddress()) {
                return address.contains(":") ? "[" + address + "]" : address;
            }
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
