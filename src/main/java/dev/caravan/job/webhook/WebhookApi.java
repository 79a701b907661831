package dev.caravan.job.webhook;

import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobTransition;
import dev.caravan.job.http.JobApi;
import dev.caravan.job.http.JobJson;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
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

/** Webhooks over HTTP ({@code static/openapi.yaml}). Operators alone: a URL may have a password of the receiver in it. */
@Component
public class WebhookApi extends RouteBuilder {
    private static final String NOT_DONE = "The webhook may not have been read or changed: ";

    private final Definitions<Webhook> store;
    private final Webhooks webhooks;
    private final WebhookDeliveries deliveries;
    private final Receivers receivers;
    private final boolean off;

    WebhookApi(
            Definitions<Webhook> store,
            Webhooks webhooks,
            WebhookDeliveries deliveries,
            Receivers receivers,
            @Value("${caravan.roles}") Set<String> roles) {
        this.store = store;
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.receivers = receivers;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/webhooks").id("webhooks-api").disabled(off);
        rest.get().routeId("rest-webhooks-list").to("direct:api-webhooks-list");
        rest.get("/{name}").routeId("rest-webhooks-read").to("direct:api-webhooks-read");
        rest.put("/{name}").routeId("rest-webhooks-put").to("direct:api-webhooks-put");
        rest.delete("/{name}").routeId("rest-webhooks-delete").to("direct:api-webhooks-delete");
        rest.post("/{name}/pause").routeId("rest-webhooks-pause").to("direct:api-webhooks-pause");
        rest.post("/{name}/resume").routeId("rest-webhooks-resume").to("direct:api-webhooks-resume");
        rest.post("/{name}/secret").routeId("rest-webhooks-secret").to("direct:api-webhooks-secret");
        rest.post("/{name}/test").routeId("rest-webhooks-test").to("direct:api-webhooks-test");

        route(
                "list",
                "GET /webhooks: all that there are",
                exchange -> JobApi.respond(
                        exchange, HttpStatus.OK, WebhookJson.list(store.all().values())));
        route(
                "read",
                "GET /webhooks/{name}: one",
                exchange -> JobApi.respond(
                        exchange, HttpStatus.OK, WebhookJson.whole(existing(store.read(name(exchange))))));
        route(
                "put",
                "PUT /webhooks/{name}: creates one, with a new secret, or replaces all but its secrets",
                this::put);
        route("delete", "DELETE /webhooks/{name}: it is told of nothing more", exchange -> {
            change(exchange, webhook -> null);
            JobApi.respond(exchange, HttpStatus.NO_CONTENT, null);
        });
        route(
                "pause",
                "POST /webhooks/{name}/pause: it is told of nothing more until it is resumed",
                exchange -> JobApi.respond(
                        exchange, HttpStatus.OK, WebhookJson.whole(change(exchange, webhook -> webhook.pause(null)))));
        route(
                "resume",
                "POST /webhooks/{name}/resume: it is told again, from now on",
                exchange ->
                        JobApi.respond(exchange, HttpStatus.OK, WebhookJson.whole(change(exchange, Webhook::resume))));
        route(
                "secret",
                "POST /webhooks/{name}/secret: a new secret; the old one signs beside it for a day",
                exchange -> {
                    String secret = WebhookSignature.newSecret();
                    Webhook changed = change(exchange, webhook -> webhook.withSecret(secret, Instant.now()));
                    JobApi.respond(exchange, HttpStatus.OK, WebhookJson.withSecret(changed));
                });

        JobApi.orUnavailable(
                        from("direct:api-webhooks-test")
                                .routeId("api-webhooks-test")
                                .description(
                                        "POST /webhooks/{name}/test: a delivery that tells of nothing, also of a paused one"),
                        step -> step.process(this::test).to(JobApi.SUBMIT),
                        JobApi.NOT_ACCEPTED)
                .process(WebhookApi::accepted);
    }

    private void route(String name, String description, Processor work) {
        JobApi.step(this, "api-webhooks-" + name, description, work, NOT_DONE);
    }

    private static Webhook existing(Webhook webhook) {
        if (webhook == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no webhook of this name.");
        }
        return webhook;
    }

    private Webhook change(Exchange exchange, UnaryOperator<Webhook> change) {
        Webhook changed = store.change(name(exchange), webhook -> change.apply(existing(webhook)));
        webhooks.refresh(); // on other nodes, within two seconds
        return changed;
    }

    private void put(Exchange exchange) {
        Message request = exchange.getMessage();
        if (!JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The webhook must be JSON, sent as Content-Type: application/json.");
        }
        String name = name(exchange);
        if (!Webhook.isName(name)) {
            throw bad("The name of a webhook is 1 to 32 of a-z 0-9 -, and does not begin with -.");
        }
        Webhook wanted;
        try {
            wanted = WebhookJson.read(name, (byte[]) request.getBody());
            receivers.url(wanted.url());
        } catch (IllegalArgumentException e) {
            throw bad(e.getMessage());
        }
        AtomicBoolean created = new AtomicBoolean();
        String secret = WebhookSignature.newSecret();
        Webhook stored;
        try {
            stored = store.change(name, before -> {
                created.set(before == null);
                return before == null ? wanted.withSecret(secret, Instant.now()) : wanted.withSecretsOf(before);
            });
        } catch (Definitions.TooMany e) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, e.getMessage(), e);
        }
        webhooks.refresh();
        if (created.get()) {
            JobApi.respond(exchange, HttpStatus.CREATED, WebhookJson.withSecret(stored));
            exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/webhooks/" + name);
        } else {
            JobApi.respond(exchange, HttpStatus.OK, WebhookJson.whole(stored));
        }
    }

    private void test(Exchange exchange) {
        JobTransition submission =
                deliveries.test(existing(store.read(name(exchange))).name());
        exchange.getMessage().removeHeaders("*");
        exchange.setVariable(JobApi.JOB, submission.job());
        exchange.getMessage().setBody(submission);
    }

    private static void accepted(Exchange exchange) {
        String id = exchange.getVariable(JobApi.JOB, Job.class).id();
        JobApi.respond(exchange, HttpStatus.ACCEPTED, JobJson.accepted(id, false));
        exchange.getMessage().setHeader(HttpHeaders.LOCATION, "/jobs/" + id);
    }

    private static ResponseStatusException bad(String what) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, what);
    }

    private static String name(Exchange exchange) {
        return exchange.getMessage().getHeader("name", String.class);
    }
}
