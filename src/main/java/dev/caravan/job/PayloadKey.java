package dev.caravan.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Version;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.exception.JsonQueryException;

/**
 * A jq expression that reads a key from the payload of a job, such as {@code .customer}. Immutable and thread-safe. What its author
 * wrote runs as it is: an expression without an end does not end.
 */
public final class PayloadKey {
    /** The longest key as text, in characters. */
    public static final int MAX_LENGTH = 200;

    /** That of Camel's language jq. */
    private static final Version VERSION = Versions.JQ_1_7;

    private static final JsonMapper JSON = new JsonMapper();

    private final String text;
    private final JsonQuery query;

    /** @throws IllegalArgumentException if it is no jq */
    PayloadKey(String text) {
        this.text = text;
        try {
            this.query = JsonQuery.compile(text, VERSION);
        } catch (JsonQueryException e) {
            throw new IllegalArgumentException(
                    "is not jq: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }

    /** The expression. */
    public String text() {
        return text;
    }

    /**
     * The key of a payload: a text as it is, any other value as JSON.
     *
     * @param payload JSON text; null is what a handler gets, <code>{}</code>
     * @return null if the value is null, or there is none
     * @throws IllegalArgumentException if the expression fails, gives several values, or gives too long a key; the message says so
     */
    public String of(String payload) {
        JsonNode value = value(payload);
        if (value == null) {
            return null;
        }
        String key = value.isTextual() ? value.textValue() : value.toString();
        if (key.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(text + " gives a key of more than " + MAX_LENGTH + " characters");
        }
        return key;
    }

    /** The same, as JSON of any length: 7 and "7" are two keys. */
    JsonNode value(String payload) {
        List<JsonNode> values = new ArrayList<>(2);
        try {
            query.apply(
                    Scope.newChildScope(Functions.BUILT_IN),
                    JSON.readTree(payload == null ? "{}" : payload),
                    value -> addOnly(value, values));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text + " fails: " + e.getOriginalMessage(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException(text + " fails: it calls itself without end", e);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) { // some functions of jq do not check what they get
            throw new IllegalArgumentException(text + " fails: " + e, e);
        }
        return values.isEmpty() || values.get(0).isNull() ? null : values.get(0);
    }

    private void addOnly(JsonNode value, List<JsonNode> values) {
        if (!values.isEmpty()) {
            throw new IllegalArgumentException(text + " gives several values");
        }
        values.add(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PayloadKey key && key.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }

    /** Loaded with the first key. */
    private static final class Functions {
        private static final Scope BUILT_IN = Scope.newEmptyScope();

        static {
            BuiltinFunctionLoader.getInstance().loadFunctions(VERSION, BUILT_IN);
        }
    }
}
