package dev.caravan.recorder;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.component.BodyText;
import dev.caravan.component.BodyText.Beginning;
import dev.caravan.routes.recording.Masking;
import dev.caravan.routes.recording.SecretNames;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Hides the values of headers and fields by their names, and those at paths of JSON. In JSON that is exact; in other text what
 * follows such a name and {@code =}, {@code :} or {@code >} is taken for its value. Thread-safe.
 */
final class Masks implements Masking {
    /** A body must be whole for a path: of a longer one nothing is shown if there are any. */
    static final int MOST_PARSED = 256 * 1024;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Pattern names;
    private final Pattern inText;
    private final List<MaskPath> paths;

    Masks(Collection<String> names, Collection<String> paths) {
        String parts = names.stream().map(name -> "|" + Pattern.quote(name)).collect(Collectors.joining());
        String any = "(?:" + SecretNames.PARTS + parts + ")";
        this.names = Pattern.compile(any, Pattern.CASE_INSENSITIVE);
        this.inText = Pattern.compile(
                "(" + any + "[\\w.-]{0,64}[\"']?\\s{0,8}[=:>]\\s{0,8})"
                        + "(?:\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+){0,1000}+\"?|(?:(?:bearer|basic)\\s+)?[^\\s\"&,;<>]+)",
                Pattern.CASE_INSENSITIVE);
        this.paths = paths.stream().map(MaskPath::new).toList();
    }

    @Override
    public Beginning header(String name, Object value, int max) {
        return value != null && names.matcher(name).find()
                ? new Beginning(SecretNames.HIDDEN, false)
                : byName(BodyText.beginning(value, max));
    }

    @Override
    public String error(String message) {
        return byName(new Beginning(message, false)).text();
    }

    @Override
    public Beginning body(Object body, int max) {
        if (paths.isEmpty()) {
            return byName(BodyText.beginning(body, max));
        }
        Beginning whole = BodyText.beginning(body, MOST_PARSED);
        Beginning shown = byName(isJson(whole.text()) ? byPath(whole) : whole);
        return shown.text() != null && shown.text().length() > max
                ? new Beginning(shown.text().substring(0, max), true)
                : shown;
    }

    private static boolean isJson(String text) {
        String begin = text == null ? "" : text.stripLeading();
        return begin.startsWith("{") || begin.startsWith("[");
    }

    private Beginning byPath(Beginning whole) {
        if (whole.isCut()) {
            return new Beginning(
                    "(not shown: it is too large to look for the paths of caravan.recorder.mask-paths)", true);
        }
        try {
            JsonNode json = JSON.readTree(whole.text());
            for (MaskPath path : paths) {
                json = path.hideIn(json);
            }
            return new Beginning(json.toString(), false);
        } catch (JsonProcessingException e) {
            return whole; // it only looks like JSON
        } catch (IllegalArgumentException e) {
            return new Beginning("(not shown: " + e.getMessage() + ")", true);
        }
    }

    /** What has no such name stays as it is. */
    private Beginning byName(Beginning text) {
        if (text.text() == null) {
            return text;
        }
        String shown = text.text();
        if (names.matcher(shown).find()) {
            String json = isJson(shown) ? withoutFields(text) : null;
            shown = json == null ? inText.matcher(shown).replaceAll("$1" + SecretNames.HIDDEN) : json;
        }
        return new Beginning(SecretNames.withoutPasswords(shown), text.isCut());
    }

    /** JSON, or the beginning of it, with what is hidden in it; null if it is none. */
    private String withoutFields(Beginning text) {
        StringWriter shown = new StringWriter();
        try (JsonParser in = JSON.createParser(text.text());
                JsonGenerator out = JSON.createGenerator(shown)) {
            try {
                for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                    out.copyCurrentEventExact(in);
                    if (token == JsonToken.FIELD_NAME
                            && names.matcher(in.currentName()).find()) {
                        in.nextToken();
                        in.skipChildren();
                        out.writeString(SecretNames.HIDDEN);
                    }
                }
            } catch (JsonEOFException e) {
                if (!text.isCut()) {
                    return null;
                }
            }
            out.flush();
            return shown.toString();
        } catch (IOException e) {
            return null;
        }
    }
}
