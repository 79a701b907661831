package dev.caravan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private OptionalInt run(String... args) {
        return new CommandLine(new PrintStream(out, true), new PrintStream(err, true)).run(args);
    }

    @Test
    void startsANodeWithoutArguments() {
        assertThat(run()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--server.port=0",
                "--caravan.security.allow-insecure",
                "--caravan.users[0].name=ada",
                "--spring.config.import=file:/a b.properties",
                "--greeting=two\nlines",
                "--debug",
                "--trace"
            })
    void leavesSettingsToTheNode(String arg) {
        assertThat(run(arg)).isEmpty();
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help"})
    void saysHowItIsUsed(String arg) {
        assertThat(run(arg)).hasValue(0);
        assertThat(out.toString())
                .contains("Usage:", "--check DIR", "--unpack DIR", "--version", "A check builds the routes");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V"})
    void saysWhichVersionItIs(String arg) {
        assertThat(run(arg)).hasValue(0);
        assertThat(out.toString()).matches("Caravan \\S+.*, Java \\d+\\S*\\R");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"strat", "start", "version", "-p", "8081", "-Dserver.port=1", "--strat", "--", "---a=b", "--=b"})
    void refusesWhatItDoesNotKnow(String arg) {
        assertThat(run("--server.port=0", arg)).hasValue(2);
        assertThat(err.toString().lines()).singleElement().asString().startsWith("Unknown argument: " + arg + ". ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void handsTheCommandsForRoutesOn() {
        assertThat(run("--check")).hasValue(2);
        assertThat(err.toString()).contains("--check needs a directory");
    }
}
