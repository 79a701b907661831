package dev.caravan.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A row is a test, and a line of the page. */
class ReliabilityPageTest {
    @ParameterizedTest
    @EnumSource(Row.class)
    void everyRowIsATestAndALine(Row row) throws Exception {
        assertThat(Class.forName("dev.caravan.chaos." + row.test).getDeclaredMethods())
                .extracting("name")
                .contains(row.method());
        assertThat(page()).contains("| " + row.fault).contains("`" + row.test + "#" + row.method() + "` |");
    }

    private static String page() throws IOException {
        return Files.readString(ReliabilityPage.FILE);
    }
}
