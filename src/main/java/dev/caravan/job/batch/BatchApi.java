package dev.caravan.job.batch;

import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import dev.caravan.job.BatchChange;
import dev.caravan.job.Job;
import dev.caravan.job.JobTypes;
import dev.caravan.job.PayloadMismatch;
import dev.caravan.job.batch.BatchStore.Wanted;
import dev.caravan.job.http.JobApi;
import dev.caravan.job.store.JobList.Cursor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestDefinition;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** Batches over HTTP ({@code static/openapi.yaml}). A user closes and cancels batches of his own, an operator all. */
@Component
public class BatchApi extends RouteBuilder {
    private static final int MAX_BODY = 64 * 1024;
    private static final String NOT_DONE = "The batch could not be read or changed: ";

    private final BatchStore store;
    private final BatchList list;
    private final JobTypes types;
    private final List<Consumer<BatchChange>> listeners;
    private final boolean off;

    BatchApi(
            BatchStore store,
            BatchList list,
            JobTypes types,
            List<Consumer<BatchChange>> listeners,
            @Value("${caravan.roles}") Set<String> roles) {
        this.store = store;
        this.list = list;
        this.types = types;
        this.listeners = listeners;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/batches").id("batches-api").disabled(off);
        rest.post().routeId("rest-batches-create").to("direct:api-batches-create");
        rest.get().routeId("rest-batches-list").to("direct:api-batches-list");
        rest.get("/{id}").routeId("rest-batches-read").to("direct:api-batches-read");
        rest.post("/{id}/close").routeId("rest-batches-close").to("direct:api-batches-close");
        rest.post("/{id}/cancel").routeId("rest-batches-cancel").to("direct:api-batches-cancel");

        route("create", "POST /batches: a batch, to which jobs can be added", this::create);
        route("list", "GET /batches: those that match a filter, newest first, in pages", this::list);
        route("read", "GET /batches/{id}: one, with how many of its jobs have ended", exchange -> {
            Batch batch = existing(exchange);
            JobApi.respond(exchange, HttpStatus.OK, BatchJson.whole(batch));
        });
        route("close", "POST /batches/{id}/close: no job is added to it any more", exchange -> {
            Batch batch = ofCaller(exchange);
            change(exchange, batch, null);
        });
        route("cancel", "POST /batches/{id}/cancel: closes it, and cancels its jobs that have not ended", exchange -> {
            Batch batch = ofCaller(exchange);
            if (batch.state() == BatchState.CALLING_BACK || batch.state() == BatchState.ENDED) {
                throw new ResponseStatusException(
                        HttpStatus.CONFLICT, "All jobs of the batch have ended: it is " + batch.state() + ".");
            }
            String user = exchange.getProperty(HttpProperties.USER, "", String.class);
            change(exchange, batch, user);
            exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        });
    }

    private void route(String name, String description, Processor work) {
        JobApi.step(this, "api-batches-" + name, description, work, NOT_DONE);
    }

    private void create(Exchange exchange) {
        Message request = exchange.getMessage();
        byte[] body = (byte[]) request.getBody();
        if (body != null
                && body.length > 0
                && !JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The batch must be JSON, sent as Content-Type: application/json.");
        }
        if (body != null && body.length > MAX_BODY) {
            throw new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE, "A batch is described in up to " + MAX_BODY + " bytes.");
        }
        Wanted wanted;
        try {
            wanted = BatchJson.read(body);
        } catch (IllegalArgumentException e) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        if (wanted.callback() != null) {
            check(wanted.callback());
        }
        String id = store.create(wanted, exchange.getProperty(HttpProperties.USER, String.class));
        tell(BatchChange.CREATED);
        JobApi.respond(exchange, HttpStatus.CREATED, BatchJson.whole(existing(id)));
        exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/batches/" + id);
    }

    /** Now, and not when all jobs have ended: with a payload as it will be. */
    private void check(BatchCallback callback) {
        String type = callback.type();
        if (!Job.isType(type) || !types.accepts(type)) {
            throw new ResponseStatusException(
                    HttpStatus.UNPROCESSABLE_ENTITY,
                    "There is no job type of the name of the callback. GET /jobs/types lists them.");
        }
        callback.jobOptions();
        Batch none = new Batch("00000000-0000-0000-0000-000000000000", Map.of(), 0, 0);
        PayloadMismatch.unlessMatching(types.of(type), Job.create(none.id(), type, callback.payload(none), ""));
    }

    private void list(Exchange exchange) {
        Message request = exchange.getMessage();
        String parent = request.getHeader("parent", String.class);
        if (parent != null && !Job.isId(parent)) {
            throw bad("parent must be the id of a batch.");
        }
        BatchState state = state(request.getHeader("state", String.class));
        Cursor after = JobApi.cursor(request.getHeader("after", String.class));
        int limit = JobApi.limit(request.getHeader("limit", String.class));
        JobApi.respond(exchange, HttpStatus.OK, BatchJson.page(list.page(state, parent, after, limit)));
    }

    private static BatchState state(String text) {
        if (text == null) {
            return null;
        }
        return Stream.of(BatchState.values())
                .filter(state -> state.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> bad("state must be OPEN, CLOSED, CALLING_BACK or ENDED."));
    }

    private static ResponseStatusException bad(String why) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, why);
    }

    private Batch existing(Exchange exchange) {
        return existing(exchange.getMessage().getHeader("id", String.class));
    }

    private Batch existing(String id) {
        Batch batch = Job.isId(id) ? store.read(id) : null;
        if (batch == null) {
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND, "There is no such batch; if there was, it has expired.");
        }
        return batch;
    }

    private Batch ofCaller(Exchange exchange) {
        Batch batch = existing(exchange);
        boolean mine = Objects.equals(batch.user(), exchange.getProperty(HttpProperties.USER, String.class));
        if (!mine && !exchange.getProperty(HttpProperties.OPERATOR, false, Boolean.class)) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN, "The batch is another user's: only an operator may change it.");
        }
        return batch;
    }

    /** @param cancelledBy null if the batch is only closed */
    private void change(Exchange exchange, Batch batch, String cancelledBy) {
        if (store.close(batch.id(), cancelledBy)) {
            tell(cancelledBy == null ? BatchChange.CLOSED : BatchChange.CANCELLED);
        }
        JobApi.respond(exchange, HttpStatus.OK, BatchJson.whole(existing(batch.id())));
    }

    private void tell(BatchChange change) {
        listeners.forEach(listener -> listener.accept(change));
    }
}
