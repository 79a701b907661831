package dev.caravan.job.schedule;

import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Submit a job at its time, once for all nodes: the body that the route leaves, JSON, is its payload.
 */
@UriEndpoint(
        firstVersion = "0.2.0",
        scheme = "schedule",
        title = "Schedule",
        syntax = "schedule:name",
        category = {Category.SCHEDULING},
        consumerOnly = true,
        headersClass = ScheduleHeaders.class)
public final class ScheduleEndpoint extends DefaultEndpoint {
    private final ScheduleComponent component;

    /** Name of the schedule: 1 to 64 of a-z 0-9 and -. The id of the route is schedule- and the name. */
    @UriPath
    @Metadata(required = true)
    private String name;

    /** The type of the jobs. */
    @UriParam
    @Metadata(required = true)
    private String type;

    /** When it fires: second, minute, hour, day of the month, month, day of the week. Either this or every. */
    @UriParam
    private String cron;

    /** How long from one firing to the next, 1s to 366d, counted from 1970-01-01T00:00:00Z. Either this or cron. */
    @UriParam
    private String every;

    /** The time zone of cron, such as Europe/Paris. Default UTC. */
    @UriParam(defaultValue = "UTC")
    private String zone;

    /** Each firing is due up to so much later, at random, yet the same on all nodes; up to 1d. Default 0s. */
    @UriParam(defaultValue = "0s")
    private String jitter;

    /**
     * What happens to firings that no node could submit within 10 seconds: skip drops them, one submits the latest, all submits
     * each, the latest 100 at the most. Default one.
     */
    @UriParam(defaultValue = "one", enums = "skip,one,all")
    private String missed;

    /** A firing that is older is dropped, and counted as missed; 1s to 7d. Default 1h. */
    @UriParam(defaultValue = "1h")
    private String grace;

    /**
     * What happens to a firing while the job of the last one has not ended: skip drops it, allow submits it, queue lets it wait,
     * and so does cancel, which cancels that job; one that waits gives way to the next one that is due. Default skip.
     */
    @UriParam(defaultValue = "skip", enums = "allow,skip,queue,cancel")
    private String overlap;

    ScheduleEndpoint(String uri, ScheduleComponent component, String name) {
        super(uri, component);
        this.component = component;
        this.name = name;
    }

    /** @throws IllegalArgumentException if an option is invalid */
    Schedule schedule(String description) {
        Map<String, String> options = new HashMap<>();
        options.put("type", type);
        options.put("cron", cron);
        options.put("every", every);
        options.put("zone", zone);
        options.put("jitter", jitter);
        options.put("missed", missed);
        options.put("grace", grace);
        options.put("overlap", overlap);
        options.put("description", description);
        return Schedule.of(name, options);
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                "schedule: is only consumed; run one with POST /schedules/" + name + "/run");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        ScheduleConsumer consumer = new ScheduleConsumer(this, component, processor);
        configureConsumer(consumer);
        return consumer;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public String getType() {
        return type;
    }

    public void setType(String type) {
        this.type = type;
    }

    public String getCron() {
        return cron;
    }

    public void setCron(String cron) {
        this.cron = cron;
    }

    public String getEvery() {
        return every;
    }

    public void setEvery(String every) {
        this.every = every;
    }

    public String getZone() {
        return zone;
    }

    public void setZone(String zone) {
        this.zone = zone;
    }

    public String getJitter() {
        return jitter;
    }

    public void setJitter(String jitter) {
        this.jitter = jitter;
    }

    public String getMissed() {
        return missed;
    }

    public void setMissed(String missed) {
        this.missed = missed;
    }

    public String getGrace() {
        return grace;
    }

    public void setGrace(String grace) {
        this.grace = grace;
    }

    public String getOverlap() {
        return overlap;
    }

    public void setOverlap(String overlap) {
        this.overlap = overlap;
    }
}
