package dev.caravan.routes.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A route file that could be read.
 *
 * @param name relative to the routes directory, with {@code /}
 * @param revision names its text, to the byte
 * @param routes in the order of the file
 */
public record RouteFile(String name, String text, String revision, List<RouteText> routes) {
    /** Twelve hexadecimal digits: enough to tell the revisions of a file apart. */
    private static final int REVISION_BYTES = 6;

    public static String revision(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return HexFormat.of().formatHex(hash, 0, REVISION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    public byte[] bytes() {
        return text.getBytes(UTF_8);
    }

    Map<String, RouteText> byId() {
        return routes.stream().collect(Collectors.toMap(RouteText::id, Function.identity()));
    }
}
