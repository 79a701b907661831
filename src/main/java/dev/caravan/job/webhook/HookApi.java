package dev.caravan.job.webhook;

import com.google.gson.JsonObject;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.http.JobApi;
import dev.caravan.job.http.JobJson;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestDefinition;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ResponseStatusException;

/**
 * Hooks over HTTP ({@code static/openapi.yaml}): operators define them, and anybody may post to one who can sign for it. Who
 * cannot learns nothing, not even which hooks there are, and costs no command of Redis.
 */
@Component
public class HookApi extends RouteBuilder {
    /** As the events of Caravan's routes have them. */
    private static final String EVENT_ID = "eventId";

    private static final int MAX_BODY = 256 * 1024;
    private static final String NOT_DONE = "The hook may not have been read or changed: ";

    private final Definitions<Hook> store;
    private final Hooks hooks;
    private final JobTypes types;
    private final JobSubmissions submissions;
    private final HookRefusals refusals;
    private final long maxEvent;
    private final boolean off;

    HookApi(
            Definitions<Hook> store,
            Hooks hooks,
            JobTypes types,
            JobSubmissions submissions,
            HookRefusals refusals,
            @Value("${caravan.events.max-event:64KB}") DataSize maxEvent,
            @Value("${caravan.roles}") Set<String> roles) {
        this.store = store;
        this.hooks = hooks;
        this.types = types;
        this.submissions = submissions;
        this.refusals = refusals;
        this.maxEvent = maxEvent.toBytes();
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/hooks").id("hooks-api").disabled(off);
        rest.get().routeId("rest-hooks-list").to("direct:api-hooks-list");
        rest.get("/{name}").routeId("rest-hooks-read").to("direct:api-hooks-read");
        rest.put("/{name}").routeId("rest-hooks-put").to("direct:api-hooks-put");
        rest.delete("/{name}").routeId("rest-hooks-delete").to("direct:api-hooks-delete");
        rest.post("/{name}").routeId("rest-hooks-receive").to("direct:api-hooks-receive");

        route(
                "list",
                "GET /hooks: all that there are",
                exchange -> JobApi.respond(
                        exchange, HttpStatus.OK, HookJson.list(store.all().values())));
        route(
                "read",
                "GET /hooks/{name}: one",
                exchange -> JobApi.respond(
                        exchange,
                        HttpStatus.OK,
                        HookJson.one(existing(store.read(name(exchange)))).toString()));
        route("put", "PUT /hooks/{name}: creates or replaces one", this::put);
        route("delete", "DELETE /hooks/{name}: it receives nothing more", exchange -> {
            store.change(name(exchange), hook -> {
                existing(hook);
                return null;
            });
            hooks.refresh();
            JobApi.respond(exchange, HttpStatus.NO_CONTENT, null);
        });

        JobApi.orUnavailable(
                        from("direct:api-hooks-receive")
                                .routeId("api-hooks-receive")
                                .description("POST /hooks/{name}: a job or an event, if the request is signed")
                                .process(this::receive),
                        step -> step.process(this::unlessSeen)
                                .filter(body().isNotNull())
                                .to("direct:hooks-receive")
                                .end(),
                        "The message was not accepted: ")
                .process(HookApi::accepted);
    }

    private void route(String name, String description, Processor work) {
        JobApi.step(this, "api-hooks-" + name, description, work, NOT_DONE);
    }

    private static Hook existing(Hook hook) {
        if (hook == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no hook of this name.");
        }
        return hook;
    }

