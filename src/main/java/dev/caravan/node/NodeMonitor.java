package dev.caravan.node;

import com.google.gson.JsonParser;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Logs which other nodes join and leave. A node that stops removes itself from the register; one that was killed, hangs or
 * has lost Redis stays listed there without a state. One timer thread calls this.
 */
@Component("nodeMonitor")
public class NodeMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMonitor.class);
    private static final Duration ALIVE = Duration.ofSeconds(NodeRegistry.ALIVE_SECONDS);

    private final String self;
    private final Clock clock;
    /** Names by instance. */
    private final Map<String, String> alive = new HashMap<>();

    private final Map<String, String> gone = new HashMap<>();
    private Instant checkedAt;
    private Instant patientUntil = Instant.MIN;

    @Autowired
    NodeMonitor(@Value("${caravan.instance}") String self) {
        this(self, Clock.systemUTC());
    }

    NodeMonitor(String self, Clock clock) {
        this.self = self;
        this.clock = clock;
    }

    /**
     * Compares the register with the one before. After a time without Redis the states of all nodes have expired: nodes get
     * time for a heartbeat before they count as gone.
     *
     * @param states of the instances; null where it has expired
     * @param instances all that are listed, in the same order
     */
    public void check(@Body List<?> states, @ExchangeProperty(NodeRegistry.INSTANCES) Collection<?> instances) {
        Instant now = clock.instant();
        boolean first = checkedAt == null;
        if (!first && checkedAt.plus(ALIVE.dividedBy(2)).isBefore(now)) {
            patientUntil = now.plus(ALIVE);
        }
        checkedAt = now;
        Set<String> listed = new HashSet<>();
        List<String> others = new ArrayList<>();
        Iterator<?> texts = states.iterator();
        for (Object each : instances) {
            String instance = each.toString();
            Object state = texts.next();
            listed.add(instance);
            if (state != null && !instance.equals(self) && !alive.containsKey(instance)) {
                String name = nameOf(state.toString());
                alive.put(instance, name);
                others.add(name);
                if (gone.remove(instance) != null) {
                    LOG.info("Node {} is back", name);
                } else if (!first) {
                    LOG.info("Node {} has joined", name);
                }
            } else if (state == null && alive.containsKey(instance) && !now.isBefore(patientUntil)) {
                String name = alive.remove(instance);
                gone.put(instance, name);
                LOG.warn("Node {} is gone: no heartbeat for {} s", name, ALIVE.toSeconds());
            }
        }
        if (first && !others.isEmpty()) {
            LOG.info("Other nodes: {}", String.join(", ", others));
        }
        if (!now.isBefore(patientUntil)) {
            alive.entrySet().removeIf(node -> {
                boolean left = !listed.contains(node.getKey());
                if (left) {
                    LOG.info("Node {} has left", node.getValue());
                }
                return left;
            });
        }
        gone.keySet().retainAll(listed);
    }

    private static String nameOf(String state) {
        return JsonParser.parseString(state).getAsJsonObject().get("name").getAsString();
    }
}
