package dev.caravan.routes.trial;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.util.Collection;
import java.util.Map;
import org.apache.camel.StreamCache;
import org.apache.camel.WrappedFile;

/**
 * A body or a header as text, of which no more is made than is wanted, and nothing is used up.
 *
 * @param cut whether there is more
 */
record BodyText(String text, boolean cut) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .findAndAddModules()
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    static BodyText of(Object value, int max) {
        if (value == null) {
            return new BodyText(null, false);
        }
        if (value instanceof byte[] bytes) {
            return cut(new String(bytes, 0, Math.min(bytes.length, max), UTF_8), bytes.length > max, max);
        }
        if (value instanceof StreamCache cache) {
            return write(max, out -> {
                cache.reset();
                try {
                    cache.writeTo(out);
                } finally {
                    cache.reset();
                }
            });
        }
        if (value instanceof InputStream || value instanceof Reader || value instanceof WrappedFile) {
            return new BodyText("(" + value.getClass().getSimpleName() + ", which was not read)", true);
        }
        if (value instanceof ValueNode node) {
            return cut(node.asText(), false, max);
        }
        if (value instanceof Map
                || value instanceof Collection
                || value instanceof Object[]
                || value instanceof Record
                || value instanceof JsonNode) {
            return write(max, out -> JSON.writeValue(out, value));
        }
        return cut(value.toString(), false, max);
    }

    private static BodyText cut(String text, boolean cut, int max) {
        return text != null && text.length() > max
                ? new BodyText(text.substring(0, max), true)
                : new BodyText(text, cut);
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private static BodyText write(int max, Writing writing) {
        Bounded out = new Bounded(max);
        try {
            writing.to(out);
        } catch (IOException e) {
            if (!out.isFull) {
                return new BodyText("(cannot be shown: " + e.getMessage() + ")", true);
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
