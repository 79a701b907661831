package dev.caravan.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.caravan.chaos.Site.Node;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.RequiresRealBrokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Route files are published while jobs run on them: no job is lost, and in the end all nodes run the same. */
@RequiresRealBrokers
class PublicationsChaos {
    private static final Path FILE = Path.of("src/test/resources/routes-of-chaos/jobs/effect.camel.yaml");
    private static final int MANY = 100;
    private static final String[] CLUSTER = {"--caravan.routes.source=cluster", "--caravan.routes.writable=true"};

    /** A bulk submission waits for no quota. */
    private static final String[] AT_RATE = {CLUSTER[0], CLUSTER[1], "--caravan.security.rate=0"};

    private int published;

    @Test
    void publishedInARow() {
        try (Site site = Site.ofFast(AT_RATE)) {
            site.heal();
            Accounts accounts = new Accounts(site, "effect", 1).atRate(1000);
            Trial.run(Row.PUBLISHED_IN_A_ROW, accounts, (round, load) -> {
                for (int i = 0; i < MANY; i++) {
                    Answer answer = publish(site);
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                }
                awaitEqual(site);
            });
        }
    }

    @Test
    void publishedWhileOneRefuses() {
        try (Site site = Site.ofOne(2, CLUSTER)) {
            site.heal();
            Node picky = site.startWorker(Map.of("CARAVAN_ROUTES_MAXFILESIZE", "64KB"));
            awaitEqual(site);
            run(site, Row.PUBLISHED_WHILE_ONE_REFUSES, (round, load) -> {
                Answer refused = publish(site.apis.get(0), "# " + "x".repeat(70_000) + "\n");
                assertThat(refused.status()).as(refused.body()).isEqualTo(422);
                assertThat(refused.body()).contains("(on " + picky.name + ")");
                Answer answer = publish(site);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                awaitEqual(site);
            });
        }
    }

    /** What is not published is not half published. */
    @Test
    void publishedWhileANodeDies() {
        try (Site site = Site.ofOne(2, CLUSTER)) {
            site.heal();
            run(site, Row.PUBLISHED_WHILE_A_NODE_DIES, (round, load) -> {
                boolean worker = round % 2 == 0;
                Node killed = (worker ? site.workers : site.apis).get(0);
                Node other = site.apis.get(1);
                CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> publish(other));
                load.awaitMore(3);
                killed.kill();
                assertThat(answer.join().status()).isIn(200, 503);
                if (worker) {
                    site.startWorker(Map.of());
                } else {
                    site.startApi(Map.of());
                }
                awaitEqual(site);
                load.awaitMore(20);
            });
        }
    }

    @Test
    void publishedWhileRedisDies() {
        try (Site site = Site.ofThree(CLUSTER)) {
            site.heal();
            run(site, Row.PUBLISHED_WHILE_REDIS_DIES, (round, load) -> {
                CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> publish(site));
                int killed = site.sentinels.killMaster();
                answer.join();
                Awaitility.await("another master").atMost(Site.SOON).until(() -> site.sentinels.master() != killed);
                site.sentinels.up(killed);
                Awaitility.await("a replica").atMost(Site.SOON).until(() -> site.sentinels.follows(killed));
                Awaitility.await("a publication")
                        .atMost(Site.SOON)
                        .until(() -> publish(site).status() == 200);
                awaitEqual(site);
                load.awaitMore(20);
            });
        }
    }

    /** Jobs long enough to wait for one another: each publication costs every node some CPU. */
    private static void run(Site site, Row row, Trial.Round round) {
        Trial.run(row, new Accounts(site, "effect", 150), round);
    }

    private Answer publish(Site site) {
        return publish(site.apis.get(site.apis.size() - 1));
    }

    private Answer publish(Node node) {
        return publish(node, "");
    }

    /** Publishes another text of the handler, in a file that begins with something. */
    private Answer publish(Node node, String begin) {
        JsonObject publication = new JsonObject();
        JsonObject files = new JsonObject();
        try {
            files.addProperty(
                    "jobs/effect.camel.yaml",
                    begin
                            + Files.readString(FILE)
                                    .replaceFirst("(?m)^(    description: )", "$1Edit " + published++ + ". "));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        publication.add("files", files);
        return node.process.api().within(Site.SOON).post("/routes/publications", publication.toString());
    }

    /** All nodes run what is current. */
    private static void awaitEqual(Site site) {
        int nodes = site.apis.size() + site.workers.size();
        Awaitility.await("all nodes at one publication")
                .atMost(Site.SOON)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    JsonObject list = site.api().get("/routes/publications").json();
                    Set<Long> runs = new HashSet<>();
                    list.getAsJsonArray("nodes")
                            .forEach(node ->
                                    runs.add(node.getAsJsonObject().get("runs").getAsLong()));
                    assertThat(list.getAsJsonArray("nodes")).hasSize(nodes);
                    assertThat(runs).containsExactly(list.get("current").getAsLong());
                });
    }
}
