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
 * Logs which other nodes come and go, by what they write into the register. One that stops takes its place away itself; one
 * that was killed, hangs or has lost Redis leaves a place where nothing is written. Called by one timer thread.
 */
@Component("nodeMonitor")
public class NodeMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMonitor.class);
    private static final Duration ALIVE = Duration.ofSeconds(NodeRegistry.ALIVE_SECONDS);

    private final String self;
    private final Clock clock;
    /** Names by instance. */
    private final Map<String, String> here = new HashMap<>();

    private final Map<String, String> gone = new HashMap<>();
    private Instant lastLook;
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
     * Compares with what was there before. After a time without Redis, what all nodes wrote has expired: they get the time to
     * write again.
     *
     * @param said what each node says of itself; null where nothing is written
     * @param instances whose, in the same order
     */
    public void look(@Body List<?> said, @ExchangeProperty(NodeRegistry.INSTANCES) Collection<?> instances) {
        Instant now = clock.instant();
        boolean first = lastLook == null;
        if (!first && lastLook.plus(ALIVE.dividedBy(2)).isBefore(now)) {
            patientUntil = now.plus(ALIVE);
        }
        lastLook = now;
        Set<String> places = new HashSet<>();
        List<String> others = new ArrayList<>();
        Iterator<?> texts = said.iterator();
        for (Object each : instances) {
            String instance = each.toString();
            Object text = texts.next();
            places.add(instance);
            if (text != null && !instance.equals(self) && !here.containsKey(instance)) {
                String name = nameOf(text.toString());
                here.put(instance, name);
                others.add(name);
                if (gone.remove(instance) != null) {
                    LOG.info("Node {} is back", name);
                } else if (!first) {
                    LOG.info("Node {} has joined", name);
                }
            } else if (text == null && here.containsKey(instance) && !now.isBefore(patientUntil)) {
                String name = here.remove(instance);
                gone.put(instance, name);
                LOG.warn("Node {} is gone: it has not been heard for {} s", name, ALIVE.toSeconds());
            }
        }
        if (first && !others.isEmpty()) {
            LOG.info("Other nodes: {}", String.join(", ", others));
        }
        if (!now.isBefore(patientUntil)) {
            here.entrySet().removeIf(node -> {
                boolean left = !places.contains(node.getKey());
                if (left) {
                    LOG.info("Node {} has left", node.getValue());
                }
                return left;
            });
        }
        gone.keySet().retainAll(places);
    }

    private static String nameOf(String said) {
        return JsonParser.parseString(said).getAsJsonObject().get("name").getAsString();
    }
}
