package dev.caravan.routes.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.DaemonThreads;
import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RedTests;
import dev.caravan.routes.RoutesConfiguration;
import dev.caravan.routes.RoutesEditor;
import dev.caravan.routes.RoutesSettings;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.trial.TrialSettings;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.AsyncProcessorSupport;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/**
 * The routes, shown and edited over HTTP ({@code static/openapi.yaml}). The name of a file stands in the path as it is,
 * its slashes included; its suffix may be left out. What writes has a content type that no form and no simple request
 * of a browser has, so that a page of another origin cannot send it.
 */
@Component
public class RoutesApi extends RouteBuilder implements DisposableBean {
    private static final int WAITING = 16;

    /** A file, its history, or one revision of that. */
    private static final Pattern FILE = Pattern.compile("(.+?)(?:/(history)(?:/([0-9A-Za-z]+))?)?");

    private static final Pattern ROLLBACK = Pattern.compile("(.+)/rollback/([0-9A-Za-z]+)");

    private final RoutesConfiguration live;
    private final RoutesEditor editor;
    private final RoutesSettings settings;
    private final boolean off;
    /** A check of routes takes longer than a thread that serves requests should be held. */
    private final ThreadPoolExecutor edits;
    /** Each holds its thread until it ends. */
    private final ThreadPoolExecutor trials;

    RoutesApi(
            RoutesConfiguration live,
            RoutesEditor editor,
            RoutesSettings settings,
            TrialSettings trialSettings,
            @Value("${caravan.roles}") Set<String> roles) {
        this.live = live;
        this.editor = editor;
        this.settings = settings;
        this.off = !roles.contains("api");
        this.edits = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                new DaemonThreads("caravan-routes-edit"));
        edits.allowCoreThreadTimeOut(true);
        this.trials = new ThreadPoolExecutor(
                0,
                trialSettings.concurrent(),
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DaemonThreads("caravan-routes-try"));
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
                .post("/try")
                .routeId("rest-routes-try")
                .to("direct:api-routes-try")
                .get("/publications")
                .routeId("rest-routes-publications")
                .to("direct:api-routes-publications")
                .get("/publications/{number}")
                .routeId("rest-routes-publication")
                .to("direct:api-routes-publication")
                .post("/publications")
                .routeId("rest-routes-publish")
                .to("direct:api-routes-publish")
                .post("/publications/{number}/rollback")
                .routeId("rest-routes-publish-again")
                .to("direct:api-routes-publish-again")
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

        from("direct:api-routes-try")
                .routeId("api-routes-try")
                .description("POST /routes/try: a file, saved or not, runs on a message, and nothing goes out")
                .process(exchange -> readJson(exchange, "A trial", RouteTrial::read))
                .process(on(trials, this::tryOut, e -> new ServiceUnavailable("Too many trials run.", e)));

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
                .process(exchange -> readJson(exchange, "A publication", RoutePublication::read))
                .process(onEditThread(this::publish));

        from("direct:api-routes-publish-again")
                .routeId("api-routes-publish-again")
                .description("POST /routes/publications/{number}/rollback: the files of an earlier one once more")
                .process(this::requireJson)
                .process(onEditThread(this::publishAgain));

        from("direct:api-routes-files")
                .routeId("api-routes-files")
                .description("GET /routes/files: the accepted files, and the problems of the directory")
                .process(exchange -> respond(exchange, RoutesJson.files(live, editor.writable())));

        from("direct:api-routes-history")
                .routeId("api-routes-history")
                .description(
                        "GET /routes/files/{file}: the text that runs; /history: the kept revisions, and their texts")
                .process(this::read);

        from("direct:api-routes-save")
                .routeId("api-routes-save")
                .description("PUT /routes/files/{file}: checked, swapped in, then written")
                .process(this::readText)
                .process(onEditThread(this::save));

