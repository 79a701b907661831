package dev.caravan.component;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ValueNode;
import com.google.gson.JsonElement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.util.Collection;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.StreamCache;
import org.apache.camel.WrappedFile;
import org.apache.camel.support.DefaultExchange;
import org.springframework.stereotype.Component;

/** What a route leaves as the body, as text. Thread-safe. */
@Component
public class BodyText {
    private static final JsonMapper JSON = JsonMapper.builder()
            .findAndAddModules()
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private final CamelContext context;

    public BodyText(CamelContext context) {
        this.context = context;
    }

    /**
     * The whole body. Text and numbers as they are; maps, lists, records and trees of JSON as JSON; what Camel has text for,
     * such as bytes, streams, files and documents, as that; any other object as JSON.
     *
     * @throws IllegalArgumentException if it cannot be written as JSON
     */
    public String text(Object body) {
        if (body == null) {
            return "";
        }
        if (isText(body)) {
            return textOf(body);
        }
        if (!isStructured(body) && context.getTypeConverterRegistry().lookup(String.class, body.getClass()) != null) {
            return context.getTypeConverter().convertTo(String.class, new DefaultExchange(context), body);
        }
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The result, a "
                    + body.getClass().getName() + ", cannot be written as JSON: " + e.getOriginalMessage());
        }
    }

    /**
     * The beginning of a body or a header.
     *
     * @param isCut whether there is more
     */
    public record Beginning(String text, boolean isCut) {}

    /**
     * As much of it as is wanted, of which nothing is used up: a stream that can be read only once is not read.
     *
     * @return the text is null if there is no body
     */
    public static Beginning beginning(Object body, int max) {
        if (body == null) {
            return new Beginning(null, false);
        }
        if (body instanceof byte[] bytes) {
            return cut(new String(bytes, 0, Math.min(bytes.length, max), UTF_8), bytes.length > max, max);
        }
        if (body instanceof StreamCache cache) {
            return write(max, out -> {
                cache.reset();
                try {
                    cache.writeTo(out);
                } finally {
                    cache.reset();
                }
            });
        }
        if (body instanceof InputStream || body instanceof Reader || body instanceof WrappedFile) {
            return new Beginning("(" + body.getClass().getSimpleName() + ", which was not read)", true);
        }
        if (isStructured(body) && !isText(body)) {
            return write(max, out -> JSON.writeValue(out, body));
        }
        return cut(textOf(body), false, max);
    }

    private static boolean isText(Object body) {
        return body instanceof CharSequence
                || body instanceof Number
                || body instanceof Boolean
                || body instanceof Character
                || body instanceof Enum<?>
                || body instanceof JsonElement
                || body instanceof ValueNode;
    }

    private static String textOf(Object body) {
        return body instanceof ValueNode value ? value.asText() : body.toString();
    }

    private static boolean isStructured(Object body) {
        return body instanceof Map
                || body instanceof Collection
                || body instanceof Object[]
                || body instanceof Record
                || body instanceof JsonNode;
    }

    private static Beginning cut(String text, boolean isCut, int max) {
        return text != null && text.length() > max
                ? new Beginning(text.substring(0, max), true)
                : new Beginning(text, isCut);
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private static Beginning write(int max, Writing writing) {
        Bounded out = new Bounded(max);
        try {
            writing.to(out);
        } catch (IOException e) {
            if (!out.isFull) {
                return new Beginning("(cannot be shown: " + e.getMessage() + ")", true);
            }
        }
        return cut(out.bytes.toString(UTF_8), out.isFull, max);
    }

    private static final class Bounded extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int max;
        private boolean isFull;

        Bounded(int max) {
            this.max = max;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            int fits = Math.min(length, max - bytes.size());
            bytes.write(from, offset, fits);
            if (fits < length) {
                isFull = true;
                throw new IOException("full");
            }
        }
    }
}
