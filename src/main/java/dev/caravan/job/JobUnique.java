package dev.caravan.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Version;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.exception.JsonQueryException;

/**
 * What makes the jobs of a type unique: the key that a jq expression gives for a payload, and how long no other job of the type
 * may have the same one. Thread-safe.
 */
public final class JobUnique {
    /** Until its first attempt begins. */
    public static final String QUEUED = "queued";
    /** Until it has ended. */
    public static final String RUNNING = "running";

    private static final int LONGEST = 1024;
    /** That of Camel's language jq. */
    private static final Version VERSION = Versions.JQ_1_7;

    private static final JsonMapper JSON = new JsonMapper();

    private final String expression;
    private final String period;
    private final JsonQuery query;

    /**
     * @param expression jq
     * @param period as {@link #isPeriod} wants it
     * @throws IllegalArgumentException if the expression is none; the message says why
     */
    JobUnique(String expression, String period) {
        this.expression = expression;
        this.period = period;
        try {
            this.query = JsonQuery.compile(expression, VERSION);
        } catch (JsonQueryException e) {
            throw new IllegalArgumentException(
                    "is no jq: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }

    /** Loaded for the first key that is asked for. */
    private static final class Functions {
        private static final Scope SCOPE = Scope.newEmptyScope();

        static {
            BuiltinFunctionLoader.getInstance().loadFunctions(VERSION, SCOPE);
        }
    }

    /** Whether this says how long a key holds: {@value #QUEUED}, {@value #RUNNING}, or a duration from the submission on. */
    static boolean isPeriod(String text) {
        Duration duration = text == null ? null : JobType.duration(text);
        return QUEUED.equals(text) || RUNNING.equals(text) || duration != null && duration.toMillis() > 0;
    }

    /** The jq expression. */
    public String expression() {
        return expression;
    }

    public String period() {
        return period;
    }

    /**
     * The key of a job, JSON text.
     *
     * @throws PayloadMismatch if its payload gives none
     */
    String keyOf(Job job) {
        List<JsonNode> keys = new ArrayList<>(1);
        try {
            JsonNode payload = JSON.readTree(job.payload() == null ? "{}" : job.payload());
            query.apply(Scope.newChildScope(Functions.SCOPE), payload, keys::add);
        } catch (JsonProcessingException e) {
            throw none(job, "fails: " + e.getOriginalMessage());
        } catch (StackOverflowError e) {
            throw none(job, "fails: it calls itself without end");
        }
        if (keys.size() != 1 || keys.get(0).isNull()) {
            throw none(
                    job, "gives " + (keys.size() == 1 ? "null" : keys.size() + " values") + ", and must give one key");
        }
        String key = keys.get(0).toString();
        if (key.length() > LONGEST) {
            throw none(job, "gives a key that is longer than " + LONGEST + " characters");
        }
        return key;
    }

    private PayloadMismatch none(Job job, String why) {
        return new PayloadMismatch(
                job.type(), List.of(new JobInput.Mismatch("", "x-unique " + expression + " " + why)));
    }
}
