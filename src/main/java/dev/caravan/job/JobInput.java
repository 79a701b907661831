package dev.caravan.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.DialectId;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.AbstractKeyword;
import com.networknt.schema.keyword.KeywordType;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.keyword.UniqueItemsValidator;
import com.networknt.schema.path.NodePath;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The JSON Schema (draft 2020-12) of the payloads of a type. Compiled for the first payload, so a node that takes none does not
 * pay for it. Nothing is read from the network or from files. Thread-safe.
 */
public final class JobInput {
    /** How many mismatches of one payload are told. */
    static final int MAX_MISMATCHES = 10;

    /** How many items of an array are compared with each other. */
    static final int MAX_UNIQUE = 1000;

    private static final int LONGEST = 300;
    private static final long MIN_STEPS = 100_000;
    private static final long STEPS_PER_CHARACTER = 30;
    private static final Set<String> REFERENCES = Set.of("$ref", "$dynamicRef");
    private static final JsonMapper JSON =
            JsonMapper.builder().nodeFactory(new FiniteNumbers()).build();

    private final String text;
    private final JsonNode schema;
    private volatile Schema compiled;

    /** @param text JSON */
    JobInput(String text) {
        this.text = text;
        try {
            this.schema = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is not JSON", e);
        }
    }

    /**
     * What is wrong with a payload.
     *
     * @param pointer JSON Pointer of the place in the payload; empty for all of it
     */
    public record Mismatch(String pointer, String message) {
        @Override
        public String toString() {
            return pointer.isEmpty() ? message : pointer + ": " + message;
        }
    }

    /** The schema, JSON text. */
    public String text() {
        return text;
    }

    /**
     * The first mismatches of a payload, at most {@value #MAX_MISMATCHES}; empty if it is valid. Time depends on the schema: what
     * its author wrote as {@code pattern} runs as it is.
     *
     * @param payload JSON text; null is what its handler gets, {@code {}}
     */
    public List<Mismatch> mismatches(String payload) {
        try {
            String json = payload == null ? "{}" : payload;
            return mismatches(compiled(), JSON.readTree(json), json.length());
        } catch (JsonProcessingException e) {
            return List.of(new Mismatch("", cut(e.getOriginalMessage())));
        } catch (NotFinite e) {
            return List.of(new Mismatch("", "has a number that is too large"));
        } catch (StackOverflowError e) {
            throw new IllegalStateException("A schema refers to itself without end: " + cut(text), e);
        }
    }

    /** @throws IllegalArgumentException the schema is none, or refers to another document; the message says why */
    void check() {
        if (!schema.isObject()) {
            throw new IllegalArgumentException("must be a JSON Schema, such as {type: object}");
        }
        checkReferences(schema);
        List<Mismatch> mismatches = mismatches(OfSchemas.SCHEMA, schema, text.length());
        if (!mismatches.isEmpty()) {
            throw new IllegalArgumentException("is no JSON Schema: " + mismatches.get(0));
        }
        try {
            mismatches("{}");
        } catch (SchemaException e) {
            throw new IllegalArgumentException("is no JSON Schema: " + firstLine(e), e);
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("refers to itself without end", e);
        }
    }

    private static void checkReferences(JsonNode node) {
        node.properties().forEach(property -> {
            JsonNode value = property.getValue();
            if (REFERENCES.contains(property.getKey())
                    && value.isTextual()
                    && !value.textValue().startsWith("#")) {
                throw new IllegalArgumentException("has the " + property.getKey() + " \"" + value.textValue()
                        + "\": only references that begin with # are followed");
            }
            if (property.getKey().equals("$schema") && !value.asText().equals(DialectId.DRAFT_2020_12)) {
                throw new IllegalArgumentException("must have the $schema " + DialectId.DRAFT_2020_12 + ", or none");
            }
        });
        node.forEach(JobInput::checkReferences);
    }

    private Schema compiled() {
        Schema result = compiled;
        if (result == null) {
            result = registry(true).getSchema(schema);
            result.initializeValidators();
            compiled = result;
        }
        return result;
    }

    /** One for each schema: an {@code $id} of one is nobody else's. */
    private static SchemaRegistry registry(boolean alone) {
        return SchemaRegistry.withDialect(OfPayloads.DIALECT, registry -> registry.schemaLoader(
                        loader -> loader.block(location -> alone))
                .schemaRegistryConfig(
                        SchemaRegistryConfig.builder().locale(Locale.ROOT).build()));
    }

