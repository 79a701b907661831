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

/** What the rows gave, in {@code target/chaos}, so that a page can be made of several runs. */
record Results(int rounds, long seconds, Map<String, Long> counts, Map<String, Long> broken) {
    private static final Path FOLDER = Path.of("target", "chaos");

    /** Notes and prints the figures of a row; with {@code -Dcaravan.chaos.write=true} the page is written, too. */
    static void add(Row row, int rounds, Duration time, Figures figures) {
        Map<String, Long> broken = new LinkedHashMap<>();
        figures.broken().forEach((promise, jobs) -> broken.put(promise, (long) jobs.size()));
        System.out.printf("%s (%d rounds, %d s): %s%n", row.method(), rounds, time.toSeconds(), figures);
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(
                    file(row), new Gson().toJson(new Results(rounds, time.toSeconds(), figures.counts(), broken)));
            if (Boolean.getBoolean("caravan.chaos.write")) {
                Files.writeString(ReliabilityPage.FILE, ReliabilityPage.text(all()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
