package dev.caravan.job;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.TestJobs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPooled;

/** Bulk submissions on a real broker and a real Redis: what got 202 runs, whatever happens to the request. */
@RequiresRealBrokers
class BatchIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "batch.jobs";
    private static final String LIMITED = "batch.limited";
    private static final String NDJSON = "application/x-ndjson";

    private static RealRedis redis;
    private static CaravanProcess node;

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        deleteQueues();
        node = start(redis, QUEUE);
    }

    @AfterAll
    static void stop() {
        node.close();
        deleteQueues();
        redis.close();
    }

    private static void deleteQueues() {
        try (RawAmqp amqp = RawAmqp.to(Brokers.rabbit().port())) {
            for (String queue : List.of(QUEUE, LIMITED)) {
                amqp.delete(queue);
                amqp.delete(queue + ".dead");
            }
        }
    }

    private static CaravanProcess start(RealRedis store, String queue, String... more) {
        List<String> arguments = new ArrayList<>(Brokers.arguments(Brokers.rabbit(), store));
        arguments.addAll(List.of(
                TestJobs.argument(),
                "--caravan.jobs.queue=" + queue,
                "--caravan.jobs.lease=2s",
                "--caravan.jobs.lost-after=2s",
                "--caravan.jobs.due-period=500ms"));
        return CaravanProcess.start(arguments, more);
    }

    @Test
    void aThousandJobsFinish() {
        List<JsonObject> lines = submit(node, lines("all", 1_000));
        assertThat(lines).hasSize(1_000).allMatch(line -> line.get("status").getAsInt() == 202);
        awaitFinished(ids(lines));
    }

    @Test
    void aLimitOfJobsHoldsForEachLine() {
        try (RealRedis own = RealRedis.start();
                CaravanProcess limited =
                        start(own, LIMITED, "--caravan.jobs.max-queued-per-user=50", "--caravan.jobs.concurrency=1")) {
            String slow = "{\"type\":\"sleeps\",\"payload\":" + TestJobs.sleep(60_000) + "}\n";
            List<JsonObject> lines = submit(limited, slow.repeat(300));
            assertThat(lines).hasSize(300);
            assertThat(lines)
                    .filteredOn(line -> line.get("status").getAsInt() == 202)
                    .hasSize(50);
            assertThat(lines)
                    .filteredOn(line -> line.get("status").getAsInt() != 202)
                    .allSatisfy(line -> {
                        assertThat(line.get("status").getAsInt()).isEqualTo(429);
                        assertThat(line.get("used").getAsInt()).isEqualTo(50);
                        assertThat(line.get("limit").getAsInt()).isEqualTo(50);
                        assertThat(line.get("retryAfter").getAsInt()).isPositive();
                    });
        }
    }

    @Test
    void aRequestThatBreaksOffIsRepeatedWithItsKeys() throws IOException {
        Map<Integer, String> before = breakOff(node, lines("again", 3_000), 500, () -> {});
        List<JsonObject> lines = submit(node, lines("again", 3_000));
        assertThat(lines).hasSize(3_000).allMatch(line -> line.get("status").getAsInt() == 202);
        before.forEach((line, id) ->
                assertThat(lines.get(line - 1).get("id").getAsString()).isEqualTo(id));
        assertThat(ids(lines)).hasSize(3_000);
        awaitFinished(ids(lines));
    }

    /** The node that is killed runs no job. */
    @Test
    void whatGot202OutlivesItsNode() throws IOException {
        Map<Integer, String> accepted;
        try (CaravanProcess killed = start(redis, QUEUE, "--caravan.roles=api")) {
            accepted = breakOff(killed, lines("killed", 5_000), 1_000, killed::kill9);
        }
        assertThat(accepted).hasSizeGreaterThanOrEqualTo(1_000);
        awaitFinished(Set.copyOf(accepted.values()));
    }

    @Test
    void whatGot202AndNothingElseRunsWhenRedisDies() {
        dies("redis", redis::kill, redis::up);
    }

    @Test
    void whatGot202AndNothingElseRunsWhenTheBrokerDies() {
        RealRabbit rabbit = Brokers.rabbit();
        dies("broker", rabbit::kill, rabbit::up);
    }

    /** One of the two dies in the middle of a bulk submission, and comes back. */
    private static void dies(String which, Runnable kill, Runnable bringBack) {
        redis.cli("FLUSHALL");
        CompletableFuture<List<JsonObject>> submission =
                CompletableFuture.supplyAsync(() -> submit(node, lines(which, 10_000)));
        await().atMost(SOON).until(() -> Integer.parseInt(redis.cli("DBSIZE")) > 1_000);
        kill.run();
        bringBack.run();
        List<JsonObject> lines = submission.join();

        assertThat(lines)
                .hasSize(10_000)
                .extracting(line -> line.get("status").getAsInt())
                .containsOnly(202, 503);
        Set<String> accepted = ids(lines.stream()
                .filter(line -> line.get("status").getAsInt() == 202)
                .toList());
        awaitFinished(accepted);
        try (JedisPooled jedis = new JedisPooled("127.0.0.1", redis.port())) {
            Set<String> keys = jedis.keys("Job:*");
            await("nothing waits that was rejected").atMost(SOON).until(() -> keys.stream()
                    .noneMatch(key -> Set.of("QUEUED", "RUNNING", "RETRYING").contains(jedis.hget(key, "state"))));
            assertThat(keys.stream().filter(key -> "FINISHED".equals(jedis.hget(key, "state"))))
                    .as("jobs that ran")
                    .hasSameSizeAs(accepted);
        }
    }

    private static Set<String> ids(List<JsonObject> lines) {
        return lines.stream().map(line -> line.get("id").getAsString()).collect(Collectors.toSet());
    }

    private static String lines(String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"type\":\"sleeps\",\"payload\":{\"millis\":0},\"key\":\"" + key + i + "\"}\n")
                .collect(Collectors.joining());
    }

    private static List<JsonObject> submit(CaravanProcess node, String body) {
        Api.Answer answer = node.api().within(SOON).post("/jobs/batch", body, "Content-Type", NDJSON);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    /** Sends so many lines and goes when some of the responses are there. @return the ids by the lines */
    private static Map<Integer, String> breakOff(CaravanProcess node, String lines, int read, Runnable then)
            throws IOException {
        Map<Integer, String> accepted = new HashMap<>();
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), node.http().getPort())) {
            socket.setSoTimeout(30_000);
            byte[] body = lines.getBytes(UTF_8);
            socket.getOutputStream()
                    .write(("POST /jobs/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + Api.GUEST
                                    + "\r\nContent-Type: " + NDJSON + "\r\nContent-Length: " + (body.length + 10)
                                    + "\r\n\r\n")
                            .getBytes(UTF_8));
            Thread sender = new Thread(() -> {
                try {
                    socket.getOutputStream().write(body);
                } catch (IOException e) {
                    // The end of this test.
                }
            });
            sender.start();
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            assertThat(in.lines().takeWhile(header -> !header.isEmpty())).contains("HTTP/1.1 200 OK");
            String rest = "";
            while (accepted.size() < read) {
                List<String> responses = new ArrayList<>(List.of((rest + chunk(in)).split("\n", -1)));
                rest = responses.remove(responses.size() - 1);
                for (String line : responses) {
                    JsonObject json = JsonParser.parseString(line).getAsJsonObject();
                    assertThat(json.get("status").getAsInt()).isEqualTo(202);
                    accepted.put(json.get("line").getAsInt(), json.get("id").getAsString());
                }
            }
            then.run();
        }
        return accepted;
    }

    /** The next chunk (RFC 9112, 7.1), which may end within a line. */
    private static String chunk(BufferedReader in) throws IOException {
        char[] chunk = new char[Integer.parseInt(in.readLine(), 16)];
        for (int at = 0; at < chunk.length; ) {
            int count = in.read(chunk, at, chunk.length - at);
            assertThat(count).as("the response goes on").isPositive();
            at += count;
        }
        assertThat(in.readLine()).isEmpty();
        return new String(chunk);
    }

    private static void awaitFinished(Set<String> ids) {
        try (JedisPooled jedis = new JedisPooled("127.0.0.1", redis.port())) {
            Set<String> open = new HashSet<>(ids);
            await().atMost(SOON).until(() -> {
                open.removeIf(id -> "FINISHED".equals(jedis.hget("Job:" + id, "state")));
                return open.isEmpty();
            });
        }
    }
}