    /** Loaded for the first schema that is needed. */
    private static final class OfPayloads {
        private static final Dialect DIALECT = Dialect.builder(DialectId.DRAFT_2020_12, Dialects.getDraft202012())
                .keyword(new UniqueItems())
                .build();
    }

    /** Loaded when a file is checked: not at the start of a node with the packaged routes. */
    private static final class OfSchemas {
        private static final Schema SCHEMA = registry(false).getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12));
    }

    private static List<Mismatch> mismatches(Schema schema, JsonNode value, int length) {
        FewErrors errors = new FewErrors(MIN_STEPS + STEPS_PER_CHARACTER * length);
        try {
            schema.validate(errors, value);
        } catch (Enough e) {
            if (errors.steps < 0) {
                return List.of(new Mismatch("", "takes too many steps to compare with the schema"));
            }
        }
        return errors.found.stream().map(JobInput::mismatch).toList();
    }

    private static Mismatch mismatch(Error error) {
        String pointer = error.getInstanceLocation().toString();
        if (error.getProperty() != null) {
            pointer += "/" + error.getProperty().replace("~", "~0").replace("/", "~1");
        }
        String message =
                switch (String.valueOf(error.getKeyword())) {
                    case "required" -> "is missing";
                    case "additionalProperties" -> "is unknown";
                    default -> error.getMessage();
                };
        return new Mismatch(cut(pointer), cut(message));
    }

    private static String firstLine(Throwable failure) {
        return cut(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /**
     * Holds few errors, whatever the payload: else each value of a large one could leave its own. And takes not too many steps: with
     * a schema that refers to itself in two branches, each level of a payload doubles them.
     */
    private static final class FewErrors extends ExecutionContext {
        private final List<Error> found = getErrors();
        /** How many keywords may yet be evaluated. */
        private long steps;

        FewErrors(long steps) {
            super(ExecutionConfig.builder().locale(Locale.ROOT).build());
            this.steps = steps;
        }

        @Override
        public void evaluationPathAddLast(String keyword) {
            super.evaluationPathAddLast(keyword);
            if (--steps < 0) {
                throw new Enough();
            }
        }

        /** Beside the result there are lists of errors that may not count, such as those of the branches of an anyOf. */
        @Override
        public void addError(Error error) {
            if (getErrors().size() < MAX_MISMATCHES) {
                super.addError(error);
            } else if (getErrors() == found) {
                throw new Enough();
            }
        }

        /** Such a list may have been added to the one that is set. */
        @Override
        public void setErrors(List<Error> errors) {
            super.setErrors(errors);
            if (errors.size() > MAX_MISMATCHES) {
                errors.subList(MAX_MISMATCHES, errors.size()).clear();
                if (errors == found) {
                    throw new Enough();
                }
            }
        }
    }

    /** As the draft has it, for few items: equal hashes can make the comparison of many take a minute. */
    private static final class UniqueItems extends AbstractKeyword {
        UniqueItems() {
            super(KeywordType.UNIQUE_ITEMS.getValue());
        }

        @Override
        public KeywordValidator newValidator(
                SchemaLocation location, JsonNode keyword, Schema schema, SchemaContext context) {
            return new UniqueItemsValidator(location, keyword, schema, context) {
                @Override
                public void validate(ExecutionContext errors, JsonNode items, JsonNode root, NodePath place) {
                    if (items.size() <= MAX_UNIQUE || !keyword.asBoolean()) {
                        super.validate(errors, items, root, place);
                    } else {
                        errors.addError(error().instanceLocation(place)
                                .message("has more items than can be compared, " + MAX_UNIQUE)
                                .build());
                    }
                }
            };
        }
    }

    private static final class Enough extends RuntimeException {
        Enough() {
            super(null, null, false, false);
        }
    }

    private static final class NotFinite extends RuntimeException {
        NotFinite() {
            super(null, null, false, false);
        }
    }

    /** A number such as 1e999 is none for Java, and the keywords that compare would fail. */
    private static final class FiniteNumbers extends JsonNodeFactory {
        @Override
        public NumericNode numberNode(double number) {
            if (!Double.isFinite(number)) {
                throw new NotFinite();
            }
            return super.numberNode(number);
        }
    }
}
