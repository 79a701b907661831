package dev.caravan.routes.http;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RouteDrafts;
import dev.caravan.routes.RoutesConfiguration;
import dev.caravan.routes.RoutesEditor;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/** The publications of route files to all nodes, and drafts of them, over HTTP ({@code static/openapi.yaml}). */
@Component
public class PublicationsApi extends RouteBuilder {
    private final RoutesConfiguration live;
    private final RoutesEditor editor;
    private final RouteThreads threads;
    private final boolean off;

    PublicationsApi(
            RoutesConfiguration live,
            RoutesEditor editor,
            RouteThreads threads,
            @Value("${caravan.roles}") Set<String> roles) {
        this.live = live;
        this.editor = editor;
        this.threads = threads;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A mistake of a client goes to the client, not to the log.
        errorHandler(noErrorHandler());

        rest("/routes/publications")
                .id("publications-api")
                .disabled(off)
                .get()
                .routeId("rest-routes-publications")
                .to("direct:api-routes-publications")
                .get("/{number}")
                .routeId("rest-routes-publication")
                .to("direct:api-routes-publication")
                .post()
                .routeId("rest-routes-publish")
                .to("direct:api-routes-publish")
                .post("/{number}/rollback")
                .routeId("rest-routes-publish-again")
                .to("direct:api-routes-publish-again");

        rest("/routes/drafts")
                .id("drafts-api")
                .disabled(off)
                .get()
                .routeId("rest-routes-drafts")
                .to("direct:api-routes-drafts")
                .get("/{draft}")
                .routeId("rest-routes-draft")
                .to("direct:api-routes-draft")
                .put("/{draft}")
                .routeId("rest-routes-draft-store")
                .to("direct:api-routes-draft-store")
                .delete("/{draft}")
                .routeId("rest-routes-draft-discard")
                .to("direct:api-routes-draft-discard")
                .post("/{draft}/publish")
                .routeId("rest-routes-draft-publish")
                .to("direct:api-routes-draft-publish");

        from("direct:api-routes-publications")
                .routeId("api-routes-publications")
                .description("GET /routes/publications: how far each node is, and the publications that are kept")
                .process(exchange -> respond(exchange, orUnavailable(() -> RoutesJson.publications(publications()))));

        from("direct:api-routes-publication")
                .routeId("api-routes-publication")
                .description("GET /routes/publications/{number}: one with its files")
                .process(this::readPublication);

        from("direct:api-routes-publish")
                .routeId("api-routes-publish")
                .description("POST /routes/publications: files for all nodes, or for none")
                .process(exchange -> RouteRequest.readJson(exchange, "A publication", RoutePublication::read))
                .process(threads.edit(this::publish));

        from("direct:api-routes-publish-again")
                .routeId("api-routes-publish-again")
                .description("POST /routes/publications/{number}/rollback: the files of an earlier one once more")
                .process(RouteRequest::requireJson)
                .process(threads.edit(this::publishAgain));

        from("direct:api-routes-drafts")
                .routeId("api-routes-drafts")
                .description("GET /routes/drafts: what is to be published")
                .process(exchange -> respond(exchange, RoutesJson.drafts(drafts().all())));

        from("direct:api-routes-draft")
                .routeId("api-routes-draft")
                .description("GET /routes/drafts/{draft}: one with its files")
                .process(exchange -> respond(exchange, RoutesJson.draft(drafts().read(name(exchange)))));

        from("direct:api-routes-draft-store")
                .routeId("api-routes-draft-store")
                .description("PUT /routes/drafts/{draft}: files that nobody publishes yet")
                .process(exchange -> RouteRequest.readJson(exchange, "A draft", RoutePublication::readDraft))
                .process(threads.edit(this::store));

        from("direct:api-routes-draft-discard")
                .routeId("api-routes-draft-discard")
                .description("DELETE /routes/drafts/{draft}")
                .process(threads.edit(this::discard));

        from("direct:api-routes-draft-publish")
                .routeId("api-routes-draft-publish")
                .description("POST /routes/drafts/{draft}/publish: its files for all nodes, or for none")
                .process(exchange -> RouteRequest.readJson(exchange, "A revision", DraftRevision::read))
                .process(threads.edit(this::publishDraft));
    }

    private PublicationStore publications() {
        editor.requireCluster();
        return live.publications();
    }

    private RouteDrafts drafts() {
        editor.requireCluster();
        return live.drafts();
    }

    private static <T> T orUnavailable(Supplier<T> read) {
        try {
            return read.get();
        } catch (DataAccessException e) {
            throw new ServiceUnavailable("The publications could not be read: Redis did not respond in time.", e);
        }
    }

    private void readPublication(Exchange exchange) {
        long number = number(exchange);
        Publication publication = orUnavailable(() -> publications().read(number));
        if (publication == null) {
            throw problem(
                    HttpStatus.NOT_FOUND,
                    "This publication is not kept. GET /routes/publications lists those that are.");
        }
        respond(exchange, RoutesJson.publication(publication));
    }

    private static long number(Exchange exchange) {
        String number = exchange.getMessage().getHeader("number", String.class);
        if (!number.matches("[1-9][0-9]{0,17}")) {
            throw problem(HttpStatus.BAD_REQUEST, "A publication has a number.");
        }
        return Long.parseLong(number);
    }

    private void publish(Exchange exchange) throws Exception {
        RoutePublication wanted = (RoutePublication) exchange.getMessage().getBody();
        respond(
                exchange,
                RoutesJson.edit(editor.publish(
                        wanted.files(),
                        wanted.whole(),
                        wanted.base(),
                        wanted.force(),
                        wanted.why(),
                        RouteRequest.by(exchange))));
    }

    private void publishAgain(Exchange exchange) throws Exception {
        respond(exchange, RoutesJson.edit(editor.rollBack(number(exchange), "", RouteRequest.by(exchange))));
    }

    private void store(Exchange exchange) throws Exception {
        RoutePublication wanted = (RoutePublication) exchange.getMessage().getBody();
        respond(
                exchange,
                RoutesJson.draft(editor.store(
                        name(exchange),
                        wanted.files(),
                        wanted.whole(),
                        wanted.base(),
                        wanted.why(),
                        RouteRequest.user(exchange),
                        RouteRequest.by(exchange))));
    }

    private void discard(Exchange exchange) throws Exception {
        editor.discard(name(exchange), RouteRequest.by(exchange));
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.NO_CONTENT.value());
        exchange.getMessage().setBody(null);
    }

    private void publishDraft(Exchange exchange) throws Exception {
        DraftRevision seen = (DraftRevision) exchange.getMessage().getBody();
        respond(
                exchange,
                RoutesJson.edit(editor.publish(
                        name(exchange),
                        seen.revision(),
                        seen.force(),
                        RouteRequest.user(exchange),
                        RouteRequest.by(exchange))));
    }

    private static String name(Exchange exchange) {
        return exchange.getMessage().getHeader("draft", String.class);
    }

    private static void respond(Exchange exchange, String json) {
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(json);
    }

    private static ErrorResponseException problem(HttpStatus status, String detail) {
        return new ResponseStatusException(status, detail);
    }
}
