package dev.caravan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The page of the documentation that has the figures of each section, between two lines of its own, and the plots beside it. */
final class Page {
    private static final Path FOLDER = Path.of("docs", "explanation");
    private static final Path FILE = FOLDER.resolve("performance.md");

    private Page() {}

    /** @throws IOException if the page has no place for this section */
    static void write(String section, String figures) throws IOException {
        String begin = "<!-- begin of what bench/run " + section + " writes -->\n";
        String end = "<!-- end of what bench/run " + section + " writes -->\n";
        String page = Files.readString(FILE);
        int from = page.indexOf(begin);
        int to = page.indexOf(end);
        if (from < 0 || to < from) {
            throw new IOException(FILE + " lacks the lines " + begin.strip() + " and " + end.strip());
        }
        Files.writeString(
                FILE, page.substring(0, from + begin.length()) + '\n' + figures.strip() + "\n\n" + page.substring(to));
    }

    /** Writes a plot. Returns the image of it for the page. */
    static String write(Plot plot) throws IOException {
        String file = "performance-" + plot.name() + ".svg";
        Files.writeString(FOLDER.resolve(file), plot.svg());
        return "![%s, by %s](%s)\n".formatted(plot.figure(), plot.title(), file);
    }
}
