package dev.caravan.job.bulk;

import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.http.JobApi;
import dev.caravan.job.http.JobJson;
import dev.caravan.job.store.JobList;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** {@code POST /jobs/bulk}: counts the jobs that match a filter, or submits the job that acts on them. Operators alone. */
@Component
public class BulkApi extends RouteBuilder {
    /** The logger of dev.caravan.security.AuditLog. */
    private static final Logger AUDIT = LoggerFactory.getLogger("caravan.audit");

    private static final String ACT = "act";

    private final BulkStore store;
    private final JobList list;
    private final JobSubmissions submissions;
    private final boolean off;

    BulkApi(BulkStore store, JobList list, JobSubmissions submissions, @Value("${caravan.roles}") Set<String> roles) {
        this.store = store;
        this.list = list;
        this.submissions = submissions;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/jobs")
                .id("jobs-bulk-api")
                .disabled(off)
                .post("/bulk")
                .routeId("rest-jobs-bulk")
                .to("direct:api-bulk");

        JobApi.orUnavailable(
                        from("direct:api-bulk")
                                .routeId("api-bulk")
                                .description(
                                        "POST /jobs/bulk: cancels, replays or discards the jobs of a filter, by a job")
                                .process(BulkApi::read),
                        step -> step.process(this::count)
                                .filter(variable(JobApi.JOB).isNotNull())
                                .to(JobApi.SUBMIT)
                                .end(),
                        JobApi.NOT_ACCEPTED)
                .process(BulkApi::respond);
    }

    private static void read(Exchange exchange) {
        if (!exchange.getProperty(HttpProperties.OPERATOR, false, Boolean.class)) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN, "Only an operator may act on many jobs.");
        }
        Message request = exchange.getMessage();
        byte[] body = (byte[]) request.getBody();
        if (body == null || !JsonBody.isJson(request.getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "A bulk act must be JSON, sent as application/json.");
        }
        String dry = request.getHeader("dry", "false", String.class);
        if (!dry.equals("true") && !dry.equals("false")) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "dry must be true or false.");
        }
        exchange.setVariable("dry", dry.equals("true"));
        exchange.setVariable(ACT, BulkAct.read(body, exchange.getProperty(HttpProperties.USER, String.class)));
        request.removeHeaders("*");
    }

    private void count(Exchange exchange) {
        BulkAct act = exchange.getVariable(ACT, BulkAct.class);
        JobList.Count count = list.count(act.filter());
        if (exchange.getVariable("dry", Boolean.class)) {
            exchange.getMessage().setBody("{\"jobs\":" + count.jobs() + ",\"atLeast\":" + count.atLeast() + "}");
            return;
        }
        String payload = act.json();
        JobTransition submission =
                submissions.now(JobTypes.BULK, payload).by(act.by(), payload.getBytes(StandardCharsets.UTF_8).length);
        store.create(submission.job().id(), act, count.jobs());
        exchange.setVariable(JobApi.JOB, submission.job());
        exchange.getMessage().setBody(submission);
    }

    private static void respond(Exchange exchange) {
        Message response = exchange.getMessage();
        if (exchange.getVariable("dry", Boolean.class)) {
            return;
        }
        String id = exchange.getVariable(JobApi.JOB, Job.class).id();
        BulkAct act = exchange.getVariable(ACT, BulkAct.class);
        AUDIT.atInfo()
                .addKeyValue("event", "bulk")
                .addKeyValue("user", act.by())
                .log("bulk {} {}, job {}", act.by() == null ? "-" : act.by(), act, id);
        response.removeHeaders("*");
        response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        response.setHeader(HttpHeaders.LOCATION, "/jobs/" + id);
        response.setBody(JobJson.accepted(id, false));
    }
}
