package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.yaml.snakeyaml.Yaml;

class KnownStartFailuresTest {
    private static String reason(Throwable failure) {
        FailureAnalysis analysis = new KnownStartFailures().analyze(new IllegalStateException("outer", failure));
        return analysis == null ? null : analysis.getDescription();
    }

    private static Throwable binding(String value, Class<?> type) {
        ConfigurationPropertySource source = new MapConfigurationPropertySource(Map.of("caravan.jobs.attempts", value));
        return catchThrowable(() -> new Binder(source).bind("caravan.jobs.attempts", type));
    }

    @Test
    void saysWhichPortIsInUse() {
        assertThat(reason(new PortInUseException(8080)))
                .isEqualTo("Port 8080 is in use. Stop what listens there, or choose another one: --server.port=8081");
    }

    @Test
    void saysWhatAValueMustBe() {
        assertThat(reason(binding("three", Integer.class)))
                .startsWith("caravan.jobs.attempts is \"three\" (")
                .endsWith("it must be a whole number");
        assertThat(reason(binding("soon", Duration.class))).endsWith("it must be a duration such as 500ms, 5s or 1m");
        assertThat(reason(binding("perhaps", Boolean.class))).endsWith("it must be true or false");
    }

    @Test
    void saysWhereYamlIsBroken() {
        Throwable broken = catchThrowable(() -> new Yaml().load("caravan:\n  roles: api\n bad: [\n"));
        assertThat(reason(broken)).startsWith("A settings file is not YAML: ").contains(", line 3, column 2");
    }

    @Test
    void saysWhichFileHasNoRoom() {
        IOException full = new FileSystemException("/tmp/caravan-ada/1", null, "No space left on device");
        assertThat(reason(new UncheckedIOException("No run directory", full)))
                .isEqualTo("The disk is full: /tmp/caravan-ada/1 cannot be written. Free some space, or name another"
                        + " directory: java -Djava.io.tmpdir=DIR -jar …");
        assertThat(reason(new IOException("No space left on device"))).startsWith("The disk is full. ");
        assertThat(reason(new FileSystemException("/tmp/x", null, "Read-only file system")))
                .startsWith("The file system is read-only: /tmp/x cannot be written.");
    }

    @Test
    void saysWhatMayNotBeRead() {
        assertThat(reason(new AccessDeniedException("/tmp/x"))).startsWith("No permission for /tmp/x.");
        assertThat(reason(new FileNotFoundException("/etc/caravan.yaml (Permission denied)")))
                .startsWith("No permission for /etc/caravan.yaml.");
    }

    @Test
    void leavesToOthersWhatItDoesNotKnow() {
        assertThat(reason(new IllegalArgumentException("?"))).isNull();
        assertThat(reason(new IOException("?"))).isNull();
    }
}
