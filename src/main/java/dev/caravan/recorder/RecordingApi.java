package dev.caravan.recorder;

import dev.caravan.http.EventStream;
import dev.caravan.job.Job;
import dev.caravan.job.http.JobApi;
import dev.caravan.recorder.Recordings.Head;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** What attempts of jobs did ({@code static/openapi.yaml}): one, and those of a type together. */
@Component
class RecordingApi extends RouteBuilder {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final String ATTEMPT = "attempt";
    private static final String STREAM = "stream";
    private static final String LAST = "last";

    private final Recordings recordings;
    private final RecordingStreams streams;
    private final boolean off;

    RecordingApi(Recordings recordings, RecordingStreams streams, @Value("${caravan.roles}") Set<String> roles) {
        this.recordings = recordings;
        this.streams = streams;
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
                        .process(RecordingApi::readQuery)
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

    private static void readQuery(Exchange exchange) {
        String attempt = exchange.getMessage().getHeader(ATTEMPT, "0", String.class);
        if (!NUMBER.matcher(attempt).matches()) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "attempt must be the number of an attempt.");
        }
        exchange.setVariable(ATTEMPT, Integer.parseInt(attempt));
        exchange.setVariable(STREAM, wantsStream(exchange.getMessage()));
        exchange.setVariable(LAST, exchange.getMessage().getHeader("Last-Event-ID", String.class));
    }

    private void readType(Exchange exchange) {
        String type = exchange.getMessage().getHeader("type", String.class);
        if (!Job.isType(type)) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "type must be the name of a job type.");
        }
        TypeRecordings all = TypeRecordings.of(recordings.newest(JobRecording.group(type), JobRecording.class));
        JobApi.respond(exchange, HttpStatus.OK, Recording.json(all));
    }

    private void read(Exchange exchange) {
        String job = exchange.getVariable(JobApi.ID, String.class);
        Head head = recordings.heads(List.of(job)).get(0);
        if (!head.isJob()) {
            throw JobApi.noSuchJob();
        }
        if (exchange.getVariable(STREAM, Boolean.class)) {
            follow(exchange, head);
            return;
        }
        int attempt = exchange.getVariable(ATTEMPT, Integer.class);
        String found = recordings
                .read(List.of(JobRecording.place(job, attempt > 0 ? attempt : head.latest())))
                .get(0);
        if (found == null) {
            JobApi.respond(exchange, HttpStatus.NO_CONTENT, null);
        } else {
            JobApi.respond(
                    exchange,
                    HttpStatus.OK,
                    Recording.of(found, JobRecording.class).as(head).shown());
        }
    }

    private void follow(Exchange exchange, Head head) {
        String last = exchange.getVariable(LAST, String.class);
        boolean isOver = last != null && head.state().terminal() && last.equals(head.version());
        stream(exchange, isOver ? null : streams.open(head.job(), last));
    }

    static boolean wantsStream(Message request) {
        return request.getHeader("Accept", "", String.class).contains(MediaType.TEXT_EVENT_STREAM_VALUE);
    }

    /** @param stream null for a client that reconnects although there is no more: it gets 204, and a browser then stays away */
    static void stream(Exchange exchange, EventStream stream) {
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        if (stream == null) {
            response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.NO_CONTENT.value());
        }
        response.setBody(stream);
    }
}
