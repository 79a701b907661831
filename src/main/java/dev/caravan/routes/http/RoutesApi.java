package dev.caravan.routes.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.RoutesConfiguration;
import dev.caravan.routes.RoutesEditor;
import dev.caravan.routes.RoutesSettings;
import dev.caravan.routes.SharedFigures;
import dev.caravan.routes.check.Completions;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesDirectory;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/**
 * The routes, shown and edited over HTTP ({@code static/openapi.yaml}). The name of a file stands in the path as it is,
 * its slashes included; the suffix of a route file may be left out. What writes has a content type that no form and no
 * simple request of a browser has, so that a page of another origin cannot send it.
 */
@Component
public class RoutesApi extends RouteBuilder {
    /** A file, its history, or one revision of that. */
    private static final Pattern FILE = Pattern.compile("(.+?)(?:/(history)(?:/([0-9A-Za-z]+))?)?");

    private static final Pattern ROLLBACK = Pattern.compile("(.+)/rollback/([0-9A-Za-z]+)");

    private final ApplicationContext application;
    private final RoutesConfiguration live;
    private final RoutesEditor editor;
    private final RoutesSettings settings;
    private final RouteThreads threads;
    private final SharedFigures figures;
    private final boolean off;

    RoutesApi(
            ApplicationContext application,
            RoutesConfiguration live,
            RoutesEditor editor,
            RoutesSettings settings,
            RouteThreads threads,
            SharedFigures figures,
            @Value("${caravan.roles}") Set<String> roles) {
        this.application = application;
        this.live = live;
        this.editor = editor;
        this.settings = settings;
        this.threads = threads;
        this.figures = figures;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A mistake of a client goes to the client, not to the log.
        errorHandler(noErrorHandler());

        rest("/routes")
                .id("routes-api")
                .disabled(off)
                .get()
                .routeId("rest-routes-list")
                .to("direct:api-routes-list")
                .post("/check")
                .routeId("rest-routes-check")
                .to("direct:api-routes-check")
                .post("/format")
                .routeId("rest-routes-format")
                .to("direct:api-routes-format")
                .post("/try")
                .routeId("rest-routes-try")
                .to("direct:api-routes-try")
                .get("/completions")
                .routeId("rest-routes-completions")
                .to("direct:api-routes-completions")
                .get("/figures/{route}")
                .routeId("rest-routes-figures")
                .to("direct:api-routes-figures")
                .get("/files")
                .routeId("rest-routes-files")
                .to("direct:api-routes-files")
                .get("/files/{*file}")
                .routeId("rest-routes-history")
                .to("direct:api-routes-history")
                .put("/files/{*file}")
                .routeId("rest-routes-save")
                .to("direct:api-routes-save")
                .post("/files/{*file}")
                .routeId("rest-routes-rollback")
                .to("direct:api-routes-rollback");

        from("direct:api-routes-list")
                .routeId("api-routes-list")
                .description("GET /routes: all routes, with counts of their exchanges")
                .process(exchange -> respond(exchange, RoutesJson.routes(getContext(), live.routes())));

        from("direct:api-routes-check")
                .routeId("api-routes-check")
                .description("POST /routes/check: what is wrong with a text, or what a save of it would do")
                .process(exchange -> RouteRequest.readJson(exchange, "A check", CheckRequest::read))
                .process(threads.edit(this::check));

        from("direct:api-routes-format")
                .routeId("api-routes-format")
                .description("POST /routes/format: a text in one layout, with what it leaves out written out")
                .process(exchange -> RouteRequest.readJson(exchange, "A text", FormatRequest::read))
                .process(threads.edit(this::format));

        from("direct:api-routes-try")
                .routeId("api-routes-try")
                .description("POST /routes/try: a file, saved or not, runs on a message, and nothing goes out")
                .process(exchange -> RouteRequest.readJson(exchange, "A trial", RouteTrial::read))
                .process(threads.tryOut(this::tryOut));

        Completions completions = new Completions(getContext(), application);
        from("direct:api-routes-completions")
                .routeId("api-routes-completions")
                .description("GET /routes/completions: what an editor can offer")
                .process(exchange -> respond(exchange, RoutesJson.completions(completions.offer())));

        from("direct:api-routes-figures")
                .routeId("api-routes-figures")
                .description("GET /routes/figures/{route}: what the exchanges of its last revisions came to")
                .process(this::figures);

        from("direct:api-routes-files")
                .routeId("api-routes-files")
                .description("GET /routes/files: the accepted files, and the problems of the directory")
                .process(exchange -> respond(exchange, RoutesJson.files(live, editor)));

        from("direct:api-routes-history")
                .routeId("api-routes-history")
                .description(
                        "GET /routes/files/{file}: the text that runs, or that of tests; /history: the kept revisions, and their texts")
                .process(this::read);

        from("direct:api-routes-save")
                .routeId("api-routes-save")
                .description("PUT /routes/files/{file}: checked, swapped in, then written; tests are written alone")
                .process(this::readText)
                .process(threads.edit(this::save));

        from("direct:api-routes-rollback")
                .routeId("api-routes-rollback")
                .description("POST /routes/files/{file}/rollback/{revision}: an old text, by the same way")
                .process(this::readRollback)
                .process(threads.edit(this::rollBack));
    }

