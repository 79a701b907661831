package dev.caravan.observability.hawtio;

import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.debugger.BacklogTracer;
import org.apache.camel.management.mbean.ManagedBacklogTracer;
import org.apache.camel.spi.ManagementStrategy;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Traced messages as XML that can be read: Camel 4.17.0 does not escape the {@code &} between the options of an endpoint, and
 * then Hawtio shows no message at all.
 */
@Component
class WellFormedTraces implements CamelContextConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(WellFormedTraces.class);
    private static final Pattern BARE = Pattern.compile("&(?!(?:amp|lt|gt|quot|apos|#\\d+|#x[0-9A-Fa-f]+);)");

    /** With tracing and debugging, Camel names loggers after the line of a step; they are to be named after the route. */
    @Override
    public void beforeApplicationStart(CamelContext context) {
        context.setSourceLocationEnabled(false);
    }

    /** Replaces Camel's own MBean, under its name. */
    @Override
    public void afterApplicationStart(CamelContext context) {
        ManagementStrategy management = context.getManagementStrategy();
        BacklogTracer tracer = context.getCamelContextExtension().getContextPlugin(BacklogTracer.class);
        if (tracer == null || management.getManagementAgent() == null) {
            return;
        }
        Tracer managed = new Tracer(context, tracer);
        managed.init(management);
        try {
            management.unmanageObject(managed);
            management.manageObject(managed);
        } catch (Exception e) {
            LOG.warn("Hawtio may not show traced messages", e);
        }
    }

    static String wellFormed(String xml) {
        return BARE.matcher(xml).replaceAll("&amp;");
    }

    /** Public for JMX, which reads its annotations. */
    public static final class Tracer extends ManagedBacklogTracer {
        Tracer(CamelContext context, BacklogTracer tracer) {
            super(context, tracer);
        }

        @Override
        public String dumpTracedMessagesAsXml(String nodeOrRoute) {
            return wellFormed(super.dumpTracedMessagesAsXml(nodeOrRoute));
        }

        @Override
        public String dumpAllTracedMessagesAsXml() {
            return wellFormed(super.dumpAllTracedMessagesAsXml());
        }
    }
}
