package dev.caravan.recorder;

import dev.caravan.job.Job;
import dev.caravan.job.http.JobApi;
import dev.caravan.recorder.Recordings.Found;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** What attempts of jobs did ({@code static/openapi.yaml}): one, and those of a type together. */
@Component
class RecordingApi extends RouteBuilder {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final String ATTEMPT = "attempt";

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
                .to("direct:api-recording")
                .get("/types/{type}/recordings")
                .routeId("rest-jobs-recordings")
                .to("direct:api-recordings");

        JobApi.orUnavailable(
                from("direct:api-recording")
                        .routeId("api-recording")
                        .description("GET /jobs/{id}/recording: the steps of an attempt that was recorded")
                        .process(RecordingApi::readAttempt)
                        .process(JobApi::readId),
                step -> step.process(this::read),
                "The recording could not be read: ");

        JobApi.orUnavailable(
                from("direct:api-recordings")
                        .routeId("api-recordings")
                        .description(
                                "GET /jobs/types/{type}/recordings: the newest ones of a type, and their slowest steps"),
                step -> step.process(this::readType),
                "The recordings could not be read: ");
    }

    private static void readAttempt(Exchange exchange) {
        String attempt = exchange.getMessage().getHeader(ATTEMPT, "0", String.class);
        if (!NUMBER.matcher(attempt).matches()) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "attempt must be the number of an attempt.");
        }
        exchange.setVariable(ATTEMPT, Integer.parseInt(attempt));
    }

    private void readType(Exchange exchange) {
        String type = exchange.getMessage().getHeader("type", String.class);
        if (!Job.isType(type)) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "type must be the name of a job type.");
        }
        TypeRecordings all = TypeRecordings.of(recordings.newest(type));
        JobApi.respond(exchange, HttpStatus.OK, JobRecording.json(all));
    }

    private void read(Exchange exchange) {
        Found found = recordings.find(
                exchange.getVariable(JobApi.ID, String.class), exchange.getVariable(ATTEMPT, Integer.class));
        if (!found.isJob()) {
            throw JobApi.noSuchJob();
        }
        if (found.json() == null) {
            JobApi.respond(exchange, HttpStatus.NO_CONTENT, null);
        } else {
            JobRecording shown = JobRecording.of(found.json()).among(found.attempts());
            JobApi.respond(exchange, HttpStatus.OK, shown.json());
        }
    }
}
