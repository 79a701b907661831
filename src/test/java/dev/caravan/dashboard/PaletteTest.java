package dev.caravan.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The colours of the pages: in one file, and far enough from each other to be read (WCAG 2.2 AA, 1.4.3 and 1.4.11). */
class PaletteTest {
    private static final Path STATIC = Path.of("src/main/resources/static");
    private static final Path PALETTE = STATIC.resolve("pages.css");
    private static final Pattern COLOUR = Pattern.compile("--([a-z0-9-]+): (#[0-9a-f]{6});");
    private static final Pattern USE = Pattern.compile("var\\(--([a-z0-9-]+)");
    private static final Pattern DEFINITION = Pattern.compile("--([a-z0-9-]+):");
    private static final Pattern LITERAL = Pattern.compile("#[0-9a-fA-F]{3,8}\\b[^{]*;|rgba?\\(|hsla?\\(");

    private static final List<String> GROUNDS =
            List.of("ground", "surface", "soft", "plain-ground", "good-ground", "busy-ground", "bad-ground");
    private static final double TEXT = 4.5;
    private static final double EDGE = 3;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsWrittenCanBeRead(boolean dark) throws IOException {
        Map<String, String> colours = colours(dark);
        for (String ground : GROUNDS) {
            contrast(colours, "text", ground, TEXT);
            contrast(colours, "quiet", ground, TEXT);
        }
        for (String ground : List.of("ground", "surface", "plain-ground")) {
            contrast(colours, "accent", ground, TEXT);
        }
        for (String state : List.of("good", "busy", "bad")) {
            for (String ground : List.of(state + "-ground", "ground", "surface")) {
                contrast(colours, state, ground, TEXT);
            }
        }
        contrast(colours, "accent-strong", "soft", TEXT);
        contrast(colours, "on-accent", "accent", TEXT);
        contrast(colours, "on-accent", "accent-strong", TEXT);
        for (int i = 0; i < 6; i++) {
            contrast(colours, "hue-" + i, "plain-ground", TEXT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatCanBeUsedHasAnEdgeThatCanBeSeen(boolean dark) throws IOException {
        Map<String, String> colours = colours(dark);
        for (String ground : GROUNDS) {
            contrast(colours, "edge", ground, EDGE);
            contrast(colours, "accent", ground, EDGE);
        }
    }

    @Test
    void colourIsInThePaletteAlone() throws IOException {
        Map<String, String> known = new HashMap<>();
        for (Path sheet : sheets()) {
            Matcher definition = DEFINITION.matcher(Files.readString(sheet));
            while (definition.find()) {
                known.put(definition.group(1), sheet.toString());
            }
        }
        for (Path sheet : sheets()) {
            String text = Files.readString(sheet);
            if (!sheet.equals(PALETTE)) {
                assertThat(text).as("a colour in %s", sheet).doesNotContainPattern(LITERAL);
            }
            Matcher use = USE.matcher(text);
            while (use.find()) {
                assertThat(known).as("used in %s", sheet).containsKey(use.group(1));
            }
        }
    }

    private static List<Path> sheets() throws IOException {
        try (Stream<Path> files = Files.walk(STATIC)) {
            return files.filter(file -> file.toString().endsWith(".css")).toList();
        }
    }

    /** What holds by day, and by night what the dark part has instead. */
    private static Map<String, String> colours(boolean dark) throws IOException {
        String text = Files.readString(PALETTE);
        int night = text.indexOf("@media (prefers-color-scheme: dark)");
        Map<String, String> colours = new HashMap<>();
        Matcher colour = COLOUR.matcher(dark ? text : text.substring(0, night));
        while (colour.find()) {
            colours.put(colour.group(1), colour.group(2));
        }
        return colours;
    }

    private static void contrast(Map<String, String> colours, String one, String other, double least) {
        double a = luminance(colours.get(one));
        double b = luminance(colours.get(other));
        assertThat((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
                .as("--%s on --%s", one, other)
                .isGreaterThanOrEqualTo(least);
    }

    /** As WCAG defines it. */
    private static double luminance(String colour) {
        int rgb = Integer.parseInt(colour.substring(1), 16);
        return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8) + 0.0722 * linear(rgb);
    }

    private static double linear(int colour) {
        double part = (colour & 0xff) / 255.0;
        return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    }
}
