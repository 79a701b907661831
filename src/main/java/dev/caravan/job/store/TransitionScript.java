package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;
import static dev.caravan.job.store.RedisPipeline.text;

import dev.caravan.job.InvalidJobMessage;
import dev.caravan.job.Job;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.jedis.JedisConnection;
import org.springframework.data.redis.core.script.RedisScript;

/** Calls {@code job-transition.lua}, which makes one transition of one job, and reads its reply. Immutable. */
final class TransitionScript {
    private static final byte[] ONE_KEY = bytes("1");
    private static final int CONDITIONS = 5;
    private static final long TOO_LATE = -2;

    private final byte[] script;
    private final byte[] sha;

    TransitionScript() {
        RedisScript<String> file =
                RedisScript.of(new ClassPathResource("job-transition.lua", TransitionScript.class), String.class);
        this.script = bytes(file.getScriptAsString());
        this.sha = bytes(file.getSha1());
    }

    /**
     * What Redis replied to a transition.
     *
     * @param user who submitted the job; empty if nobody had logged in, or another service sent its message
     * @param type the type before
     * @param createdAt when it was submitted, epoch milliseconds
     * @param found whether that was unknown before, since another service had stored the job
     * @param batch the batch that it was a member of; null if of none
     */
    record Reply(TransitionResult result, String user, String type, long createdAt, boolean found, String batch) {}

    /** Makes the script known to Redis, which forgets it when it restarts. */
    void load(RedisConnection connection) {
        connection.scriptingCommands().scriptLoad(script);
    }

    /**
     * Adds the call to a pipeline.
     *
     * @param by the time of Redis after which a submission comes too late; 0 for any other transition
     */
    void call(RedisConnection connection, JobTransition transition, long by) {
        List<String> arguments = transition.arguments();
        if (by > 0) {
            arguments.set(CONDITIONS, arguments.get(CONDITIONS) + "by:" + by + ",");
        }
        byte[][] command = new byte[arguments.size() + 3][];
        command[0] = sha;
        command[1] = ONE_KEY;
        command[2] = bytes(JobHashes.KEY + transition.job().id());
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

    /** The time of Redis, if a submission came too late and nothing is stored of it; else 0. */
    long tooLate(List<?> values) {
        return (Long) values.get(0) == TOO_LATE ? Long.parseLong(text(values.get(1))) : 0;
    }

    /** @throws InvalidJobMessage if the key of the job holds something else than a hash: a retry would not help */
    Reply read(JobTransition transition, List<?> values) {
        Job before = transition.job();
        if ((Long) values.get(0) < 0) {
            throw new InvalidJobMessage(
                    JobHashes.KEY + before.id() + " in Redis is not the hash of a job: " + text(values.get(1)));
        }
        JobState was = JobState.valueOf(text(values.get(10)));
        boolean isNew = was == JobState.NEW || was == JobState.WITHDRAWN;
        Job now = new Job(
                before.id(),
                before.type(),
                before.payload(),
                before.token(),
                JobState.valueOf(text(values.get(1))),
                number(values.get(2)),
                number(values.get(3)),
                number(values.get(14)),
                (Long) values.get(12),
                isNew ? before.priority() : JobPriority.of(text(values.get(18))));
        TransitionResult result = new TransitionResult(
                (Long) values.get(0) == 1,
                now,
                was,
                number(values.get(4)),
                (Long) values.get(5),
                text(values.get(6)),
                (Long) values.get(7) == 1,
                (Long) values.get(15) == 1,
                (Long) values.get(16) == 1,
                Duration.ofMillis((Long) values.get(17)),
                Duration.ofMillis((Long) values.get(8)));
        String batch = text(values.get(19));
        return new Reply(
                result,
                text(values.get(9)),
                Job.typeOf(text(values.get(11))),
                (Long) values.get(12),
                (Long) values.get(13) == 1,
                Job.isId(batch) ? batch : null);
    }

    private static int number(Object value) {
        return (int) Math.min((Long) value, Integer.MAX_VALUE);
    }
}
