package dev.caravan.job.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.PayloadMismatch;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobReads;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.ProcessorDefinition;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * What a client does with a job that is there ({@code static/openapi.yaml}): it cancels it, gives it another time, runs it again after
 * it has failed, or discards it. A user does so with jobs of his own, an operator with all.
 */
@Component
public class JobControlApi extends RouteBuilder {
    private static final String FAILED = "The job may not have been changed: ";

    private static final String PAYLOAD = "payload";

    private final JobReads reads;
    private final DiscardedJobs discarded;
    private final JobSubmissions submissions;
    private final JobTypes types;
    private final JobSettings settings;
    private final boolean off;

    JobControlApi(
            JobReads reads,
            DiscardedJobs discarded,
            JobSubmissions submissions,
            JobTypes types,
            JobSettings settings,
            @Value("${caravan.roles}") Set<String> roles) {
        this.reads = reads;
        this.discarded = discarded;
        this.submissions = submissions;
        this.types = types;
        this.settings = settings;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/jobs")
                .id("jobs-control-api")
                .disabled(off)
                .delete("/{id}")
                .routeId("rest-jobs-cancel")
                .to("direct:api-cancel")
                .patch("/{id}")
                .routeId("rest-jobs-reschedule")
                .to("direct:api-reschedule")
                .post("/{id}/replay")
                .routeId("rest-jobs-replay")
                .to("direct:api-replay")
                .post("/{id}/discard")
                .routeId("rest-jobs-discard")
                .to("direct:api-discard");

        change(
                from("direct:api-cancel")
                        .routeId("api-cancel")
                        .description("DELETE /jobs/{id}: cancels a job, at once if it waits"),
                this::cancellation,
                "direct:jobs-cancel",
                "It has ended already: ");
        change(
                from("direct:api-reschedule")
                        .routeId("api-reschedule")
                        .description("PATCH /jobs/{id}: gives a job that is scheduled another time")
                        .process(JobControlApi::readTime),
                JobControlApi::move,
                "direct:jobs-reschedule",
                "Only a job that is SCHEDULED has a time: ");
        change(
                from("direct:api-replay")
                        .routeId("api-replay")
                        .description("POST /jobs/{id}/replay: runs a failed job again, maybe with another payload")
                        .process(this::readPayload),
                this::replay,
                "direct:jobs-replay",
                "Only a job that has FAILED is run again: ");
        JobApi.orUnavailable(
                        existing(from("direct:api-discard")
                                .routeId("api-discard")
                                .description("POST /jobs/{id}/discard: forgets a job that has ended")),
                        step -> step.process(this::discard),
                        FAILED)
                .process(JobControlApi::discarded);
    }

    private ProcessorDefinition<?> existing(ProcessorDefinition<?> route) {
        return JobApi.orUnavailable(route.process(JobApi::readId), step -> step.bean(reads, "read"), FAILED)
                .process(JobControlApi::checkOwner);
    }

    private void change(
            ProcessorDefinition<?> route, Function<Exchange, JobTransition> transition, String store, String conflict) {
        JobApi.orUnavailable(
                        existing(route)
                                .process(exchange -> exchange.getMessage().setBody(transition.apply(exchange))),
                        step -> step.to(store),
                        FAILED)
                .process(exchange -> respond(exchange, conflict));
    }

