package dev.caravan.bench.limit;

import static dev.caravan.bench.limit.Job.bytes;

import java.util.Arrays;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.args.RawableFactory;

/** The transitions of a job, each with the arguments that {@code job-transition.lua} of Caravan documents. */
enum Transition {
    SUBMIT(",NEW,WITHDRAWN,", "QUEUED", 2, "Job queued", "share,", 0, 0),
    START(",QUEUED,RUNNING,RETRYING,", "RUNNING", 1, "Job being processed", "start,free,", Transition.LEASE_MILLIS, 0),
    FINISH(",RUNNING,", "FINISHED", 0, "Finished", "attempt,", 0, Transition.RETENTION_MILLIS),
    WITHDRAW(",NEW,QUEUED,", "WITHDRAWN", 5, "Not accepted", "own,", 0, Transition.RETENTION_MILLIS);

    static final int LEASE_MILLIS = 30_000;
    private static final int RETENTION_MILLIS = 24 * 3600 * 1000;
    private static final byte[] KEY = bytes("Job:");
    private static final Rawable ONE_KEY = raw("1");
    private static final Rawable PAYLOAD = raw("payload");
    private static final List<Rawable> BIRTH = raws("id", "type", "default", "result", "");

    private final List<Rawable> beforeAttempt;
    private final List<Rawable> afterAttempt;
    private final List<Rawable> fields;

    Transition(String from, String to, int status, String message, String conditions, int hold, int expiry) {
        this.beforeAttempt = raws(from, to, Integer.toString(status), message);
        this.afterAttempt = raws(conditions, Integer.toString(hold), Integer.toString(expiry));
        this.fields = switch (name()) {
            case "START" -> raws("worker", "limit", "result", "");
            case "FINISH" -> raws("result", "Success");
            default -> List.of();
        };
    }

    CommandArguments call(Rawable script, Job job) {
        CommandArguments call =
                new CommandArguments(Command.EVALSHA).add(script).add(ONE_KEY).add(Job.join(KEY, job.id));
        beforeAttempt.forEach(call::add);
        call.add(job.attempt);
        afterAttempt.forEach(call::add);
        call.add(job.token);
        fields.forEach(call::add);
        if (this == SUBMIT || this == WITHDRAW) {
            call.add(BIRTH.get(0)).add(job.id);
            BIRTH.subList(1, BIRTH.size()).forEach(call::add);
            if (this == SUBMIT && job.payload.length > 0) {
                call.add(PAYLOAD).add(job.payload);
            }
        }
        return call;
    }

    static Rawable raw(String text) {
        return RawableFactory.from(bytes(text));
    }

    private static List<Rawable> raws(String... texts) {
        return Arrays.stream(texts).map(Transition::raw).toList();
    }
}