    private void put(Exchange exchange) {
        Message request = exchange.getMessage();
        if (!JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The hook must be JSON, sent as Content-Type: application/json.");
        }
        String name = name(exchange);
        if (!Webhook.isName(name)) {
            throw bad("The name of a hook is 1 to 32 of a-z 0-9 -, and does not begin with -.");
        }
        AtomicReference<String> made = new AtomicReference<>();
        AtomicBoolean created = new AtomicBoolean();
        Hook stored;
        try {
            Hook wanted = HookJson.read(name, (byte[]) request.getBody());
            if (wanted.job() != null && !types.accepts(wanted.job())) {
                throw new ResponseStatusException(
                        HttpStatus.UNPROCESSABLE_ENTITY,
                        "There is no job type of this name. GET /jobs/types lists them.");
            }
            stored = store.change(name, before -> {
                created.set(before == null);
                Hook hook = withSecrets(wanted, before, made);
                HookJson.check(hook);
                return hook;
            });
        } catch (IllegalArgumentException e) {
            throw bad(e.getMessage());
        } catch (Definitions.TooMany e) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, e.getMessage(), e);
        }
        hooks.refresh();
        JsonObject json = HookJson.one(stored);
        if (made.get() != null) {
            json.addProperty("secret", made.get());
        }
        JobApi.respond(exchange, created.get() ? HttpStatus.CREATED : HttpStatus.OK, json.toString());
        if (created.get()) {
            exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/hooks/" + name);
        }
    }

    /**
     * The secret that is given, beside the one before for a while; else the one before; else a new one. Those of another scheme sign
     * nothing.
     */
    private static Hook withSecrets(Hook wanted, Hook before, AtomicReference<String> made) {
        List<Secret> old = before == null || before.scheme() != wanted.scheme() ? List.of() : before.secrets();
        made.set(null);
        List<Secret> secrets = old;
        if (wanted.secrets().isEmpty() && old.isEmpty()) {
            made.set(WebhookSignature.newSecret());
            secrets = Secret.renewed(old, made.get(), Instant.now());
        } else if (!wanted.secrets().isEmpty()
                && (old.isEmpty() || !old.get(0).equals(wanted.secrets().get(0)))) {
            secrets = Secret.renewed(old, wanted.secrets().get(0).text(), Instant.now());
        }
        return new Hook(wanted.name(), wanted.scheme(), wanted.job(), wanted.event(), secrets);
    }

    /** The signature first: all else is said to the sender alone. */
    private void receive(Exchange exchange) {
        Message request = exchange.getMessage();
        byte[] body = request.getBody() == null ? new byte[0] : (byte[]) request.getBody();
        if (body.length > MAX_BODY) {
            throw tooLarge(MAX_BODY);
        }
        Hook hook = hooks.get(name(exchange));
        HookVerifier.Verdict verdict =
                HookVerifier.verify(hook, header -> request.getHeader(header, String.class), body, Instant.now());
        if (verdict.refusal() != null) {
            refusals.tell(hook, verdict.refusal());
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND, "There is no hook of this name, or the request is not signed as it wants.");
        }
        String id = verdict.id();
        String contentType = request.getHeader(Exchange.CONTENT_TYPE, String.class);
        request.removeHeaders("*");
        if (hook.job() != null) {
            JobTransition submission = submissions.read(
                    hook.job(), contentType, body, id, hook.user(), JobOptions.of(Map.of("tags", hook.user())::get));
            exchange.setVariable(JobApi.JOB, submission.job());
            request.setBody(submission);
            return;
        }
        if (body.length > maxEvent) {
            throw tooLarge(maxEvent);
        }
        String event = submissions.payload(contentType, body);
        if (event == null) {
            throw bad("The request needs a JSON body: the event.");
        }
        request.setBody(event);
        request.setHeader(EVENT_ID, hook.name() + ":" + id);
        request.setHeader(
                "eventTime", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        if (hook.event().key() != null) {
            request.setHeader("eventKey", hook.event().key());
        }
        exchange.setVariable(EVENT_ID, hook.name() + ":" + id);
    }

    /** A job has its Idempotency-Key; an event that was published before is not published again. */
    private void unlessSeen(Exchange exchange) {
        String event = exchange.getVariable(EVENT_ID, String.class);
        if (event != null && hooks.isSeen(event)) {
            exchange.getMessage().setBody(null);
        }
    }

    private static void accepted(Exchange exchange) {
        String event = exchange.getVariable(EVENT_ID, String.class);
        if (event == null) {
            String job = exchange.getVariable(JobApi.JOB, Job.class).id();
            JobApi.respond(exchange, HttpStatus.ACCEPTED, JobJson.accepted(job, false));
            return;
        }
        JsonObject json = new JsonObject();
        json.addProperty(EVENT_ID, event);
        JobApi.respond(exchange, HttpStatus.ACCEPTED, json.toString());
    }

    private static ResponseStatusException tooLarge(long most) {
        return new ResponseStatusException(HttpStatus.PAYLOAD_TOO_LARGE, "The body is over " + most + " bytes.");
    }

    private static ResponseStatusException bad(String what) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, what);
    }

    private static String name(Exchange exchange) {
        return exchange.getMessage().getHeader("name", String.class);
    }
}
