package dev.caravan.job.http;

import dev.caravan.http.HttpProperties;
import dev.caravan.job.Job;
import dev.caravan.job.JobType;
import dev.caravan.job.JobTypes;
import dev.caravan.job.limit.PausedTypes;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestDefinition;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** An operator pauses a type of job, or resumes it ({@code static/openapi.yaml}). */
@Component
public class TypePausesApi extends RouteBuilder {
    private static final String TYPE = "type";

    private final JobTypes types;
    private final PausedTypes paused;
    private final boolean off;

    TypePausesApi(JobTypes types, PausedTypes paused, @Value("${caravan.roles}") Set<String> roles) {
        this.types = types;
        this.paused = paused;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/jobs/types").id("types-api").disabled(off);
        rest.post("/{type}/pause").routeId("rest-types-pause").to("direct:api-types-pause");
        rest.post("/{type}/resume").routeId("rest-types-resume").to("direct:api-types-resume");

        change("pause", "POST /jobs/types/{type}/pause: no job of it begins until it is resumed", exchange -> {
            if (!types.all().containsKey(type(exchange))) {
                throw JobApi.noSuchType();
            }
            paused.pause(type(exchange), exchange.getProperty(HttpProperties.USER, String.class));
        });
        // Also one whose file is gone: it may come back.
        change(
                "resume",
                "POST /jobs/types/{type}/resume: its jobs begin again",
                exchange -> paused.resume(type(exchange)));
    }

    private void change(String name, String description, Processor change) {
        JobApi.orUnavailable(
                        from("direct:api-types-" + name)
                                .routeId("api-types-" + name)
                                .description(description)
                                .process(TypePausesApi::readType),
                        step -> step.process(change),
                        "The type may not have been changed: ")
                .process(this::respond);
    }

    private static void readType(Exchange exchange) {
        String type = exchange.getMessage().getHeader(TYPE, String.class);
        if (!Job.isType(type)) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "A type is 1 to 64 of a-z 0-9 -, and does not begin with -.");
        }
        exchange.setVariable(TYPE, type);
    }

    private static String type(Exchange exchange) {
        return exchange.getVariable(TYPE, String.class);
    }

    private void respond(Exchange exchange) {
        String type = type(exchange);
        Map<String, JobType> shown = Map.of(type, types.of(type));
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        response.setBody(JobJson.types(shown, paused.all()));
    }
}
