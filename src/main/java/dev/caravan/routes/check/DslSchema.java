package dev.caravan.routes.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How things are written out in Camel's YAML language, by its schema: which option a text stands for, what its options are made
 * of, and where a language may stand without {@code expression} around it.
 */
final class DslSchema {
    static final String EXPRESSION = "expression";
    private static final String REFERENCE = "#/items/definitions/";
    private static final Part UNKNOWN = new Part(null, Map.of(), Set.of());
    private static final Map<String, Part> PARTS = new HashMap<>();
    private static final Part FILE = read();

    private DslSchema() {}

    /**
     * @param shorthand the option that a text alone stands for; null if a text alone says nothing
     * @param options the names of what they, or the items of their lists, are made of; none for those that are texts
     * @param languages those that can stand here without {@code expression}
     */
    record Part(String shorthand, Map<String, String> options, Set<String> languages) {
        Part below(String option) {
            return PARTS.getOrDefault(options.getOrDefault(option, ""), UNKNOWN);
        }
    }

    /** An entry of a file. */
    static Part entry() {
        return FILE;
    }

    private static Part read() {
        try (InputStream in = DslSchema.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            JsonNode schema = new ObjectMapper().readTree(in).path("items");
            schema.path("definitions")
                    .properties()
                    .forEach(definition -> PARTS.put(definition.getKey(), part(definition.getValue())));
            return part(schema);
        } catch (IOException e) {
            throw new UncheckedIOException("The schema in the jar of Camel cannot be read", e);
        }
    }

    private static Part part(JsonNode definition) {
        Map<String, String> options = new HashMap<>();
        collect(definition, options);
        Set<String> languages = new HashSet<>();
        JsonNode properties = definition.path("properties");
        if (isOpen(properties.path(EXPRESSION))) {
            properties.properties().forEach(property -> {
                if (isOpen(property.getValue()) && !property.getKey().equals(EXPRESSION)) {
                    languages.add(property.getKey());
                }
            });
        }
        return new Part(shorthand(definition), Map.copyOf(options), Set.copyOf(languages));
    }

    /** The schema says elsewhere what it can be. */
    private static boolean isOpen(JsonNode property) {
        return property.isObject() && property.isEmpty();
    }

    private static void collect(JsonNode form, Map<String, String> options) {
        form.path("properties").properties().forEach(property -> {
            JsonNode option = property.getValue();
            String reference = option.has("items")
                    ? option.path("items").path("$ref").asText()
                    : option.path("$ref").asText();
            if (reference.startsWith(REFERENCE)) {
                options.put(property.getKey(), reference.substring(REFERENCE.length()));
            }
        });
        form.path("oneOf").forEach(other -> collect(other, options));
        form.path("anyOf").forEach(other -> collect(other, options));
    }

    private static String shorthand(JsonNode definition) {
        for (JsonNode form : definition.path("oneOf")) {
            if (form.path("type").asText().equals("string")) {
                JsonNode required = definition.path("required");
                return required.size() == 1 ? required.get(0).asText() : null;
            }
        }
        return null;
    }
}
