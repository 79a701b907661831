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
 * The settings by which another node of the same user connects to an embedded server, in a file of the run directory that no
 * other user can read. Other users may read a command line or a log.
 */
final class JoinFile {
    private static final int PASSWORD_BYTES = 24;

    private JoinFile() {}

    /** Letters and digits that cannot be guessed. */
    static String newPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * Writes the file, and names it in the property {@code caravan.join.<part>} for the start-up banner.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    static void write(
            RunDirectory directory, String part, Map<String, String> settings, ConfigurableEnvironment environment) {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = directory.path().resolve("join-" + part + ".properties");
        try (OutputStream out = Files.newOutputStream(file)) {
            properties.store(out, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        environment
                .getPropertySources()
                .addLast(new MapPropertySource(
                        "embedded " + part, Map.of("caravan.join." + part, "--spring.config.import=" + file.toUri())));
    }
}
