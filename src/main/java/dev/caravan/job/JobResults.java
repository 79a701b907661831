package dev.caravan.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ValueNode;
import com.google.gson.JsonElement;
import java.util.Collection;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.support.DefaultExchange;
import org.springframework.stereotype.Component;

/** What a handler leaves as the body, as the text that is stored. Thread-safe. */
@Component
public class JobResults {
    private final CamelContext context;
    private final JsonMapper json = JsonMapper.builder()
            .findAndAddModules()
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    public JobResults(CamelContext context) {
        this.context = context;
    }

    /**
     * Text and numbers as they are; maps, lists, records and trees of JSON as JSON; what Camel has text for, such as bytes,
     * streams, files and documents, as that; any other object as JSON.
     *
     * @throws IllegalArgumentException if it cannot be written as JSON
     */
    public String text(Object result) {
        if (result == null) {
            return "";
        }
        if (result instanceof CharSequence
                || result instanceof Number
                || result instanceof Boolean
                || result instanceof Character
                || result instanceof Enum<?>
                || result instanceof JsonElement) {
            return result.toString();
        }
        if (result instanceof ValueNode value) {
            return value.asText();
        }
        boolean structured = result instanceof Map
                || result instanceof Collection
                || result instanceof Object[]
                || result instanceof Record
                || result instanceof JsonNode;
        if (!structured && context.getTypeConverterRegistry().lookup(String.class, result.getClass()) != null) {
            return context.getTypeConverter().convertTo(String.class, new DefaultExchange(context), result);
        }
        try {
            return json.writeValueAsString(result);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The result, a "
                    + result.getClass().getName() + ", cannot be written as JSON: " + e.getOriginalMessage());
        }
    }
}
