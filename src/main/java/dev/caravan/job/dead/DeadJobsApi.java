package dev.caravan.job.dead;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.caravan.job.JobError;
import dev.caravan.job.http.JobApi;
import java.util.Set;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** {@code GET /jobs/dead}: the jobs that have failed, by what they failed of. */
@Component
public class DeadJobsApi extends RouteBuilder {
    private static final Gson JSON = new Gson();
    /** Of a message; the job itself has more. */
    private static final int MAX_MESSAGE = 200;

    private final DeadGroups groups;
    private final boolean off;

    DeadJobsApi(DeadGroups groups, @Value("${caravan.roles}") Set<String> roles) {
        this.groups = groups;
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/jobs")
                .id("jobs-dead-api")
                .disabled(off)
                .get("/dead")
                .routeId("rest-jobs-dead")
                .to("direct:api-dead");

        JobApi.orUnavailable(
                        from("direct:api-dead")
                                .routeId("api-dead")
                                .description("GET /jobs/dead: the failed jobs, in groups that failed alike")
                                .removeHeaders("*"),
                        step -> step.setBody(exchange -> groups.all()),
                        "The failed jobs could not be read: ")
                .setBody()
                .body(DeadGroups.Groups.class, DeadJobsApi::json);
    }

    private static String json(DeadGroups.Groups all) {
        JsonObject json = new JsonObject();
        json.addProperty("jobs", all.jobs());
        if (all.partial()) {
            json.addProperty("partial", true);
        }
        json.addProperty("at", all.at().toString());
        json.add(
                "groups",
                JSON.toJsonTree(all.groups().stream().map(DeadJobsApi::json).toList()));
        return json.toString();
    }

    private static JsonObject json(DeadGroups.Group group) {
        JsonObject json = new JsonObject();
        json.addProperty("group", group.group());
        json.addProperty("type", group.type());
        if (group.error() != null) {
            json.add("error", json(group.error()));
        }
        json.addProperty("jobs", group.jobs());
        json.addProperty("first", group.first().toString());
        json.addProperty("last", group.last().toString());
        json.add("perHour", JSON.toJsonTree(group.perHour()));
        json.addProperty("latest", group.latest());
        return json;
    }

    private static JsonObject json(JobError error) {
        String message = error.message();
        JsonObject json = new JsonObject();
        json.addProperty("type", error.type());
        json.addProperty("message", message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
        if (error.step() != null) {
            json.addProperty("step", error.step());
        }
        if (error.place() != null) {
            json.addProperty("place", error.place());
        }
        return json;
    }
}
