package dev.caravan.job.batch;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.RedisPipeline;
import java.util.ArrayList;
import java.util.List;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;

/** A script on the {@link BatchMembers#keys four keys} of a batch, which has the time of Redis as {@code now}. Immutable. */
final class BatchScript {
    private static final String NOW =
            """
            local time = redis.call('TIME')
            local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
            """;

    private final byte[] text;
    private final ReturnType reply;

    /** One that returns 1 if it has done something, else 0. */
    BatchScript(String text) {
        this(text, ReturnType.INTEGER);
    }

    BatchScript(String text, ReturnType reply) {
        this.text = bytes(NOW + text);
        this.reply = reply;
    }

    /** Adds a call to a pipeline. */
    void call(RedisConnection connection, String batch, List<String> arguments) {
        List<String> all = new ArrayList<>(BatchMembers.keys(batch));
        all.addAll(arguments);
        connection.scriptingCommands().eval(text, reply, 4, bytes(all));
    }

    /** The reply to one call. */
    Object run(RedisPipeline pipeline, String batch, List<String> arguments) {
        return pipeline.text(connection -> call(connection, batch, arguments)).get(0);
    }

    /** Whether a call that had this reply has done something. */
    static boolean isDone(Object reply) {
        return Long.valueOf(1).equals(reply);
    }
}
