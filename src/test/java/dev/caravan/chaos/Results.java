package dev.caravan.chaos;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the rows gave, in {@code target/chaos}, so that a page can be made of several runs.
 *
 * @param cut the most seconds that a fault lasted, if the run had a limit; else null
 */
record Results(int rounds, Integer cut, Map<String, Long> counts, Map<String, Long> broken) {
    private static final Path FOLDER = Path.of("target", "chaos");
    private static final Path SOAK = FOLDER.resolve("soak.md");

    /** Notes and prints the figures of a row; with {@code -Dcaravan.chaos.write=true} the page is written, too. */
    static void add(Row row, int rounds, Duration time, Figures figures) {
        Map<String, Long> broken = new LinkedHashMap<>();
        figures.broken().forEach((promise, jobs) -> broken.put(promise, (long) jobs.size()));
        System.out.printf("%s (%d rounds, %d s): %s%n", row.method(), rounds, time.toSeconds(), figures);
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(
                    file(row), new Gson().toJson(new Results(rounds, Trial.LONGEST, figures.counts(), broken)));
            writePage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same for what was counted at the begin and at the end of a soak. */
    static void addSoak(int minutes, Map<String, Double> first, Map<String, Double> last) {
        StringBuilder table =
                new StringBuilder("| %d minutes | at the begin | at the end |%n|---|---|---|%n".formatted(minutes));
        last.forEach((what, amount) -> table.append("| %s | %.0f | %.0f |%n".formatted(what, first.get(what), amount)));
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(SOAK, table);
            writePage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writePage() throws IOException {
        if (Boolean.getBoolean("caravan.chaos.write")) {
            String soak = Files.exists(SOAK) ? Files.readString(SOAK) : "Not run.\n";
            Files.writeString(ReliabilityPage.FILE, ReliabilityPage.text(all(), soak));
        }
    }

    private static Map<Row, Results> all() throws IOException {
        Map<Row, Results> all = new EnumMap<>(Row.class);
        for (Row row : Row.values()) {
            if (Files.exists(file(row))) {
                all.put(row, new Gson().fromJson(Files.readString(file(row)), Results.class));
            }
        }
        return all;
    }

    private static Path file(Row row) {
        return FOLDER.resolve(row.method() + ".json");
    }
}
