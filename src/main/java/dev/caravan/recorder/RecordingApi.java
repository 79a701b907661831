package dev.caravan.recorder;

import dev.caravan.job.http.JobApi;
import dev.caravan.recorder.Recordings.Found;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** {@code GET /jobs/{id}/recording}: the steps of the latest attempt that was recorded. */
@Component
class RecordingApi extends RouteBuilder {
    private final Recordings recordings;
    private final boolean off;

    RecordingApi(Recordings recordings, @Value("${caravan.roles}") Set<String> roles) {
        this.recordings = recordings;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/jobs")
                .id("jobs-recording-api")
                .disabled(off)
                .get("/{id}/recording")
                .routeId("rest-jobs-recording")
                .to("direct:api-recording");

        JobApi.orUnavailable(
                from("direct:api-recording")
                        .routeId("api-recording")
                        .description("GET /jobs/{id}/recording: the steps of the latest attempt that was recorded")
                        .process(JobApi::readId),
                step -> step.process(this::read),
                "The recording could not be read: ");
    }

    private void read(Exchange exchange) {
        Found found = recordings.find(exchange.getVariable(JobApi.ID, String.class));
        if (!found.isJob()) {
            throw JobApi.noSuchJob();
        }
        JobApi.respond(exchange, found.json() == null ? HttpStatus.NO_CONTENT : HttpStatus.OK, found.json());
    }
}
