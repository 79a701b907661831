package dev.caravan.job.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.batch.Batcher;
import dev.caravan.component.batch.WorkerPool;
import dev.caravan.http.LimitExceeded;
import dev.caravan.job.IdempotencyKeyReused;
import dev.caravan.job.InvalidJobMessage;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.io.ClassPathResource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisPipelineException;
import org.springframework.data.redis.connection.RedisZSetCommands.ZAddArgs;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.jedis.JedisConnection;
import org.springframework.data.redis.connection.zset.DefaultTuple;
import org.springframework.data.redis.connection.zset.Tuple;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Makes the moves of jobs in Redis: each one atomic and fenced by one script, many of them in one round trip.
 *
 * <p>The hash is the truth. Beside it stand sorted sets, which only say where to look: {@value #QUEUED} (jobs on the queue),
 * {@value #DUE} (jobs somebody must look at, by when) and those of {@link JobIndex} (all jobs, by state and type). An entry
 * is added before the hash changes and removed after it has, each key on its own, so that a crash in between leaves an
 * entry too many and never one too few, and so that a Redis Cluster can hold the keys.
 *
 * <p>In the index a job goes from one state to the next after its hash has, with the next batch, or {@value #SETTLE_MILLIS}
 * ms later if none comes: it stays under the state before until it is under the new one.
 *
 * <p>Thread-safe.
 */
@Component
public class JobStore implements SmartInitializingSingleton, DisposableBean {
    public static final String HASH = "Job:";
    public static final String QUEUED = "caravan:jobs:queued";
    public static final String DUE = "caravan:jobs:due";
    /** How long a failed job may take to its copy on the dead queue before another node copies it. */
    static final Duration BURIAL_GRACE = Duration.ofSeconds(15);

    private static final Logger LOG = LoggerFactory.getLogger(JobStore.class);
    private static final byte[] ONE_KEY = bytes("1");
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;
    private static final int DEAD_CONNECTIONS = 4;
    private static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int INSIST_MINUTES = 10;
    private static final int LONGEST_PAUSE_MILLIS = 2000;
    private static final int MAX_OWED = 10_000;
    /** Makes a batch though nobody asks for a move. */
    private static final Asked NO_MOVE = new Asked(null, CompletableFuture.completedFuture(null), false);

    private static final int SETTLE_MILLIS = 20;
    private static final int SETTLE_LATER_MILLIS = 1000;
    /** A submission waits no longer than this for Redis; see {@code docs/jobs.md}, "Bounded time". */
    private static final Duration SUBMIT_TIMEOUT = Duration.ofMillis(2500);

    private static final Duration WITHDRAW_TIMEOUT = Duration.ofMillis(500);

    private final StringRedisTemplate redis;
    private final RedisScript<String> script = new DefaultRedisScript<>(load(), String.class);
    private final byte[] sha = bytes(script.getSha1());
    private final Batcher<Asked> batcher = new Batcher<>("caravan-jobs", CAPACITY, BATCH, this::make);
    private final WorkerPool handlers = new WorkerPool("caravan-handlers");
    private final Queue<JobTransition> owed = new ConcurrentLinkedQueue<>();
    private final List<Consumer<TransitionResult>> listeners;
    /** What the index and the other sets are to be told with the next batch. Touched by one batch at a time only. */
    private JobIndex.Changes changes = new JobIndex.Changes();
    /** Whether a batch is due that tells them, if no other comes. */
    private final AtomicBoolean settling = new AtomicBoolean();

    /** Used by one batch at a time only. */
    private final JobQuotas quotas;

    public JobStore(StringRedisTemplate redis, List<Consumer<TransitionResult>> listeners, JobSettings settings) {
        this.redis = redis;
        this.quotas = new JobQuotas(settings);
        this.listeners = listeners;
    }

    /** Connects and loads the script, so that the first job does not wait for it; a Redis that is down is no failure. */
    @Override
    public void afterSingletonsInstantiated() {
        try {
            loadScript();
            execute(connection -> {
                connection.keyCommands().exists(bytes(JobIndex.TYPES));
                return null;
            });
        } catch (DataAccessException e) {
            LOG.debug("Redis does not answer; the node says so when it is ready", e);
        }
    }

    private void loadScript() {
        redis.execute((RedisCallback<String>)
                connection -> connection.scriptingCommands().scriptLoad(bytes(script.getScriptAsString())));
    }

    /**
     * Makes a move.
     *
     * @return what became of it; fails with a {@link DataAccessException} if Redis did not say, in which case the move
     *     may or may not have been made: ask again with the same token, or take it back; fails with {@link LimitExceeded} if
     *     the user who submits the job has no room for it, in which case nothing was stored
     */
    public CompletableFuture<TransitionResult> write(JobTransition move) {
        return write(move, batcher::offer);
    }

    private CompletableFuture<TransitionResult> write(JobTransition move, Predicate<Asked> asking) {
        CompletableFuture<TransitionResult> written = ask(move, asking);
        if (move.to() == JobState.QUEUED && move.isBirth()) {
            return written.orTimeout(SUBMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    // What follows a timeout must not hold up the clock of all timeouts.
                    .exceptionallyComposeAsync(JobStore::boundedBySubmission, batcher::execute)
                    .thenApply(moved -> IdempotencyKeyReused.unlessSame(move, moved));
        }
        if (move.starts()) {
            return written.thenCompose(moved -> moved.state() == JobState.NEW ? ask(move.adopting()) : written);
        }
        return written;
    }

    /**
     * Makes a move, asking again while Redis does not answer: after a tenth of a second, then less and less often, every
     * {@value #LONGEST_PAUSE_MILLIS} ms in the end. A worker has a result in its hands, or a message that nobody else can
     * work either.
     *
     * @return what became of it; fails after {@value #INSIST_MINUTES} minutes, long before a broker takes the message away
     */
    public CompletableFuture<TransitionResult> insist(JobTransition move) {
        CompletableFuture<TransitionResult> insisted =
                insist(move, 100, System.nanoTime() + TimeUnit.MINUTES.toNanos(INSIST_MINUTES));
        // A handler follows, which may take its time: not on the thread that goes on with all the others.
        return move.starts() ? insisted.whenCompleteAsync((moved, failure) -> {}, handlers) : insisted;
    }

    private CompletableFuture<TransitionResult> insist(JobTransition move, long pauseMillis, long deadline) {
        return write(move, batcher::work).exceptionallyCompose(failure -> {
            boolean away = failure instanceof DataAccessException || failure.getCause() instanceof DataAccessException;
            if (!away || System.nanoTime() - deadline > 0) {
                return CompletableFuture.failedFuture(failure);
            }
            long next = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
            Executor later = CompletableFuture.delayedExecutor(pauseMillis, TimeUnit.MILLISECONDS, batcher::execute);
            return CompletableFuture.supplyAsync(() -> insist(move, next, deadline), later)
                    .thenCompose(insisted -> insisted);
        });
    }

    /**
     * Takes back a submission that failed. Never fails: if Redis does not answer within half a second, this is owed and
     * paid by {@link #payOwed} as soon as it does.
     */
    public CompletableFuture<Void> withdraw(JobTransition move) {
        return ask(move)
                .orTimeout(WITHDRAW_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                // As in write: not on the clock of all timeouts.
                .handleAsync(
                        (moved, failure) -> {
                            if (failure != null) {
                                owe(move);
                            }
                            return null;
                        },
                        batcher::execute);
    }

    /** Tries again to take back what could not be taken back so far. Called by a timer. */
    public void payOwed() {
        for (int i = owed.size(); i > 0; i--) {
            JobTransition move = owed.poll();
            if (move == null) {
                return;
            }
            ask(move).whenComplete((moved, failure) -> {
                if (failure != null) {
                    owe(move);
                }
            });
        }
    }

    private void owe(JobTransition move) {
        if (owed.size() < MAX_OWED) {
            owed.add(move);
        } else {
            LOG.warn(
                    "Job {} could not be withdrawn: too many wait for Redis already",
                    move.job().id());
        }
    }

    private CompletableFuture<TransitionResult> ask(JobTransition move) {
        return ask(move, batcher::offer);
    }

    private CompletableFuture<TransitionResult> ask(JobTransition move, Predicate<Asked> asking) {
        Asked asked = new Asked(move, new CompletableFuture<>(), false);
        offer(asked, asking);
        return asked.answer();
    }

    private static void offer(Asked asked, Predicate<Asked> asking) {
        if (!asking.test(asked)) {
            asked.answer()
                    .completeExceptionally(
                            new DataAccessResourceFailureException("More than " + CAPACITY + " moves wait for Redis"));
        }
    }

    /** Works a batch: one pipeline. Returns the completion of the futures. */
    private Runnable make(List<Asked> batch) {
        List<Asked> open = new ArrayList<>(batch.size());
        List<Asked> doubtful = new ArrayList<>(0);
        for (Asked asked : batch) {
            if (!asked.answer().isDone()) {
                (quotas.admits(asked.move(), asked.looked()) ? open : doubtful).add(asked);
            }
        }
        if (open.isEmpty() && doubtful.isEmpty() && changes.isEmpty()) {
            return () -> {};
        }
        try {
            List<Object> results = pipeline(open);
            changes = new JobIndex.Changes();
            int moves = results.size() - open.size();
            quotas.read(results.subList(moves - quotas.answers(), moves));
            quotas.suspects().forEach(this::tidy);
            Runnable completion = complete(open, results.subList(moves, results.size()), doubtful);
            settle(SETTLE_MILLIS);
            return completion;
        } catch (RuntimeException | Error e) {
            quotas.forget();
            settle(SETTLE_LATER_MILLIS);
            return () -> {
                open.forEach(asked -> asked.answer().completeExceptionally(e));
                doubtful.forEach(asked -> asked.answer().completeExceptionally(e));
            };
        }
    }

    /** Sees to it that changes do not wait for the next move, which may be long in coming. */
    private void settle(int millis) {
        if (!changes.isEmpty() && settling.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, batcher::execute)
                    .execute(() -> {
                        settling.set(false);
                        batcher.offer(NO_MOVE);
                    });
        }
    }

    /** Removes those that have ended from the jobs of a user who has too many. */
    private void tidy(String user, List<String> ids) {
        try {
            List<JobState> states = states(ids);
            for (int i = 0; i < ids.size(); i++) {
                if (states.get(i).terminal() || states.get(i) == JobState.NEW) {
                    changes.remove(JobQuotas.OPEN + user, ids.get(i));
                    quotas.ended(user);
                }
            }
        } catch (DataAccessException e) {
            LOG.debug("The jobs of a user are looked at later", e);
        }
    }

    private List<Object> pipeline(List<Asked> batch) {
        Map<String, Set<Tuple>> adding = new HashMap<>();
        long now = System.currentTimeMillis();
        for (Asked asked : batch) {
            entries(asked.move(), now, adding);
            if (asked.move().isBirth()) {
                changes.type(asked.move().job().type());
            }
        }
        Consumer<RedisConnection> commands = connection -> {
            changes.write(connection);
            adding.forEach((key, tuples) -> connection.zSetCommands().zAdd(bytes(key), tuples, placing(key)));
            changes.writeTypes(connection);
            quotas.ask(connection, now);
            batch.forEach(asked -> evaluate(connection, asked.move()));
        };
        // Asked again, whatever was done of it is done once: by its token.
        for (int dead = 0; ; dead++) {
            long begin = System.nanoTime();
            try {
                return translated(() -> raw(commands));
            } catch (RedisPipelineException e) {
                if (dead > 0 || !isCausedBy(e, "NOSCRIPT")) {
                    throw e;
                }
                quotas.told();
                loadScript();
            } catch (RedisConnectionFailureException e) {
                // At once: a connection of the pool was dead. After a while: Redis is away.
                if (dead == DEAD_CONNECTIONS || System.nanoTime() - begin > AT_ONCE_NANOS) {
                    throw e;
                }
            }
        }
    }

    /** An Idempotency-Key that comes again does not move its job in the list, nor among those of its user. */
    private static ZAddArgs placing(String key) {
        return key.startsWith(JobQuotas.OPEN) || key.startsWith(JobIndex.IN)
                ? ZAddArgs.ifNotExists()
                : ZAddArgs.empty();
    }

    private List<Object> execute(RedisCallback<Void> commands) {
        return translated(() -> redis.executePipelined(commands));
    }

    /** A pipeline without what the template adds to each: a proxy for the connection, and answers turned into text. */
    private List<Object> raw(Consumer<RedisConnection> commands) {
        RedisConnection connection = redis.getRequiredConnectionFactory().getConnection();
        try {
            connection.openPipeline();
            List<Object> answers;
            try {
                commands.accept(connection);
            } finally { // also after a failure: the answers must not be left to whoever has the connection next
                answers = connection.closePipeline();
            }
            return answers;
        } finally {
            connection.close();
        }
    }

    /** Spring Data lets a connection that breaks at the end of a pipeline through as the driver's own exception. */
    private List<Object> translated(Supplier<List<Object>> pipeline) {
        try {
            return pipeline.get();
        } catch (DataAccessException e) {
            throw e;
        } catch (RuntimeException e) {
            DataAccessException translated =
                    redis.getRequiredConnectionFactory().translateExceptionIfPossible(e);
            throw translated == null ? e : translated;
        }
    }

    private void evaluate(RedisConnection connection, JobTransition move) {
        List<String> arguments = move.arguments();
        byte[][] command = new byte[arguments.size() + 3][];
        command[0] = sha;
        command[1] = ONE_KEY;
        command[2] = bytes(HASH + move.job().id());
        for (int i = 0; i < arguments.size(); i++) {
            command[i + 3] = bytes(arguments.get(i));
        }
        if (connection instanceof JedisConnection) {
            connection.execute("EVALSHA", command); // evalSha makes a proxy for each call
        } else {
            byte[][] keyAndArguments = Arrays.copyOfRange(command, 2, command.length);
            connection.scriptingCommands().evalSha(sha, ReturnType.MULTI, 1, keyAndArguments);
        }
    }

    /** What to look at, and when, if this move is made. */
    private void entries(JobTransition move, long now, Map<String, Set<Tuple>> adding) {
        String id = move.job().id();
        if (quotas.countsJobs() && move.user() != null) {
            add(adding, JobQuotas.OPEN + move.user(), id, now);
        }
        if (move.isBirth()) {
            add(adding, JobIndex.idsKey(id), id, 0);
            if (move.to() == JobState.QUEUED) {
                add(adding, JobIndex.key(JobState.QUEUED, move.job().type()), id, now);
            }
        }
        switch (move.to()) {
            case QUEUED -> add(adding, QUEUED, id, now);
            case RUNNING, RETRYING -> add(adding, DUE, id, now + move.hold().toMillis());
            case FAILED -> {
                if (!move.isBurial()) {
                    add(adding, DUE, id, now + BURIAL_GRACE.toMillis());
                }
            }
            default -> {}
        }
    }

    private static void add(Map<String, Set<Tuple>> adding, String key, String id, double score) {
        adding.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(new DefaultTuple(bytes(id), score));
    }

    private Runnable complete(List<Asked> batch, List<Object> results, List<Asked> doubtful) {
        List<Runnable> completions = new ArrayList<>(batch.size() + doubtful.size());
        for (int i = 0; i < batch.size(); i++) {
            Asked asked = batch.get(i);
            List<?> values = (List<?>) results.get(i);
            try {
                TransitionResult moved = moved(asked.move(), values);
                outdate(asked.move(), moved, text(values.get(9)));
                changes.follow(
                        asked.move(),
                        moved,
                        JobState.valueOf(text(values.get(10))),
                        Job.typeOf(text(values.get(11))),
                        (Long) values.get(12),
                        (Long) values.get(13) == 1);
                completions.add(() -> {
                    listeners.forEach(listener -> tell(listener, moved));
                    asked.answer().complete(moved);
                });
            } catch (RuntimeException e) {
                completions.add(() -> asked.answer().completeExceptionally(e));
            }
        }
        for (Asked asked : doubtful) {
            LimitExceeded refusal = quotas.refusal(asked.move());
            completions.add(
                    refusal == null
                            ? () -> offer(asked.again(), batcher::offer)
                            : () -> asked.answer().completeExceptionally(refusal));
        }
        return () -> completions.forEach(Runnable::run);
    }

    private static void tell(Consumer<TransitionResult> listener, TransitionResult moved) {
        try {
            listener.accept(moved);
        } catch (RuntimeException e) {
            LOG.error("Job {}: a listener failed", moved.job().id(), e);
        }
    }

    private static boolean isCausedBy(Throwable e, String error) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && cause.getMessage().contains(error)) {
                return true;
            }
        }
        return false;
    }

    /** @throws InvalidJobMessage if what lies under the key of the job is none: asking again would not help */
    private static TransitionResult moved(JobTransition move, List<?> values) {
        Job before = move.job();
        if ((Long) values.get(0) < 0) {
            throw new InvalidJobMessage(
                    HASH + before.id() + " in Redis is not the hash of a job: " + text(values.get(1)));
        }
        Job now = new Job(
                before.id(),
                before.type(),
                before.payload(),
                before.token(),
                JobState.valueOf(text(values.get(1))),
                number(values.get(2)),
                number(values.get(3)));
        return new TransitionResult(
                (Long) values.get(0) == 1,
                now,
                number(values.get(4)),
                (Long) values.get(5),
                text(values.get(6)),
                (Long) values.get(7) == 1,
                Duration.ofMillis((Long) values.get(8)));
    }

    private static String text(Object value) {
        return new String((byte[]) value, UTF_8);
    }

    private static int number(Object value) {
        return (int) Math.min((Long) value, Integer.MAX_VALUE);
    }

    /** @param user who submitted the job, by its hash; empty if nobody had logged in, or its message came from elsewhere */
    private void outdate(JobTransition move, TransitionResult moved, String user) {
        String id = moved.job().id();
        if (moved.state().terminal() && (moved.state() != JobState.FAILED || move.isBurial())) {
            changes.remove(DUE, id);
        }
        if (moved.done() && moved.state() != JobState.QUEUED) {
            changes.remove(QUEUED, id);
        }
        if (moved.state().terminal() && !user.isEmpty()) {
            changes.remove(JobQuotas.OPEN + user, id);
        }
        if (!moved.changed()) {
            quotas.returned(move);
        }
    }

    private static CompletableFuture<TransitionResult> boundedBySubmission(Throwable failure) {
        return CompletableFuture.failedFuture(
                failure instanceof TimeoutException
                        ? new QueryTimeoutException("Redis did not answer within " + SUBMIT_TIMEOUT, failure)
                        : failure);
    }

    /** The hashes of several jobs, in their order, in one round trip; an empty one where there is none. */
    @SuppressWarnings("unchecked")
    public List<Map<String, String>> hashes(Collection<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        List<Object> results =
                read(ids, (connection, key) -> connection.hashCommands().hGetAll(key));
        return results.stream()
                .map(hash -> hash == null ? Map.<String, String>of() : (Map<String, String>) hash)
                .toList();
    }

    /** Some fields of several jobs, in their order, in one round trip; a field that is not there is left out. */
    public List<Map<String, String>> fields(Collection<String> ids, List<String> names) {
        if (ids.isEmpty()) {
            return List.of();
        }
        byte[][] wanted = names.stream().map(JobStore::bytes).toArray(byte[][]::new);
        List<Object> results =
                read(ids, (connection, key) -> connection.hashCommands().hMGet(key, wanted));
        List<Map<String, String>> hashes = new ArrayList<>(results.size());
        for (Object result : results) {
            List<?> values = result == null ? List.of() : (List<?>) result;
            Map<String, String> hash = new HashMap<>();
            for (int i = 0; i < values.size(); i++) {
                if (values.get(i) != null) {
                    hash.put(names.get(i), (String) values.get(i));
                }
            }
            hashes.add(hash);
        }
        return hashes;
    }

    /** One answer for each id, null where something else than a hash lies under its key. */
    private List<Object> read(Collection<String> ids, BiConsumer<RedisConnection, byte[]> command) {
        try {
            return execute(connection -> {
                ids.forEach(id -> command.accept(connection, bytes(HASH + id)));
                return null;
            });
        } catch (RedisPipelineException e) {
            if (!isCausedBy(e, "WRONGTYPE")) {
                throw e;
            }
            List<Object> results = new ArrayList<>();
            if (ids.size() == 1) {
                results.add(null);
            } else {
                ids.forEach(id -> results.addAll(read(List.of(id), command)));
            }
            return results;
        }
    }

    /** The states of several jobs, in their order, in one round trip; NEW where there is no hash. */
    public List<JobState> states(Collection<String> ids) {
        return fields(ids, List.of("state", "status")).stream()
                .map(Job::stateOf)
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String load() {
        try (var in = new ClassPathResource("job-move.lua", JobStore.class).getInputStream()) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void destroy() {
        batcher.offer(NO_MOVE); // for the changes that wait
        batcher.close();
        handlers.close();
    }

    /** @param looked whether it was held back until Redis has said how much its user has */
    private record Asked(JobTransition move, CompletableFuture<TransitionResult> answer, boolean looked) {
        Asked again() {
            return new Asked(move, answer, true);
        }
    }
}
