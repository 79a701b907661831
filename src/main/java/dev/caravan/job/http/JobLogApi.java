package dev.caravan.job.http;

import dev.caravan.job.JobState;
import dev.caravan.job.store.JobLogReads;
import dev.caravan.job.store.JobLogReads.Page;
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

/** What the handler of a job has logged ({@code static/openapi.yaml}): in pages, or as a stream of events. */
@Component
public class JobLogApi extends RouteBuilder {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}");
    private static final String AFTER = "after";
    private static final String STREAM = "stream";
    private static final String RECONNECTS = "reconnects";

    private final JobLogReads reads;
    private final JobLogStreams streams;
    private final boolean off;

    JobLogApi(JobLogReads reads, JobLogStreams streams, @Value("${caravan.roles}") Set<String> roles) {
        this.reads = reads;
        this.streams = streams;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/jobs")
                .id("jobs-log-api")
                .disabled(off)
                .get("/{id}/log")
                .routeId("rest-jobs-log")
                .to("direct:api-log");

        JobApi.orUnavailable(
                        from("direct:api-log")
                                .routeId("api-log")
                                .description("GET /jobs/{id}/log: what the handler of a job has logged")
                                .process(JobLogApi::readPlace)
                                .process(JobApi::readId),
                        route -> route.bean(reads, "read(${variable.id}, ${variable.after})"),
                        "The log could not be read: ")
                .process(this::respond);
    }

    private static void readPlace(Exchange exchange) {
        Message request = exchange.getMessage();
        String last = request.getHeader("Last-Event-ID", String.class);
        String after = last == null ? request.getHeader(AFTER, "0", String.class) : last;
        if (!NUMBER.matcher(after).matches()) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "after must be the number of a line, and so must Last-Event-ID.");
        }
        exchange.setVariable(AFTER, Long.parseLong(after));
        exchange.setVariable(RECONNECTS, last != null);
        String accept = request.getHeader("Accept", "", String.class);
        exchange.setVariable(STREAM, accept.contains(MediaType.TEXT_EVENT_STREAM_VALUE));
    }

    /** A client that reconnects although there is no more gets 204: a browser then stays away. */
    private void respond(Exchange exchange) {
        Message response = exchange.getMessage();
        Page page = response.getBody(Page.class);
        if (page.state() == JobState.NEW) {
            throw JobApi.noSuchJob();
        }
        response.removeHeaders("*");
        if (!exchange.getVariable(STREAM, Boolean.class)) {
            response.setBody(JobLogJson.page(page, JobLogReads.PAGE));
        } else if (exchange.getVariable(RECONNECTS, Boolean.class)
                && page.state().terminal()
                && page.lines().isEmpty()) {
            response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.NO_CONTENT.value());
            response.setBody(null);
        } else {
            response.setBody(streams.open(exchange.getVariable(JobApi.ID, String.class), page.after()));
        }
    }
}