    private static void checkOwner(Exchange exchange) {
        String owner = JobApi.existing(exchange).get("user");
        boolean mine = Objects.equals(owner, exchange.getProperty(HttpProperties.USER, String.class));
        if (!mine && !exchange.getProperty(HttpProperties.OPERATOR, false, Boolean.class)) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN, "The job is another user's: only an operator may change it.");
        }
    }

    private JobTransition cancellation(Exchange exchange) {
        return JobTransition.cancelled(
                job(exchange), exchange.getProperty(HttpProperties.USER, String.class), settings.retention());
    }

    /** Counts as one more job of its user's if he runs it again himself: else nobody would be held to his limits. */
    private JobTransition replay(Exchange exchange) {
        String user = exchange.getProperty(HttpProperties.USER, String.class);
        JobTransition replay = JobTransition.replayed(job(exchange), user);
        String payload = exchange.getVariable(PAYLOAD, String.class);
        if (payload != null) {
            if (JobTypes.isOwn(replay.job().type())) {
                throw new ResponseStatusException(
                        HttpStatus.UNPROCESSABLE_ENTITY,
                        "The payload of this job is the server's own: the job is replayed as it is, or not at all.");
            }
            replay = replay.withPayload(payload);
            PayloadMismatch.unlessMatching(types.of(replay.job().type()), replay.job());
        }
        boolean mine = Objects.equals(JobApi.existing(exchange).get("user"), user);
        return mine ? replay.by(user, payload == null ? 0 : payload.getBytes(UTF_8).length) : replay;
    }

    private void readPayload(Exchange exchange) {
        Message request = exchange.getMessage();
        String contentType = request.getHeader(Exchange.CONTENT_TYPE, String.class);
        exchange.setVariable(PAYLOAD, submissions.payload(contentType, (byte[]) request.getBody()));
    }

    private void discard(Exchange exchange) {
        JobApi.existing(exchange);
        String user = exchange.getProperty(HttpProperties.USER, String.class);
        List<String> ids = List.of(exchange.getVariable(JobApi.ID, String.class));
        exchange.getMessage().setBody(discarded.discard(ids, user, DiscardedJobs.FROM));
    }

    private static void discarded(Exchange exchange) {
        Message response = exchange.getMessage();
        if (response.getBody(Set.class).isEmpty()) {
            throw new ResponseStatusException(
                    HttpStatus.CONFLICT,
                    "Only a job that is FINISHED, FAILED or CANCELLED is discarded, a failed one once its copy is on the"
                            + " dead queue.");
        }
        response.removeHeaders("*");
        response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.NO_CONTENT.value());
        response.setBody(null);
    }

    private static JobTransition move(Exchange exchange) {
        Instant time = exchange.getVariable("runAt", Instant.class);
        return JobTransition.rescheduled(job(exchange), time);
    }

    private static Job job(Exchange exchange) {
        String id = exchange.getVariable(JobApi.ID, String.class);
        return Job.of(id, JobApi.existing(exchange), UUID.randomUUID().toString());
    }

    private static void readTime(Exchange exchange) {
        Message request = exchange.getMessage();
        byte[] body = (byte[]) request.getBody();
        if (body == null || !JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw bad();
        }
        JsonObject change;
        try {
            change = JsonParser.parseString(JsonBody.read(body)).getAsJsonObject();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw bad();
        }
        if (change.size() != 1) {
            throw bad();
        }
        Map.Entry<String, JsonElement> member = change.entrySet().iterator().next();
        if (!member.getValue().isJsonPrimitive()) {
            throw bad();
        }
        String value = member.getValue().getAsString();
        exchange.setVariable(
                "runAt",
                switch (member.getKey()) {
                    case "runAt" -> JobOptions.time("runAt", value);
                    case "delay" -> Instant.now().plus(JobOptions.duration("delay", value, 0));
                    default -> throw bad();
                });
    }

    private static ResponseStatusException bad() {
        return new ResponseStatusException(
                HttpStatus.BAD_REQUEST,
                "A change is a JSON object, sent as application/json, with either runAt, a time, or delay, a duration.");
    }

    /** 200: done. 202: the worker of the job has yet to end it. */
    private static void respond(Exchange exchange, String conflict) {
        TransitionResult result = exchange.getMessage().getBody(TransitionResult.class);
        JobState state = result.state();
        if (state == JobState.NEW) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no such job any more: it has expired.");
        }
        if (!result.done()) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, conflict + "it is " + state + ".");
        }
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        if (state == JobState.RUNNING) {
            response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        }
        response.setHeader(HttpHeaders.LOCATION, "/jobs/" + result.job().id());
        response.setBody(JobJson.changed(result));
    }
}
