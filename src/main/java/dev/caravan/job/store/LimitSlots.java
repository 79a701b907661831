package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.batch.Batcher;
import dev.caravan.job.Rate;
import dev.caravan.job.TypeLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.io.ClassPathResource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The slots of the types that have limits, in Redis: {@code job-limits.lua} decides, for one type at a time. What many ask for at a
 * time goes in one round trip, and no thread waits for it. Each future fails with a {@link DataAccessException} if Redis does not
 * respond. Thread-safe.
 */
@Component
public class LimitSlots implements DisposableBean {
    /** What the keys of a type begin with; its name follows, as their hash tag. */
    public static final String KEY = "caravan:jobs:limit:";

    /** How many jobs get their turn by one call that is made for another reason. */
    private static final int AT_ONCE = 10;

    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;
    private static final int UNLIMITED = -1;
    private static final int FIRST_JOB = 1;
    /** How long a job whose turn has come may take to a worker, until it is the next again. */
    private static final Duration TURN = Duration.ofSeconds(30);

    private final Executor executor;
    private final Duration turn;
    private final RedisPipeline pipeline;
    private final Batcher<Call> batcher;
    private final RedisScript<String> script =
            RedisScript.of(new ClassPathResource("job-limits.lua", LimitSlots.class), String.class);

    private record Call(String type, List<String> arguments, CompletableFuture<List<String>> reply) {}

    /**
     * Whether a job has got a slot.
     *
     * @param state {@code taken}, {@code shared}: another attempt has its slot; else why it waits
     * @param next the jobs whose turn has come
     */
    public record Taken(String state, List<String> next) {
        public boolean isTaken() {
            return state.equals("taken") || isShared();
        }

        public boolean isShared() {
            return state.equals("shared");
        }
    }

    /** @param executor runs batches, and what follows a reply */
    @Autowired
    public LimitSlots(StringRedisTemplate redis, @Qualifier("batchExecutor") Executor executor) {
        this(redis, executor, TURN);
    }

    LimitSlots(StringRedisTemplate redis, Executor executor, Duration turn) {
        this.turn = turn;
        this.executor = executor;
        this.pipeline = new RedisPipeline(redis);
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::call);
    }

    /**
     * Takes a slot for a job; else it waits from now on. Retries while Redis does not respond, as {@link RedisRetries} says.
     *
     * @param token of the attempt
     * @param lease how long the slot is kept, unless it is extended
     */
    public CompletableFuture<Taken> take(
            String type, TypeLimits limits, Duration lease, String id, String token, String key) {
        return RedisRetries.untilItResponds(
                        () -> call(type, limits, lease, AT_ONCE, "take", List.of(id, token, key)), executor)
                .thenApply(reply -> new Taken(reply.get(0), reply.subList(FIRST_JOB, reply.size())));
    }

    /** Keeps the slot of a job that runs; takes one, also above the limit, if it has none. */
    public CompletableFuture<List<String>> extend(
            String type, TypeLimits limits, Duration lease, String id, String token, String key) {
        return call(type, limits, lease, 0, "extend", List.of(id, token, key));
    }

    /** The attempt needs its slot no longer. Returns the jobs whose turn has come. */
    public CompletableFuture<List<String>> free(String type, TypeLimits limits, String id, String token) {
        return call(type, limits, Duration.ZERO, AT_ONCE, "free", List.of(id, token));
    }

    /** These jobs wait no longer. Returns the jobs whose turn has come. */
    public CompletableFuture<List<String>> drop(String type, TypeLimits limits, Collection<String> ids) {
        return call(type, limits, Duration.ZERO, AT_ONCE, "drop", ids);
    }

    /** This job waits no longer. Whatever the limits of its type are: nobody's turn comes by this. */
    public CompletableFuture<List<String>> forget(String type, String id) {
        return call(type, TypeLimits.NONE, Duration.ZERO, 0, "drop", List.of(id));
    }

    /** The jobs whose turn has come, at most so many. */
    public CompletableFuture<List<String>> grant(String type, TypeLimits limits, int most) {
        return call(type, limits, Duration.ZERO, most, "grant", List.of());
    }

    /** Those of the jobs that neither wait here nor have a slot. */
    public CompletableFuture<List<String>> unknown(String type, Collection<String> ids) {
        return call(type, TypeLimits.NONE, Duration.ZERO, 0, "unknown", ids);
    }

    private CompletableFuture<List<String>> call(
            String type, TypeLimits limits, Duration lease, int most, String operation, Collection<String> ids) {
        List<String> arguments = new ArrayList<>(10 + ids.size());
        arguments.add(operation);
        add(arguments, limits.concurrency(), limits.rate());
        add(arguments, limits.keyConcurrency(), limits.keyRate());
        arguments.add(Long.toString(lease.toMillis()));
        arguments.add(Long.toString(turn.toMillis()));
        arguments.add(Integer.toString(most));
        arguments.addAll(ids);
        Call call = new Call(type, arguments, new CompletableFuture<>());
        if (!batcher.offer(call)) {
            call.reply.completeExceptionally(
                    new DataAccessResourceFailureException(CAPACITY + " calls for slots wait for Redis already"));
        }
        return call.reply;
    }

    private static void add(List<String> arguments, Integer slots, Rate rate) {
        arguments.add(Integer.toString(slots == null ? UNLIMITED : slots));
        arguments.add(rate == null ? "0" : Long.toString(rate.intervalMicros()));
        arguments.add(rate == null ? "0" : Integer.toString(rate.burst()));
    }

    private Runnable call(List<Call> batch) {
        try {
            List<Object> replies = send(batch);
            return () -> {
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).reply.complete(texts((List<?>) replies.get(i)));
                }
            };
        } catch (RuntimeException e) {
            return () -> batch.forEach(call -> call.reply.completeExceptionally(e));
        }
    }

    /** A call may be made twice. What that gives, if nobody gets to know, comes back when its time is over. */
    private List<Object> send(List<Call> batch) {
        try {
            return pipeline.raw(connection -> batch.forEach(call -> call(connection, call)));
        } catch (DataAccessException e) {
            if (!RedisPipeline.isCausedBy(e, "NOSCRIPT")) {
                throw e;
            }
            return pipeline.raw(connection -> {
                        connection.scriptingCommands().scriptLoad(bytes(script.getScriptAsString()));
                        batch.forEach(call -> call(connection, call));
                    })
                    .subList(1, batch.size() + 1);
        }
    }

    private void call(RedisConnection connection, Call call) {
        List<String> all = new ArrayList<>(1 + call.arguments.size());
        all.add(KEY + "{" + call.type + "}");
        all.addAll(call.arguments);
        connection.scriptingCommands().evalSha(script.getSha1(), ReturnType.MULTI, 1, bytes(all));
    }

    private static List<String> texts(List<?> reply) {
        return reply.stream().map(RedisPipeline::text).toList();
    }

    @Override
    public void destroy() {
        batcher.close();
    }
}