        from("direct:api-routes-rollback")
                .routeId("api-routes-rollback")
                .description("POST /routes/files/{file}/rollback/{revision}: an old text, by the same way")
                .process(this::readRollback)
                .process(onEditThread(this::rollBack));
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
        String file = name(request.getHeader("file", String.class).substring(1));
        byte[] text = (byte[]) request.getBody();
        boolean check = flag("check", request);
        boolean force = flag("force", request);
        String by = by(exchange);
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
        requireJson(exchange);
    }

    private void requireJson(Exchange exchange) {
        String contentType = exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class);
        if (contentType == null || !contentType.startsWith(MediaType.APPLICATION_JSON_VALUE)) {
            throw problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Send this with Content-Type: application/json, so that no page of another site can.");
        }
    }

    private void rollBack(Exchange exchange) throws Exception {
        Matcher path = match(ROLLBACK, exchange);
        respond(exchange, RoutesJson.edit(editor.rollBack(name(path.group(1)), path.group(2), by(exchange))));
    }

    private static void readJson(Exchange exchange, String what, Function<byte[], Object> read) {
        if (!JsonBody.isJson(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE, what + " is sent as application/json.");
        }
        try {
            exchange.getMessage()
                    .setBody(read.apply((byte[]) exchange.getMessage().getBody()));
        } catch (IllegalArgumentException e) {
            throw problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
    }

    private PublicationStore publications() {
        if (live.publications() == null) {
            throw problem(
                    HttpStatus.CONFLICT,
                    "The routes of this node are those of its directory: only with caravan.routes.source=cluster can they"
                            + " be published.");
        }
        return live.publications();
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
                RoutesJson.edit(
                        editor.publish(
                                wanted.files(),
                                wanted.whole(),
                                wanted.base(),
                                wanted.force(),
                                wanted.why(),
                                by(exchange))));
    }

    private void publishAgain(Exchange exchange) throws Exception {
        respond(exchange, RoutesJson.edit(editor.rollBack(number(exchange), "", by(exchange))));
    }

    private void tryOut(Exchange exchange) throws Exception {
        RouteTrial trial = (RouteTrial) exchange.getMessage().getBody();
        byte[] text = trial.text() == null ? null : trial.text().getBytes(UTF_8);
        String user = Objects.requireNonNullElse(user(exchange), "");
        respond(
                exchange,
                RoutesJson.trial(editor.tryOut(name(trial.file()), text, trial.request(), user, by(exchange))));
    }

    private static String user(Exchange exchange) {
        return exchange.getProperty(HttpProperties.USER, String.class);
    }

    private static String by(Exchange exchange) {
        String user = user(exchange);
        return user == null ? "REST" : user + " over REST";
    }

    private static Matcher match(Pattern form, Exchange exchange) {
        Matcher path = form.matcher(
                exchange.getMessage().getHeader("file", String.class).substring(1));
        if (!path.matches()) {
            throw problem(HttpStatus.NOT_FOUND, "There is nothing at this path.");
        }
        return path;
    }

    private static String name(String path) {
        return path.endsWith(RoutesDirectory.SUFFIX) ? path : path + RoutesDirectory.SUFFIX;
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

    /** Runs this on the thread for edits, one after another; 503 if too many wait. */
    private Processor onEditThread(Processor work) {
        return on(edits, work, e -> new ServiceUnavailable("Too many edits are waiting.", e));
    }

    /** @param rejected what is answered if these threads have too much to do */
    private static Processor on(
            ThreadPoolExecutor threads, Processor work, Function<Exception, ServiceUnavailable> rejected) {
        return new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                try {
                    threads.execute(() -> {
                        try {
                            work.process(exchange);
                        } catch (RedTests e) {
                            exchange.setException(with(
                                    e.problems(),
                                    problem(
                                            HttpStatus.UNPROCESSABLE_ENTITY,
                                            "The tests are red; the routes that ran go on. With force=true it is saved"
                                                    + " all the same.")));
                        } catch (RoutesRejected e) {
                            exchange.setException(with(
                                    e.problems(),
                                    problem(HttpStatus.UNPROCESSABLE_ENTITY, "Rejected; the routes that ran go on.")));
                        } catch (Throwable e) {
                            exchange.setException(e);
                        }
                        callback.done(false);
                    });
                    return false;
                } catch (RejectedExecutionException e) {
                    exchange.setException(rejected.apply(e));
                    callback.done(true);
                    return true;
                }
            }
        };
    }

    private static ErrorResponseException with(List<RouteProblem> problems, ErrorResponseException problem) {
        problem.getBody().setProperty("problems", problems);
        return problem;
    }

    private static ErrorResponseException problem(HttpStatus status, String detail) {
        return new ResponseStatusException(status, detail);
    }

    @Override
    public void destroy() {
        edits.shutdown();
        trials.shutdownNow();
    }
}
