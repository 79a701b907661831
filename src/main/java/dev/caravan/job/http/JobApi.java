package dev.caravan.job.http;

import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import dev.caravan.http.LineAccess;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.limit.PausedTypes;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobList;
import dev.caravan.job.store.JobReads;
import dev.caravan.job.updates.JobHistory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.util.ObjectHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * The REST contract of jobs ({@code static/openapi.yaml}). It reads requests and writes responses; between them are
 * the route {@code jobs-submit}, {@link JobReads}, {@link JobList} and {@link JobIndex}. Only the type, the payload and
 * the key of a request go further: no header reaches a route that others edit, nor the broker.
 */
@Component
public class JobApi extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(JobApi.class);
    private static final Pattern WAIT_FORM = Pattern.compile("\\d{1,6}(ms|s|m)");
    private static final Duration MAX_WAIT = Duration.ofSeconds(60);
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    /** The route that stores a job and publishes its message. */
    public static final String SUBMIT = "direct:jobs-submit";

    public static final String NOT_ACCEPTED = "The job was not accepted: ";

    /** Variables of an exchange: the job that is submitted, and how long the client waits for its end. */
    public static final String JOB = "job";

    private static final String TYPE = "type";
    private static final String WAIT = "wait";
    /** Set by {@code status-withdraw}. */
    private static final String CLAIMED = "claimed";
    /** Set by {@code jobs-submit}, which may set another job, too. */
    private static final String DUPLICATE = "duplicate";
    /** The id of the job that is read. */
    public static final String ID = "id";

    /** The last step that a watcher of it has. */
    private static final String LAST = "last";

    private final SubmissionReader submissions;
    private final BulkSubmissions bulk;
    private final JobTypes types;
    private final PausedTypes paused;
    private final JobReads reads;
    private final JobList list;
    private final JobIndex index;
    private final JobWaits waits;
    private final JobWatchers watchers;
    private final boolean off;

    JobApi(
            SubmissionReader submissions,
            BulkSubmissions bulk,
            JobTypes types,
            PausedTypes paused,
            JobReads reads,
            JobList list,
            JobIndex index,
            JobWaits waits,
            JobWatchers watchers,
            @Value("${caravan.roles}") Set<String> roles) {
        this.submissions = submissions;
        this.bulk = bulk;
        this.types = types;
        this.paused = paused;
        this.reads = reads;
        this.list = list;
        this.index = index;
        this.waits = waits;
        this.watchers = watchers;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A client's mistake goes to the client, not to the log.
        errorHandler(noErrorHandler());

        RestDefinition rest = rest("/jobs").id("jobs-api").disabled(off);
        rest.post().routeId("rest-jobs-submit").to("direct:api-submit");
        rest.post("/{type}").routeId("rest-jobs-submit-type").to("direct:api-submit-type");
        rest.get().routeId("rest-jobs-list").to("direct:api-list");
        rest.get("/counts").routeId("rest-jobs-counts").to("direct:api-counts");
        rest.get("/types").routeId("rest-jobs-types").to("direct:api-types");
        rest.get("/{id}").routeId("rest-jobs-read").to("direct:api-read");
        rest.get("/{id}/events").routeId("rest-jobs-follow").to("direct:api-follow-job");

        if (!off) {
            from("platform-http:/jobs/batch?httpMethodRestrict=POST&useStreaming=true")
                    .routeId("rest-jobs-batch")
                    .to("direct:api-batch");
        }

        from("direct:api-batch")
                .routeId("api-batch")
                .description("POST /jobs/batch: many jobs, each of them as if it came alone")
                .process(this::openBulk);

        from("direct:api-submit")
                .routeId("api-submit")
                .description("POST /jobs: a job of the default type")
                .removeHeader(TYPE) // a query parameter of that name
                .to("direct:api-submit-type");

        orUnavailable(
                        from("direct:api-submit-type")
                                .routeId("api-submit-type")
                                .description("POST /jobs/{type}: 202 once the job is safe, 200 if it ended in time")
                                .process(this::readSubmission),
                        route -> route.to(SUBMIT),
                        NOT_ACCEPTED)
                .process(exchange -> exchange.getMessage().setBody(null))
                .filter(variable(WAIT).isNotNull())
                .bean(waits, "await(${variable.job.id}, ${variable.wait})")
                .setBody(simple("${variable.job.id}"))
                .doTry()
                .bean(reads, "read")
                .process(this::endedIfSo)
                .doCatch(DataAccessException.class)
                .log("The end of a job was not read: ${exception.message}")
                .end()
                .end()
                .process(this::acceptedUnlessEnded);

        orUnavailable(
                        from("direct:api-read")
                                .routeId("api-read")
                                .description("GET /jobs/{id}: one job, whole")
                                .process(JobApi::readId),
                        route -> route.bean(reads, "read"),
                        "The job could not be read: ")
                .process(this::job);

        orUnavailable(
                        from("direct:api-follow-job")
                                .routeId("api-follow-job")
                                .description("GET /jobs/{id}/events: each state, when the job comes into it")
                                .process(this::readLast)
                                .process(JobApi::readId),
                        route -> route.bean(reads, "read"),
                        "The job could not be read: ")
                .process(this::watch);

        orUnavailable(
                        from("direct:api-list")
                                .routeId("api-list")
                                .description("GET /jobs: those that match a filter, newest first, in pages")
                                .process(JobApi::readQuery),
                        route -> route.bean(list, "page"),
                        "The jobs could not be read: ")
                .setBody()
                .body(JobList.Page.class, JobJson::page);

        orUnavailable(
                        from("direct:api-counts")
                                .routeId("api-counts")
                                .description("GET /jobs/counts: how many jobs there are, by state and type")
                                .process(this::readType),
                        route -> route.bean(index, "counts"),
                        "The jobs could not be counted: ")
                .setBody()
                .body(JobIndex.Counts.class, JobJson::counts);

        from("direct:api-types")
                .routeId("api-types")
                .description("GET /jobs/types: what can be submitted")
                .removeHeaders("*")
                .setBody()
                .message(request -> JobJson.types(types.all(), paused.all()));
    }

    /** Runs a step; if what it needs does not respond, that becomes a 503. */
    public static ProcessorDefinition<?> orUnavailable(
            ProcessorDefinition<?> route, Consumer<TryDefinition> step, String what) {
        TryDefinition attempt = route.doTry();
        step.accept(attempt);
        return attempt.doCatch(
                        AmqpException.class, DataAccessException.class, DirectConsumerNotAvailableException.class)
                .process(exchange -> {
                    Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
                    if (!isClaimed(exchange)) {
                        LOG.warn("{}{}", what, cause.toString());
                        throw unavailable(what, cause);
                    }
                })
                .end();
    }

    /** A route of one step, at {@code direct:} and its id; if what the step needs does not respond, that becomes a 503. */
    public static void step(RouteBuilder routes, String id, String description, Processor work, String what) {
        orUnavailable(
                routes.from("direct:" + id).routeId(id).description(description), step -> step.process(work), what);
    }

    /** @param json null for a response without a body */
    public static void respond(Exchange exchange, HttpStatus status, String json) {
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        response.setHeader(Exchange.HTTP_RESPONSE_CODE, status.value());
        response.setBody(json);
    }

    /** Whether a worker has begun the job of a submission that failed, before it could be withdrawn: then it is accepted. */
    public static boolean isClaimed(Exchange exchange) {
        return Boolean.TRUE.equals(exchange.getVariable(CLAIMED));
    }

    /** Whether another job has the unique key of what was submitted, so that this is the one. */
    public static boolean isDuplicate(Exchange exchange) {
        return Boolean.TRUE.equals(exchange.getVariable(DUPLICATE));
    }

    /** The 503 for a failure of the broker, of Redis or of a route that does not run; null for any other failure. */
    public static ServiceUnavailable unavailable(String what, Throwable failure) {
        if (ObjectHelper.getException(AmqpException.class, failure) != null) {
            return new ServiceUnavailable(what + "the message broker did not respond in time.", failure);
        }
        if (ObjectHelper.getException(DataAccessException.class, failure) != null) {
            return new ServiceUnavailable(what + "the job store did not respond in time.", failure);
        }
        return ObjectHelper.getException(DirectConsumerNotAvailableException.class, failure) == null
                ? null
                : new ServiceUnavailable(what + "a route that it needs does not run.", failure);
    }

    private void openBulk(Exchange exchange) {
        Message request = exchange.getMessage();
        if (!JsonBody.isNdjson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The jobs must be lines of JSON, sent as Content-Type: application/x-ndjson.");
        }
        if (request.getHeader("Idempotency-Key") != null || request.getHeader(WAIT) != null) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST,
                    "A bulk submission has neither Idempotency-Key nor wait: each line may have a key of its own.");
        }
        request.removeHeaders("*");
        request.setBody(bulk.open(
                exchange.getProperty(HttpProperties.USER, String.class),
                exchange.getProperty(HttpProperties.LINES, LineAccess.Client.class)));
    }

    private void readSubmission(Exchange exchange) {
        Message request = exchange.getMessage();
        String type = request.getHeader(TYPE, Job.DEFAULT_TYPE, String.class);
        String contentType = request.getHeader(Exchange.CONTENT_TYPE, String.class);
        byte[] body = (byte[]) request.getBody();
        String key = request.getHeader("Idempotency-Key", String.class);
        String wait = request.getHeader(WAIT, String.class);
        String user = exchange.getProperty(HttpProperties.USER, String.class);
        JobTransition submission = submissions.read(
                type, contentType, body, key, user, JobOptions.of(name -> request.getHeader(name, String.class)));
        exchange.setVariable(JOB, submission.job());
        if (wait != null) {
            exchange.setVariable(WAIT, wait(wait));
        }
        request.removeHeaders("*");
        request.setBody(submission);
    }

    private static Duration wait(String text) {
        if (WAIT_FORM.matcher(text).matches()) {
            Duration wait = DurationStyle.SIMPLE.parse(text);
            if (wait.compareTo(MAX_WAIT) <= 0) {
                return wait;
            }
        }
        throw new ResponseStatusException(
                HttpStatus.BAD_REQUEST, "wait must be a duration such as 500ms, 10s or 1m, up to 60s.");
    }

    private void endedIfSo(Exchange exchange) {
        Map<String, String> hash = hash(exchange);
        boolean ended = !hash.isEmpty() && Job.stateOf(hash).terminal();
        exchange.getMessage().setBody(ended ? JobJson.job(hash) : null);
    }

    private void acceptedUnlessEnded(Exchange exchange) {
        Message response = exchange.getMessage();
        String id = exchange.getVariable(JOB, Job.class).id();
        if (!(response.getBody() instanceof String)) {
            response.setBody(JobJson.accepted(id, isDuplicate(exchange)));
            response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        }
        response.setHeader(HttpHeaders.LOCATION, "/jobs/" + id);
    }

    /** Reads the id of a job from the path, into the body and the variable {@value #ID}. @throws ResponseStatusException 400 */
    public static void readId(Exchange exchange) {
        String id = exchange.getMessage().getHeader("id", String.class);
        if (!Job.isId(id)) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A job id is 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(id);
        exchange.setVariable(ID, id);
    }

    private void job(Exchange exchange) {
        Map<String, String> hash = existing(exchange);
        // A delivery may tell of an event, which only operators may see.
        if (JobTypes.WEBHOOK.equals(hash.get(TYPE))
                && !exchange.getProperty(HttpProperties.OPERATOR, false, Boolean.class)) {
            hash = new HashMap<>(hash);
            hash.remove("payload");
        }
        exchange.getMessage().setBody(JobJson.job(hash));
    }

    static Map<String, String> existing(Exchange exchange) {
        Map<String, String> hash = hash(exchange);
        if (hash.isEmpty() || hash.containsKey(DiscardedJobs.FIELD)) {
            throw noSuchJob();
        }
        return hash;
    }

    static ResponseStatusException noSuchType() {
        return new ResponseStatusException(
                HttpStatus.NOT_FOUND, "There is no job type of this name. GET /jobs/types lists them.");
    }

    public static ResponseStatusException noSuchJob() {
        return new ResponseStatusException(
                HttpStatus.NOT_FOUND, "There is no such job; if there was, it ended and has expired.");
    }

    /** The number of the last step that the client has; 0 if it is no number. */
    private void readLast(Exchange exchange) {
        exchange.setVariable(LAST, (int) Job.number(exchange.getMessage().getHeader("Last-Event-ID", String.class)));
    }

    /** The response lasts until the job has ended. A client that has seen that gets 204: a browser then does not reconnect. */
    private void watch(Exchange exchange) {
        JobHistory.Step now = JobHistory.of(existing(exchange)).last();
        int last = exchange.getVariable(LAST, Integer.class);
        exchange.getMessage().removeHeaders("*");
        if (now.state().terminal() && last >= now.number()) {
            exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.NO_CONTENT.value());
            exchange.getMessage().setBody(null);
        } else {
            exchange.getMessage().setBody(watchers.watch(exchange.getVariable(ID, String.class), last));
        }
    }

    private static void readQuery(Exchange exchange) {
        Message request = exchange.getMessage();
        JobFilter filter = JobFilter.of(name -> request.getHeader(name, String.class));
        String limit = request.getHeader("limit", String.class);
        String after = request.getHeader("after", String.class);
        request.removeHeaders("*");
        String user = exchange.getProperty(HttpProperties.USER, String.class);
        request.setBody(new JobList.Query(filter, limit(limit), cursor(after), user));
    }

    private void readType(Exchange exchange) {
        Message request = exchange.getMessage();
        String type = type(request.getHeader(TYPE, String.class));
        request.removeHeaders("*");
        request.setBody(type == null ? "" : type);
    }

    private static String type(String text) {
        if (text == null || Job.isType(text)) {
            return text;
        }
        throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "type must be the name of a job type.");
    }

    /** How many a page of a list may have. @throws ResponseStatusException 400 */
    public static int limit(String text) {
        try {
            int limit = text == null ? DEFAULT_LIMIT : Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            LOG.debug("Not a number", e);
        }
        throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "limit must be 1 to " + MAX_LIMIT + ".");
    }

    /** Where the page before ended; null at the beginning. @throws ResponseStatusException 400 */
    public static JobList.Cursor cursor(String text) {
        try {
            return text == null ? null : JobList.Cursor.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "after must be the next of the page before.");
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> hash(Exchange exchange) {
        return exchange.getMessage().getBody(Map.class);
    }
}
