package dev.caravan.job.schedule;

import dev.caravan.http.JsonBody;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.PayloadMismatch;
import dev.caravan.job.http.JobApi;
import dev.caravan.job.http.JobJson;
import dev.caravan.job.schedule.ScheduleStore.Entry;
import dev.caravan.job.schedule.ScheduleStore.Put;
import dev.caravan.job.store.JobHashes;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/** Schedules over HTTP ({@code static/openapi.yaml}). */
@Component
public class ScheduleApi extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduleApi.class);
    /** Far below that of a job: all stored ones together must fit into Redis. */
    private static final int MAX_PAYLOAD = 64 * 1024;

    private static final String NOT_DONE = "The schedule could not be read or changed: ";
    private static final String NONE = "There is no schedule of this name.";
    private static final String OF_A_FILE = "A route file defines this schedule: edit the file. It can be paused here.";

    private final ScheduleStore store;
    private final FileSchedules files;
    private final JobTypes types;
    private final JobHashes hashes;
    private final boolean off;

    ScheduleApi(
            ScheduleStore store,
            FileSchedules files,
            JobTypes types,
            JobHashes hashes,
            @Value("${caravan.roles}") Set<String> roles) {
        this.store = store;
        this.files = files;
        this.types = types;
        this.hashes = hashes;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/schedules").id("schedules-api").disabled(off);
        rest.get().routeId("rest-schedules-list").to("direct:api-schedules-list");
        rest.get("/{name}").routeId("rest-schedules-read").to("direct:api-schedules-read");
        rest.put("/{name}").routeId("rest-schedules-put").to("direct:api-schedules-put");
        rest.delete("/{name}").routeId("rest-schedules-delete").to("direct:api-schedules-delete");
        rest.post("/{name}/pause").routeId("rest-schedules-pause").to("direct:api-schedules-pause");
        rest.post("/{name}/resume").routeId("rest-schedules-resume").to("direct:api-schedules-resume");
        rest.post("/{name}/run").routeId("rest-schedules-run").to("direct:api-schedules-run");

        route("list", "GET /schedules: all that there are, with the last result of each", exchange -> list(exchange));
        route("read", "GET /schedules/{name}: one, with its next firings and its last results", exchange -> {
            String name = name(exchange);
            JobApi.respond(exchange, HttpStatus.OK, whole(name));
        });
        route("put", "PUT /schedules/{name}: creates or replaces one that no file defines", this::put);
        route("delete", "DELETE /schedules/{name}: one that no file defines", this::delete);
        route("pause", "POST /schedules/{name}/pause: it does not fire until it is resumed", exchange -> {
            String name = name(exchange);
            existing(name);
            store.pause(name);
            JobApi.respond(exchange, HttpStatus.OK, whole(name));
        });
        route("resume", "POST /schedules/{name}/resume: it fires again, from now on", exchange -> {
            String name = name(exchange);
            store.resume(schedule(existing(name)));
            JobApi.respond(exchange, HttpStatus.OK, whole(name));
        });

        JobApi.orUnavailable(
                        from("direct:api-schedules-run")
                                .routeId("api-schedules-run")
                                .description("POST /schedules/{name}/run: a job of it now, at no time of its own"),
                        step -> step.process(this::readRun),
                        NOT_DONE)
                .doTry()
                .to("direct:schedules-submit")
                .doCatch(Exception.class)
                .process(this::unlessClaimed)
                .end()
                .process(this::accepted);
    }

    private void route(String name, String description, Processor work) {
        JobApi.step(this, "api-schedules-" + name, description, work, NOT_DONE);
    }

    private void list(Exchange exchange) {
        Map<Entry, Schedule> schedules = new LinkedHashMap<>();
        for (Entry entry : store.all().values()) {
            try {
                schedules.put(entry, entry.schedule());
            } catch (RuntimeException e) {
                LOG.warn(
                        "The schedule {} is not shown, since this node cannot read it: {}", entry.name(), e.toString());
            }
        }
        List<FiringLine> last = schedules.keySet().stream()
                .flatMap(entry -> ScheduleJson.lines(entry).stream().limit(1))
                .toList();
        JobApi.respond(exchange, HttpStatus.OK, ScheduleJson.list(schedules, states(last)));
    }

    private String whole(String name) {
        Entry entry = existing(name);
        String payload;
        try {
            payload = entry.isOfFile() ? null : store.payload(name);
        } catch (IllegalStateException e) { // meanwhile
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, NONE, e);
        }
        return ScheduleJson.whole(entry, schedule(entry), payload, states(ScheduleJson.lines(entry)));
    }

    private Map<String, JobState> states(Collection<FiringLine> lines) {
        List<String> ids = lines.stream()
                .map(FiringLine::jobId)
                .filter(Job::isId)
                .distinct()
                .toList();
        List<JobState> found = hashes.states(ids);
        Map<String, JobState> states = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            states.put(ids.get(i), found.get(i));
        }
        return states;
    }

    private Entry existing(String name) {
        Entry entry = Job.isType(name) ? store.read(name) : null;
        if (entry == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, NONE);
        }
        return entry;
    }

    private static Schedule schedule(Entry entry) {
        try {
            return entry.schedule();
        } catch (IllegalArgumentException e) {
            throw new ServiceUnavailable("This node cannot read the schedule: a newer version has stored it.", e);
        }
    }

    private void put(Exchange exchange) {
        Message request = exchange.getMessage();
        if (!JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The schedule must be JSON, sent as Content-Type: application/json.");
        }
        byte[] body = (byte[]) request.getBody();
        String name = name(exchange);
        ScheduleJson.Wanted wanted;
        try {
            wanted = ScheduleJson.read(name, body);
        } catch (IllegalArgumentException e) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        if (wanted.payload() != null && wanted.payload().length() > MAX_PAYLOAD) {
            throw new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE, "The payload of a schedule is over " + MAX_PAYLOAD + " characters.");
        }
        if (!types.accepts(wanted.schedule().type())) {
            throw new ResponseStatusException(
                    HttpStatus.UNPROCESSABLE_ENTITY, "There is no job type of this name. GET /jobs/types lists them.");
        }
        Schedule schedule = wanted.schedule();
        PayloadMismatch.unlessMatching(
                types.of(schedule.type()), Job.create(name, schedule.type(), wanted.payload(), ""));
        Put done = store.put(schedule, wanted.payload(), wanted.paused());
        switch (done) {
            case OF_A_FILE -> throw new ResponseStatusException(HttpStatus.CONFLICT, OF_A_FILE);
            case TOO_MANY ->
                throw new ResponseStatusException(
                        HttpStatus.CONFLICT, "There are " + ScheduleStore.MOST + " schedules already: delete one.");
            default -> {
                boolean created = done == Put.CREATED;
                JobApi.respond(exchange, created ? HttpStatus.CREATED : HttpStatus.OK, whole(name));
                if (created) {
                    exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/schedules/" + name);
                }
            }
        }
    }

    private void delete(Exchange exchange) {
        String name = name(exchange);
        Entry entry = existing(name);
        if (entry.isOfFile()) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, OF_A_FILE);
        }
        store.delete(name);
        JobApi.respond(exchange, HttpStatus.NO_CONTENT, null);
    }

    private void readRun(Exchange exchange) {
        String name = name(exchange);
        Entry entry = existing(name);
        if (entry.isOfFile() && !files.has(name)) {
            throw new ServiceUnavailable("The route of this schedule does not run on this node.", null);
        }
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(null);
        exchange.setVariable("firing", new Firing(schedule(entry), store.now(), true));
    }

    /** A job that was not accepted, though a worker has begun it, is. */
    private void unlessClaimed(Exchange exchange) throws Exception {
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        if (JobApi.isClaimed(exchange)) {
            return;
        }
        ServiceUnavailable away = JobApi.unavailable("The job was not accepted: ", failure);
        if (away != null || failure instanceof ErrorResponseException) {
            throw away != null ? away : failure;
        }
        LOG.warn("A schedule was not run, since its route failed: {}", failure.toString());
        throw new ResponseStatusException(
                HttpStatus.INTERNAL_SERVER_ERROR, "The route of the schedule failed: " + failure.getMessage());
    }

    private void accepted(Exchange exchange) {
        String id = exchange.getVariable("job", Job.class).id();
        JobApi.respond(exchange, HttpStatus.ACCEPTED, JobJson.accepted(id, JobApi.isDuplicate(exchange)));
        exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/jobs/" + id);
    }

    private static String name(Exchange exchange) {
        return exchange.getMessage().getHeader("name", String.class);
    }
}
