package dev.caravan.recorder;

import dev.caravan.job.http.JobApi;
import dev.caravan.recorder.Recording.Place;
import java.util.List;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** What exchanges of routes did ({@code static/openapi.yaml}): those of a route together, and one. */
@Component
class RouteRecordingApi extends RouteBuilder {
    private static final String ROUTE = "route";

    private final Recordings recordings;
    private final RecordingStreams streams;
    private final boolean off;

    RouteRecordingApi(Recordings recordings, RecordingStreams streams, @Value("${caravan.roles}") Set<String> roles) {
        this.recordings = recordings;
        this.streams = streams;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/routes/recordings")
                .id("routes-recordings-api")
                .disabled(off)
                .get("/{route}")
                .routeId("rest-routes-recordings")
                .to("direct:api-routes-recordings")
                .get("/{route}/{recording}")
                .routeId("rest-routes-recording")
                .to("direct:api-routes-recording");

        JobApi.orUnavailable(
                from("direct:api-routes-recordings")
                        .routeId("api-routes-recordings")
                        .description(
                                "GET /routes/recordings/{route}: the newest ones of a route, and their slowest steps"),
                step -> step.process(this::readRoute),
                "The recordings could not be read: ");

        JobApi.orUnavailable(
                from("direct:api-routes-recording")
                        .routeId("api-routes-recording")
                        .description("GET /routes/recordings/{route}/{recording}: the steps of an exchange of a route"),
                step -> step.process(this::read),
                "The recording could not be read: ");
    }

    private void readRoute(Exchange exchange) {
        String route = exchange.getMessage().getHeader(ROUTE, String.class);
        RouteRecordings all = RouteRecordings.of(recordings.newest(RouteRecording.group(route), RouteRecording.class));
        JobApi.respond(exchange, HttpStatus.OK, Recording.json(all));
    }

    private void read(Exchange exchange) {
        String route = exchange.getMessage().getHeader(ROUTE, String.class);
        Place place = RouteRecording.place(exchange.getMessage().getHeader("recording", String.class));
        String found = recordings.read(List.of(place)).get(0);
        RouteRecording recording = found == null ? null : Recording.of(found, RouteRecording.class);
        if (recording == null || !recording.route().equals(route)) {
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND, "No such recording of this route, or it is no longer kept.");
        }
        Message request = exchange.getMessage();
        if (!RecordingApi.wantsStream(request)) {
            JobApi.respond(exchange, HttpStatus.OK, recording.shown());
            return;
        }
        String last = request.getHeader("Last-Event-ID", String.class);
        boolean isOver = recording.running() == null
                && last != null
                && last.equals(recordings.versions(List.of(place)).get(0));
        RecordingApi.stream(exchange, isOver ? null : streams.open(place, last));
    }
}