    private void figures(Exchange exchange) {
        String id = exchange.getMessage().getHeader("route", String.class);
        SharedFigures.Known known = figures.of(id);
        if (known.nodes().isEmpty()) {
            throw problem(HttpStatus.NOT_FOUND, "No route of a file has this id.");
        }
        respond(exchange, RoutesJson.figures(id, known));
    }

    private void read(Exchange exchange) {
        Matcher path = match(FILE, exchange);
        String file = name(path.group(1));
        String revision = path.group(3);
        if (revision != null) {
            respond(exchange, new String(editor.text(file, revision), UTF_8), revision);
        } else if (path.group(2) != null) {
            RouteFile current = live.routes().files().get(file);
            respond(exchange, RoutesJson.history(file, current, editor.history(file)));
        } else if (RoutesDirectory.isNameOfTests(file)) {
            String tests = editor.tests(file);
            respond(exchange, tests, RouteFile.revision(tests));
        } else {
            RouteFile current = editor.current(file);
            respond(exchange, current.text(), current.revision());
        }
    }

    private void readText(Exchange exchange) throws Exception {
        if (!isYaml(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "A route file is sent as application/yaml or text/yaml, in UTF-8.");
        }
        byte[] text = (byte[]) exchange.getMessage().getBody();
        if (text == null) {
            throw problem(HttpStatus.BAD_REQUEST, "The body is the text of the file.");
        }
        if (text.length > settings.maxFileSize().toBytes()) {
            throw problem(
                    HttpStatus.PAYLOAD_TOO_LARGE,
                    "A route file has " + settings.maxFileSize().toBytes() + " bytes at most.");
        }
    }

    private static boolean isYaml(String contentType) {
        try {
            MediaType type = contentType == null ? null : MediaType.parseMediaType(contentType);
            return type != null
                    && (type.getType().equals("text") || type.getSubtype().matches("(x-)?yaml"))
                    && (type.getCharset() == null || type.getCharset().name().equals("UTF-8"));
        } catch (IllegalArgumentException e) { // no media type, or a charset that Java does not know
            return false;
        }
    }

    private void save(Exchange exchange) throws Exception {
        Message request = exchange.getMessage();
        String file = name(path(exchange));
        byte[] text = (byte[]) request.getBody();
        boolean check = flag("check", request);
        boolean force = flag("force", request);
        String by = RouteRequest.by(exchange);
        respond(
                exchange,
                RoutesJson.edit(check ? editor.check(file, text, force, by) : editor.save(file, text, force, by)));
    }

    /** A misspelt value must not write. */
    private static boolean flag(String name, Message request) {
        String text = request.getHeader(name, String.class);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.isEmpty() || text.equals("true")) {
            return true;
        }
        throw problem(HttpStatus.BAD_REQUEST, name + " must be true or false.");
    }

    private void readRollback(Exchange exchange) {
        match(ROLLBACK, exchange);
        RouteRequest.requireJson(exchange);
    }

    private void rollBack(Exchange exchange) throws Exception {
        Matcher path = match(ROLLBACK, exchange);
        respond(
                exchange,
                RoutesJson.edit(editor.rollBack(name(path.group(1)), path.group(2), RouteRequest.by(exchange))));
    }

    private void check(Exchange exchange) throws Exception {
        CheckRequest request = (CheckRequest) exchange.getMessage().getBody();
        respond(
                exchange,
                RoutesJson.checked(editor.checkText(
                        name(request.file()),
                        request.text().getBytes(UTF_8),
                        request.tests(),
                        RouteRequest.by(exchange))));
    }

    private void format(Exchange exchange) throws Exception {
        FormatRequest request = (FormatRequest) exchange.getMessage().getBody();
        respond(
                exchange,
                RoutesJson.formatted(
                        editor.format(name(request.file()), request.text().getBytes(UTF_8))));
    }

    private void tryOut(Exchange exchange) throws Exception {
        RouteTrial trial = (RouteTrial) exchange.getMessage().getBody();
        byte[] text = trial.text() == null ? null : trial.text().getBytes(UTF_8);
        String user = Objects.requireNonNullElse(RouteRequest.user(exchange), "");
        respond(
                exchange,
                RoutesJson.trial(
                        editor.tryOut(name(trial.file()), text, trial.request(), user, RouteRequest.by(exchange))));
    }

    private static Matcher match(Pattern form, Exchange exchange) {
        Matcher path = form.matcher(path(exchange));
        if (!path.matches()) {
            throw nothingHere();
        }
        return path;
    }

    /** What follows {@code /routes/files/}. */
    private static String path(Exchange exchange) {
        String rest = exchange.getMessage().getHeader("file", String.class);
        if (rest.length() < 2) {
            throw nothingHere();
        }
        return rest.substring(1);
    }

    private static ErrorResponseException nothingHere() {
        return problem(HttpStatus.NOT_FOUND, "There is nothing at this path.");
    }

    private static String name(String path) {
        return path.endsWith(RoutesDirectory.SUFFIX) || path.endsWith(RoutesDirectory.TESTS)
                ? path
                : path + RoutesDirectory.SUFFIX;
    }

    private static void respond(Exchange exchange, String json) {
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(json);
    }

    private static void respond(Exchange exchange, String text, String revision) {
        respond(exchange, text);
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/yaml");
        exchange.getMessage().setHeader("X-Route-Revision", revision);
    }

    private static ErrorResponseException problem(HttpStatus status, String detail) {
        return new ResponseStatusException(status, detail);
    }
}
