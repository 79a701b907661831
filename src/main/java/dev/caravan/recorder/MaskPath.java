package dev.caravan.recorder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.routes.recording.SecretNames;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Version;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.exception.JsonQueryException;

/** A path of jq whose values are hidden. Immutable and thread-safe. */
final class MaskPath {
    /** That of Camel's language jq. */
    private static final Version VERSION = Versions.JQ_1_7;

    private final JsonQuery query;

    /** @throws IllegalArgumentException if it is no path of jq */
    MaskPath(String path) {
        try {
            this.query = JsonQuery.compile(
                    "((" + path + ")? | select(. != null)) |= \"" + SecretNames.HIDDEN + "\"", VERSION);
        } catch (JsonQueryException e) {
            throw new IllegalArgumentException(
                    "caravan.recorder.mask-paths: " + path + " is not a path of jq: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }

    /**
     * The same JSON without the values at this path.
     *
     * @throws IllegalArgumentException if that is not known
     */
    JsonNode hideIn(JsonNode json) {
        JsonNode[] hidden = new JsonNode[1];
        try {
            query.apply(Scope.newChildScope(Functions.BUILT_IN), json, found -> hidden[0] = found);
        } catch (JsonQueryException
                | RuntimeException
                | StackOverflowError e) { // some functions do not check what they get
            throw new IllegalArgumentException("a path of caravan.recorder.mask-paths fails", e);
        }
        if (hidden[0] == null) {
            throw new IllegalArgumentException("a path of caravan.recorder.mask-paths leaves nothing");
        }
        return hidden[0];
    }

    /** Loaded with the first path. */
    private static final class Functions {
        private static final Scope BUILT_IN = Scope.newEmptyScope();

        static {
            BuiltinFunctionLoader.getInstance().loadFunctions(VERSION, BUILT_IN);
        }
    }
}
