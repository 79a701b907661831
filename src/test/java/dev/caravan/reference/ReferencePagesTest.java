package dev.caravan.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The pages below {@code docs/reference/} that are made of the code say what it does now. With {@code
 * -Dcaravan.docs.write=true} this test writes them.
 */
class ReferencePagesTest {
    private static final Path PAGES = Path.of("docs/reference");

    @Test
    void settings() throws IOException, ClassNotFoundException {
        check("settings.md", SettingsPage.text());
    }

    @Test
    void routes() throws IOException {
        check("routes.md", RoutesPage.text());
    }

    @Test
    void metrics() throws IOException {
        check("metrics.md", MetricsPage.text());
    }

    @Test
    void errors() throws IOException {
        check("errors.md", ErrorsPage.text());
    }

    private static void check(String name, String text) throws IOException {
        Path page = PAGES.resolve(name);
        String note =
                "<!-- Made of the code: ./mvnw test -Dtest=ReferencePagesTest -Dcaravan.docs.write=true writes this page. -->\n";
        String expected = note + text;
        if (Boolean.getBoolean("caravan.docs.write")) {
            Files.writeString(page, expected);
        }
        assertThat(page)
                .as(
                        "%s is not what the code says: ./mvnw test -Dtest=ReferencePagesTest -Dcaravan.docs.write=true",
                        page)
                .hasContent(expected);
    }
}
