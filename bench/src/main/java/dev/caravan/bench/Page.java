package dev.caravan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The page of the documentation that has the figures, between two lines of its own, and the plots beside it. */
final class Page {
    private static final Path FOLDER = Path.of("docs", "explanation");
    private static final Path FILE = FOLDER.resolve("performance.md");
    private static final String BEGIN = "<!-- begin of what bench/run writes -->\n";
    private static final String END = "<!-- end of what bench/run writes -->\n";

    private Page() {}

    static void write(String figures) throws IOException {
        String page = Files.readString(FILE);
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(FILE + " lacks the lines " + BEGIN.strip() + " and " + END.strip());
        }
        Files.writeString(
                FILE, page.substring(0, begin + BEGIN.length()) + '\n' + figures + '\n' + page.substring(end));
    }

    /** Writes a plot. Returns the image of it for the page. */
    static String write(String name, Plot plot) throws IOException {
        String file = "performance-" + name + ".svg";
        Files.writeString(FOLDER.resolve(file), plot.svg());
        return "![µs of CPU a job, by %s](%s)\n".formatted(plot.title(), file);
    }
}
