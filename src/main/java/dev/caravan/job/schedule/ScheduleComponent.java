package dev.caravan.job.schedule;

import dev.caravan.job.JobSettings;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The scheme {@code schedule}: a route that starts at {@code schedule:<name>} makes the payloads of the jobs of a schedule. */
@Component("schedule")
public final class ScheduleComponent extends DefaultComponent {
    private final FileSchedules files;
    private final int maxPayload;

    ScheduleComponent(FileSchedules files, JobSettings settings) {
        this.files = files;
        this.maxPayload = (int) settings.maxPayload().toBytes();
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        ScheduleEndpoint endpoint = new ScheduleEndpoint(uri, this, remaining);
        setProperties(endpoint, parameters);
        endpoint.schedule("");
        return endpoint;
    }

    FileSchedules files() {
        return files;
    }

    int maxPayload() {
        return maxPayload;
    }
}
