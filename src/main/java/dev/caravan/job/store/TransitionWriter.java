package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.component.batch.Batcher;
import dev.caravan.http.LimitExceeded;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisPipelineException;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * Writes transitions of jobs to Redis: each one atomic and fenced by one script, many of them in one round trip.
 *
 * <p>The hash is the truth. The sorted sets beside it ({@link SetChanges}) say where to look. An entry is added before the
 * hash changes and removed after that, each key on its own: a crash in between leaves an entry too many and never one too
 * few, and a Redis Cluster can hold the keys. Entries are removed with the next batch, or {@value #SETTLE_MILLIS} ms later
 * if none follows.
 *
 * <p>Thread-safe.
 */
final class TransitionWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransitionWriter.class);
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;
    private static final int DEAD_CONNECTIONS = 4;
    private static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** How long replicas may take; well within the time that a submission waits for Redis. */
    private static final int WAIT_MILLIS = 1000;

    private static final int SETTLE_MILLIS = 20;
    private static final int SETTLE_LATER_MILLIS = 1000;
    /** Makes a batch although nobody wants a transition. */
    private static final Request FLUSH = new Request(null, CompletableFuture.completedFuture(null), 0, false);

    private final StringRedisTemplate redis;
    /** Touched by one batch at a time only, as is all that a batch writes. */
    private final DedicatedConnection connection;

    private final JobHashes hashes;
    private final TransitionScript script = new TransitionScript();
    private final Executor executor;
    private final Batcher<Request> batcher;
    private final List<Consumer<TransitionResult>> listeners;
    private final AtomicBoolean flushPlanned = new AtomicBoolean();
    /** What the next batch writes to the sets. Touched by one batch at a time only, as are the quotas. */
    private SetChanges changes = new SetChanges();

    private volatile BiPredicate<String, JobState> endsNoted = (type, end) -> false;
    private final RedisClock clock = new RedisClock();
    private final JobQuotas quotas;
    private final Retained retained;
    private final int replicas;

    /**
     * @param begun when it was asked for, {@link System#nanoTime}
     * @param checked whether it was held back until Redis has replied how much its user has
     */
    private record Request(
            JobTransition transition, CompletableFuture<TransitionResult> result, long begun, boolean checked) {
        /** The same, now that Redis has replied how much its user has, or what time it is. */
        Request again(boolean isChecked) {
            return new Request(transition, result, begun, isChecked);
        }
    }

    TransitionWriter(
            StringRedisTemplate redis,
            List<Consumer<TransitionResult>> listeners,
            JobSettings settings,
            Executor executor,
            Retained retained) {
        this.redis = redis;
        this.retained = retained;
        this.replicas = settings.waitReplicas();
        this.connection = new DedicatedConnection(redis.getRequiredConnectionFactory());
        this.hashes = new JobHashes(redis);
        this.quotas = new JobQuotas(settings);
        this.listeners = listeners;
        this.executor = executor;
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::write);
    }

    /** Loads the script and opens the connection. Redis may be down. */
    void connect() {
        try {
            loadScript();
            connection.pipeline(first -> first.keyCommands().exists(bytes(JobIndex.TYPES)));
        } catch (DataAccessException e) {
            LOG.debug("Redis does not respond; the node logs when it is ready", e);
        }
    }

    private void loadScript() {
        redis.execute((RedisCallback<Void>) connection -> {
            script.load(connection);
            return null;
        });
        retained.mark(); // a Redis that does not know the script may have lost all else, too
    }

    void noteEnds(BiPredicate<String, JobState> wanted) {
        endsNoted = wanted;
    }

    private boolean isNotedEnd(String type, JobState state) {
        return state.terminal() && state != JobState.WITHDRAWN && endsNoted.test(type, state);
    }

    /** Writes a transition with the next batch. Fails as {@link JobStore#write} does. */
    CompletableFuture<TransitionResult> write(JobTransition transition) {
        Request request = new Request(transition, new CompletableFuture<>(), System.nanoTime(), false);
        add(request);
        return request.result();
    }

    /** Writes nothing of a submission but that it leaves its batch. */
    CompletableFuture<TransitionResult> reject(JobTransition submission, Throwable why) {
        Request request = new Request(submission, CompletableFuture.failedFuture(why), System.nanoTime(), false);
        if (submission.admission() != null) {
            batcher.offer(request);
        }
        return request.result();
    }

    private void add(Request request) {
        if (!batcher.offer(request)) {
            request.result()
                    .completeExceptionally(
                            new DataAccessResourceFailureException(CAPACITY + " transitions wait for Redis already"));
        }
    }

    /** Writes a batch in one pipeline. Returns the completion of the futures. */
    private Runnable write(List<Request> batch) {
        List<Request> admitted = new ArrayList<>(batch.size());
        List<Request> doubtful = new ArrayList<>(0);
        for (Request request : batch) {
            if (!request.result().isDone()) {
                (quotas.admits(request.transition(), request.checked()) ? admitted : doubtful).add(request);
            } else if (request.transition() != null && request.transition().isSubmission()) {
                changes.leave(request.transition()); // it was rejected, or is late, before it was sent
            }
        }
        if (admitted.isEmpty() && doubtful.isEmpty() && changes.isEmpty()) {
            return () -> {};
        }
        try {
            boolean wait = replicas > 0
                    && admitted.stream()
                            .anyMatch(request -> request.transition().isSubmission());
            List<Object> replies = send(admitted, wait);
            changes = new SetChanges();
            int end = replies.size() - (wait ? 1 : 0);
            int first = end - admitted.size();
            boolean replicated = !wait || (Long) replies.get(end) >= replicas;
            quotas.read(replies.subList(first - quotas.replies(), first));
            quotas.suspects().forEach(this::removeEnded);
            Runnable completion = complete(admitted, replies.subList(first, end), doubtful, replicated);
            planFlush(SETTLE_MILLIS);
            return completion;
        } catch (RuntimeException | Error e) {
            quotas.forget();
            planFlush(SETTLE_LATER_MILLIS);
            return () -> {
                admitted.forEach(request -> request.result().completeExceptionally(e));
                doubtful.forEach(request -> request.result().completeExceptionally(e));
            };
        }
    }

    private List<Object> send(List<Request> batch, boolean wait) {
        SetChanges before = new SetChanges();
        long now = clock.now();
        for (Request request : batch) {
            JobTransition transition = request.transition();
            before.announce(transition, now, quotas.countsJobs());
            if (!transition.isBurial() && isNotedEnd(transition.job().type(), transition.to())) {
                before.noteEnd(transition.job().id(), now);
            }
            if (transition.isBirth()) {
                changes.type(transition.job().type());
                changes.tags(transition.tags());
            }
        }
        Consumer<RedisConnection> commands = connection -> {
            changes.write(connection);
            before.write(connection);
            changes.writeTypes(connection);
            quotas.ask(connection, now);
            batch.forEach(request -> script.call(connection, request.transition(), by(request)));
            if (wait) {
                connection.execute("WAIT", bytes(Integer.toString(replicas)), bytes(Long.toString(WAIT_MILLIS)));
            }
        };
        // What a failed pipeline has done already is done once: by its token.
        boolean loaded = false;
        for (int dead = 0; ; dead++) {
            long begin = System.nanoTime();
            try {
                return connection.pipeline(commands);
            } catch (RedisPipelineException e) {
                if (loaded || !RedisPipeline.isCausedBy(e, "NOSCRIPT")) {
                    throw e;
                }
                quotas.markWritten();
                loadScript();
                loaded = true;
            } catch (RedisConnectionFailureException e) {
                // At once: the connection was dead, as those of the pool may be. After a while: Redis is away.
                if (dead == DEAD_CONNECTIONS || System.nanoTime() - begin > AT_ONCE_NANOS) {
                    throw e;
                }
            }
        }
    }

    /** A submission that Redis gets later than its client is told that it failed must not be stored. */
    private long by(Request request) {
        return request.transition().isSubmission()
                ? clock.now()
                        + JobStore.SUBMIT_TIMEOUT.toMillis()
                        - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - request.begun())
                : 0;
    }

    /** @param replicated whether what was submitted has reached as many replicas as it must */
    private Runnable complete(List<Request> batch, List<Object> replies, List<Request> doubtful, boolean replicated) {
        List<Runnable> completions = new ArrayList<>(batch.size() + doubtful.size());
        for (int i = 0; i < batch.size(); i++) {
            Request request = batch.get(i);
            try {
                long late = script.tooLate((List<?>) replies.get(i));
                if (late > 0) {
                    quotas.giveBack(request.transition());
                    clock.set(late);
                    // Its client waits still if the clock was wrong.
                    completions.add(() -> add(request.again(request.checked())));
                    continue;
                }
                TransitionScript.Reply reply = script.read(request.transition(), (List<?>) replies.get(i));
                TransitionResult result = reply.result();
                if (!result.changed()) {
                    quotas.giveBack(request.transition());
                }
                changes.follow(request.transition(), reply);
                // One that was cancelled, or has expired, ends by what would have moved it on.
                if (result.changed()
                        && result.state() != request.transition().to()
                        && isNotedEnd(result.job().type(), result.state())) {
                    changes.noteEnd(result.job().id(), clock.now());
                }
                clock.follow(request.transition(), reply);
                completions.add(() -> {
                    listeners.forEach(listener -> notify(listener, result));
                    if (replicated || !request.transition().isSubmission()) {
                        request.result().complete(result);
                    } else {
                        request.result()
                                .completeExceptionally(new DataAccessResourceFailureException(
                                        "Fewer than " + replicas + " replicas of Redis have the job"));
                    }
                });
            } catch (RuntimeException e) {
                completions.add(() -> request.result().completeExceptionally(e));
            }
        }
        for (Request request : doubtful) {
            LimitExceeded exceeded = quotas.exceeded(request.transition());
            if (exceeded == null) {
                completions.add(() -> add(request.again(true)));
            } else {
                changes.leave(request.transition());
                completions.add(() -> request.result().completeExceptionally(exceeded));
            }
        }
        return () -> completions.forEach(Runnable::run);
    }

    private static void notify(Consumer<TransitionResult> listener, TransitionResult result) {
        try {
            listener.accept(result);
        } catch (RuntimeException e) {
            LOG.error(
                    "Job {}: a listener of its transitions failed", result.job().id(), e);
        }
    }

    /** Writes the changes although no transition follows for a while. */
    private void planFlush(int millis) {
        if (!changes.isEmpty() && flushPlanned.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, executor)
                    .execute(() -> {
                        flushPlanned.set(false);
                        batcher.offer(FLUSH);
                    });
        }
    }

    /** Removes those that have ended from the jobs of a user who has reached the limit. */
    private void removeEnded(String user, List<String> ids) {
        try {
            List<JobState> states = hashes.states(ids);
            for (int i = 0; i < ids.size(); i++) {
                if (states.get(i).terminal() || states.get(i) == JobState.NEW) {
                    changes.remove(JobQuotas.OPEN + user, ids.get(i));
                    quotas.ended(user);
                }
            }
        } catch (DataAccessException e) {
            LOG.debug("The jobs of a user are checked later", e);
        }
    }

    @Override
    public void close() {
        batcher.offer(FLUSH); // writes the changes
        batcher.close();
        connection.close();
    }
}
