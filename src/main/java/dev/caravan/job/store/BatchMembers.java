package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;
import static dev.caravan.job.store.RedisPipeline.text;

import dev.caravan.component.batch.Batcher;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTransition.Admission;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * The members of batches, in keys of one hash slot for each batch:
 *
 * <ul>
 *   <li>{@value #KEY}{@code {<batch>}}: the batch, a hash; {@code finished}, {@code failed} and {@code cancelled} count its
 *       members that have ended
 *   <li>{@code …:members}: the ids of its jobs, by the time of their submission
 *   <li>{@code …:open}: those that have not ended, and some whose submission was not accepted; with a {@value #NESTED} before
 *       the id, the batches in it
 *   <li>{@code …:nested}: the batches in it, by the time of their creation
 * </ul>
 *
 * <p>A member is open before its hash is written, and until after that says that it has ended: a crash in between leaves one too
 * many. It is counted when it is removed, by one script, so once. What is not stored after all leaves the batch, by the time at
 * which that had taken it: a submission with the same key that came in between has a later one, and stays. Thread-safe.
 */
@Component
public class BatchMembers implements DisposableBean {
    /** What the key of a batch begins with. */
    public static final String KEY = "caravan:jobs:batch:";
    /** No id of a job begins so. */
    public static final String NESTED = "/";

    private static final int CAPACITY = 10_000;
    private static final int BATCH = 128;

    /**
     * KEYS: batch, open, members, nested. Arguments: user, ids. Returns for each id the time if it is a new member, {@code OK} if
     * it is one already, since its submission is repeated, or why it may not become one.
     */
    private static final byte[] ADMIT = bytes(
            """
            local time = redis.call('TIME')
            local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
            local batch = redis.call('HMGET', KEYS[1], 'state', 'user', 'max', 'kept')
            local replies, added = {}, false
            for i = 2, #ARGV do
              local reply = 'OK'
              if not batch[1] then
                reply = 'NONE'
              elseif batch[2] ~= ARGV[1] then
                reply = 'FOREIGN'
              elseif redis.call('ZSCORE', KEYS[3], ARGV[i]) then
                local before = redis.call('ZSCORE', KEYS[2], ARGV[i])
                if before then -- later than before: END of what was withdrawn may be late
                  redis.call('ZADD', KEYS[2], string.format('%.0f', math.max(tonumber(now), before + 1)), ARGV[i])
                end
              elseif batch[1] ~= 'OPEN' then
                reply = 'CLOSED'
              elseif redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4]) >= tonumber(batch[3]) then
                reply = 'FULL'
              else
                redis.call('ZADD', KEYS[2], now, ARGV[i])
                redis.call('ZADD', KEYS[3], now, ARGV[i])
                reply, added = now, true
              end
              replies[#replies + 1] = reply
            end
            if added then
              for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], batch[4]) end
            end
            return replies
            """);

    /**
     * KEYS: as above. Arguments: an entry, what it counts as, or '' for one that is no member after all, and the time up to which
     * that was admitted which is none; and so on.
     */
    private static final byte[] END = bytes(
            """
            if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
            for i = 1, #ARGV, 3 do
              if ARGV[i + 1] == '' then
                local admitted = redis.call('ZSCORE', KEYS[2], ARGV[i])
                if admitted and tonumber(admitted) <= tonumber(ARGV[i + 2]) then
                  redis.call('ZREM', KEYS[2], ARGV[i])
                  redis.call('ZREM', KEYS[3], ARGV[i])
                  if string.sub(ARGV[i], 1, 1) == '/' then redis.call('ZREM', KEYS[4], string.sub(ARGV[i], 2)) end
                end
              elseif redis.call('ZREM', KEYS[2], ARGV[i]) == 1 then
                redis.call('HINCRBY', KEYS[1], ARGV[i + 1], 1)
              end
            end
            return 1
            """);

    private final RedisPipeline pipeline;
    private final Executor executor;
    private final Batcher<Entry> batcher;

    private record Entry(JobTransition submission, CompletableFuture<JobTransition> admitted) {}

    /** Those that one call of the script admits. */
    private record Group(String batch, String user) {}

    /** @param executor admits members, and runs what follows */
    public BatchMembers(StringRedisTemplate redis, @Qualifier("batchExecutor") Executor executor) {
        this.pipeline = new RedisPipeline(redis);
        this.executor = executor;
        this.batcher = new Batcher<>(executor, CAPACITY, BATCH, this::admit);
    }

    /** The keys of a batch: itself, the set of those that are open, of its members, of the batches in it. */
    public static List<String> keys(String batch) {
        String key = KEY + "{" + batch + "}";
        return List.of(key, key + ":open", key + ":members", key + ":nested");
    }

    /**
     * Makes a job that is submitted a member of its batch.
     *
     * @return the submission, with its admission if it is a new member; fails with a {@link ResponseStatusException} if it may not
     *     be one, or with a {@link org.springframework.dao.DataAccessException} if Redis does not respond
     */
    public CompletableFuture<JobTransition> admit(JobTransition submission) {
        Entry entry = new Entry(submission, new CompletableFuture<>());
        if (!batcher.offer(entry)) {
            entry.admitted.completeExceptionally(
                    new DataAccessResourceFailureException(CAPACITY + " members of batches wait for Redis already"));
        }
        return entry.admitted
                .orTimeout(JobStore.SUBMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyComposeAsync(JobStore::submissionTimedOut, executor);
    }

    /** The withdrawal of a submission, by which it leaves the batch that had taken it. */
    public JobTransition leave(JobTransition withdrawal, JobTransition submission) {
        return withdrawal.admitted(submission.admission());
    }

    private Runnable admit(List<Entry> entries) {
        Map<Group, List<Entry>> groups = new LinkedHashMap<>();
        for (Entry entry : entries) {
            String user = entry.submission.user();
            groups.computeIfAbsent(
                            new Group(entry.submission.batch(), user == null ? "" : user), key -> new ArrayList<>())
                    .add(entry);
        }
        try {
            List<Object> replies = pipeline.raw(connection -> groups.forEach((group, members) -> {
                List<String> arguments = new ArrayList<>(keys(group.batch));
                arguments.add(group.user);
                members.forEach(entry -> arguments.add(entry.submission.job().id()));
                connection.scriptingCommands().eval(ADMIT, ReturnType.MULTI, 4, bytes(arguments));
            }));
            List<Runnable> completions = new ArrayList<>(entries.size());
            int next = 0;
            for (List<Entry> members : groups.values()) {
                List<?> reply = (List<?>) replies.get(next++);
                for (int i = 0; i < members.size(); i++) {
                    Entry entry = members.get(i);
                    String answer = text(reply.get(i));
                    completions.add(() -> complete(entry, answer));
                }
            }
            return () -> completions.forEach(Runnable::run);
        } catch (RuntimeException e) {
            return () -> entries.forEach(entry -> entry.admitted.completeExceptionally(e));
        }
    }

    private static void complete(Entry entry, String reply) {
        JobTransition submission = entry.submission;
        if (reply.equals("OK")) {
            entry.admitted.complete(submission);
        } else if (Character.isDigit(reply.charAt(0))) {
            entry.admitted.complete(submission.admitted(new Admission(submission.batch(), Long.parseLong(reply))));
        } else {
            entry.admitted.completeExceptionally(rejected(reply));
        }
    }

    /** Why something may not be in a batch, by the reply of a script. */
    public static ResponseStatusException rejected(String reply) {
        return switch (reply) {
            case "NONE" ->
                new ResponseStatusException(
                        HttpStatus.NOT_FOUND, "There is no such batch; if there was, it has expired.");
            case "FOREIGN" ->
                new ResponseStatusException(
                        HttpStatus.FORBIDDEN, "The batch is another user's: only its owner may add to it.");
            case "CLOSED" ->
                new ResponseStatusException(HttpStatus.CONFLICT, "The batch is closed: nothing may be added to it.");
            case "FULL" ->
                new ResponseStatusException(
                        HttpStatus.CONFLICT,
                        "The batch has as many members as it may have (caravan.batches.max-members).");
            default -> throw new IllegalStateException("Redis replied " + reply);
        };
    }

    /**
     * How an entry leaves the set of those that are open.
     *
     * @param count what it counts as, as {@link #countOf} says
     * @param upTo if it counts as nothing: when it was admitted, at the latest; what is submitted again later stays
     */
    public record Ending(String count, long upTo) {}

    /** Entries of a batch are not open any more. */
    public void end(String batch, Map<String, Ending> entries) {
        if (!entries.isEmpty()) {
            pipeline.raw(connection -> end(connection, batch, entries));
        }
    }

    static void end(RedisConnection connection, String batch, Map<String, Ending> entries) {
        List<String> arguments = new ArrayList<>(keys(batch));
        entries.forEach((id, ending) -> {
            arguments.add(id);
            arguments.add(ending.count);
            arguments.add(Long.toString(ending.upTo));
        });
        connection.scriptingCommands().eval(END, ReturnType.INTEGER, 4, bytes(arguments));
    }

    /** The field of the batch that counts members that have ended so; empty for what was never a member. */
    public static String countOf(JobState state) {
        return state == JobState.FINISHED || state == JobState.FAILED || state == JobState.CANCELLED
                ? state.name().toLowerCase(Locale.ROOT)
                : "";
    }

    @Override
    public void destroy() {
        batcher.close();
    }
}
