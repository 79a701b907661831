package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisPooled;

/** Routes are edited while jobs run on them: no job is lost, none runs twice, and no client notices. */
@RequiresRealBrokers
class LiveEditIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String LIVE = "Routes changed:";
    private static final String EVENTS = "edited.events";
    private static final String CHAT = "edited.chat";

    @TempDir
    static Path routes;

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static CaravanProcess node;

    @BeforeAll
    static void start() throws IOException {
        copy(Path.of("src/main/resources/routes"), routes);
        Files.copy(
                Path.of("src/test/resources/routes-of-tests/jobs.camel.yaml"), routes.resolve("jobs/tests.camel.yaml"));
        rabbit = Brokers.emptyRabbit();
        redis = RealRedis.start();
        node = CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--caravan.routes.directory=" + routes,
                "--caravan.routes.poll=100ms",
                "--caravan.events.exchange=" + EVENTS,
                "--caravan.chat.exchange=" + CHAT,
                "--caravan.jobs.concurrency=20",
                "--caravan.jobs.default-duration=0ms");
    }

    @AfterAll
    static void stop() {
        node.close();
        redis.close();
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.with(channel -> channel.exchangeDelete(EVENTS));
            amqp.with(channel -> channel.exchangeDelete(CHAT));
        }
    }

    @Test
    void jobsThatRunWhileTheirHandlerIsEditedEndOnTheOldOneAndTheNextOnTheNew() throws IOException {
        List<String> before = submit(100, 1500);
        awaitBegin(before.get(25));

        edit("jobs/tests.camel.yaml", "rested on", "slept on");
        List<String> after = submit(5, 10);

        after.forEach(id -> assertThat(await(id, "FINISHED").field("result")).startsWith("slept on"));
        before.forEach(id -> assertThat(await(id, "FINISHED").field("result")).containsAnyOf("rested on", "slept on"));
        assertThat(await(before.get(0), "FINISHED").field("result")).startsWith("rested on");
        assertThat(revision(before.get(0))).isNotEqualTo(revision(after.get(0))).matches("[0-9a-f]{12}");
        assertOnce(before);
        edit("jobs/tests.camel.yaml", "slept on", "rested on");
    }

    @Test
    void theRouteOfTheWorkersIsEditedWhileTheyWork() throws IOException {
        List<String> jobs = submit(60, 1200);
        awaitBegin(jobs.get(40));

        edit("engine/jobs.camel.yaml", "Takes one job from", "Takes a job from");
        jobs.addAll(submit(10, 10));

        jobs.forEach(id -> await(id, "FINISHED"));
        assertOnce(jobs);
        edit("engine/jobs.camel.yaml", "Takes a job from", "Takes one job from");
    }

    @Test
    void clientsDoNotNoticeThatEveryRouteOnTheirWayIsEdited() throws Exception {
        Queue<Integer> refused = new ConcurrentLinkedQueue<>();
        Queue<String> accepted = new ConcurrentLinkedQueue<>();
        AtomicBoolean stopped = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 4; i++) {
            clients.execute(() -> {
                Api api = node.api();
                while (!stopped.get()) {
                    Answer answer = api.post("/jobs/default", "{}");
                    if (answer.status() == 202) {
                        accepted.add(answer.field("jobId"));
                        Answer read = api.job(answer.field("jobId"));
                        if (read.status() != 200) {
                            refused.add(read.status());
                        }
                    } else {
                        refused.add(answer.status());
                    }
                }
            });
        }
        for (String[] edit : List.of(
                new String[] {"jobs/default.camel.yaml", "Waits for", "Waits some time"},
                new String[] {"engine/jobs.camel.yaml", "Accepts a job", "Lets a job in"},
                new String[] {"engine/jobs.camel.yaml", "Takes one job", "Takes a job"},
                new String[] {"engine/job-status.camel.yaml", "Withdraws a job", "Takes a job back"},
                new String[] {"engine/jobs.camel.yaml", "Runs the handler", "Calls the handler"})) {
            edit(edit[0], edit[1], edit[2]);
            edit(edit[0], edit[2], edit[1]);
        }
        stopped.set(true);
        clients.shutdown();
        assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

        assertThat(refused)
                .as("answers that were not 2xx, of %d", accepted.size())
                .isEmpty();
        assertThat(accepted).hasSizeGreaterThan(50);
        accepted.forEach(id -> await(id, "FINISHED"));
        assertOnce(List.copyOf(accepted));
    }

    /** The queues of these routes are deleted with their last consumer. A chat message that comes too late is dropped. */
    @Test
    void noEventAndNoChatMessageIsLostWhileTheRoutesThatReceiveThemAreEdited() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
                amqp.with(channel -> {
                    channel.confirmSelect();
                    while (!stopped.get()) {
                        int number = sent.incrementAndGet();
                        String message =
                                "{\"node\":\"another\",\"number\":" + number + ",\"items\":[{\"roomId\":\"edits\","
                                        + "\"sender\":\"ann\",\"message\":\"hello\",\"time\":\"12:00\",\"id\":\""
                                        + number + "\"}]}";
                        channel.basicPublish(CHAT, "", null, message.getBytes(UTF_8));
                        channel.basicPublish(EVENTS, "", null, "{}".getBytes(UTF_8));
                        channel.waitForConfirmsOrDie(SOON.toMillis());
                    }
                    return null;
                });
            }
        });
        for (int i = 0; i < 5; i++) {
            edit("engine/events.camel.yaml", "Delivers each event", "Hands each event");
            edit("engine/chat-cluster.camel.yaml", "Delivers here", "Hands over here");
            edit("engine/events.camel.yaml", "Hands each event", "Delivers each event");
            edit("engine/chat-cluster.camel.yaml", "Hands over here", "Delivers here");
        }
        stopped.set(true);
        sending.get(SOON.toSeconds(), TimeUnit.SECONDS);

        assertThat(sent).hasValueGreaterThan(100);
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            assertThat(metric("caravan.events.received")).isEqualTo(sent.get());
            assertThat(metric("caravan.chat.cluster.received")).isEqualTo(sent.get());
        });
        assertThat(metric("caravan.chat.cluster.missed")).isZero();
    }

    private static int metric(String name) {
        return (int) node.api().metric(name).orElseThrow();
    }

    private static List<String> submit(int count, long millis) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(node.api().post("/jobs/sleeps", TestJobs.sleep(millis)).field("jobId"));
        }
        return ids;
    }

    private static Answer await(String id, String state) {
        return node.api().awaitState(id, state, SOON);
    }

    /** On a busy machine it is over before all are submitted, and later ones run. */
    private static void awaitBegin(String id) {
        Awaitility.await().atMost(SOON).until(() -> List.of("RUNNING", "FINISHED")
                .contains(node.api().job(id).field("state")));
    }

    private static String revision(String id) {
        try (JedisPooled jedis = new JedisPooled("127.0.0.1", redis.port())) {
            return jedis.hget("Job:" + id, "routeRevision");
        }
    }

    private static void assertOnce(List<String> ids) {
        try (JedisPooled jedis = new JedisPooled("127.0.0.1", redis.port())) {
            for (String id : ids) {
                Map<String, String> job = jedis.hgetAll("Job:" + id);
                assertThat(job).as(id).containsEntry("state", "FINISHED").containsEntry("attempt", "1");
            }
        }
    }

    /** Saves a file with one text in place of another, and waits until that is live. */
    private static void edit(String file, String from, String to) throws IOException {
        int before = changes();
        Path path = routes.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(from);
        Path part = Files.writeString(path.resolveSibling(".part"), text.replace(from, to));
        Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Awaitility.await(file).atMost(SOON).until(() -> changes() > before);
    }

    private static int changes() {
        return node.output().split(LIVE, -1).length;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path :
                    all.filter(file -> file.toString().endsWith(".yaml")).toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(path, copy);
            }
        }
    }
}
