package dev.caravan.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * How another node of the same user comes to use an embedded part: by settings in a file of the run directory, which nobody
 * else may read. A command line and a log may be read by others.
 */
final class JoinFile {
    private static final int PASSWORD_BYTES = 24;

    private JoinFile() {}

    /** Letters and digits that nobody guesses. */
    static String newPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * Writes the file, and says where it is in the property {@code caravan.join.<part>}, for who greets.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    static void write(RunDirectory directory, String part, Map<String, String> settings, ConfigurableEnvironment told) {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = directory.path().resolve("join-" + part + ".properties");
        try (OutputStream out = Files.newOutputStream(file)) {
            properties.store(out, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        told.getPropertySources()
                .addLast(new MapPropertySource(
                        "embedded " + part, Map.of("caravan.join." + part, "--spring.config.import=" + file.toUri())));
    }
}
