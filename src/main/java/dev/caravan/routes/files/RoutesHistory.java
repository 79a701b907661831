package dev.caravan.routes.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every accepted revision of every route file, up to a number for each: two files in {@code .history/<name>/}, the text
 * and its entry. A directory that cannot be written to keeps no history, which is logged once. Thread-safe.
 */
public final class RoutesHistory {
    public static final String FOLDER = ".history";
    /** Who made a change that was found at the start. */
    public static final String AT_START = "start";

    private static final Logger LOG = LoggerFactory.getLogger(RoutesHistory.class);
    private static final ObjectMapper JSON =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();
    private static final String ABOUT = ".json";

    private final Path folder;
    private final int kept;
    private boolean unwritable;

    /**
     * One accepted revision.
     *
     * @param revision of the file; null if the file was removed
     * @param by who made the change, and from where
     * @param routes ids of the routes whose text differs from the revision before
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(String revision, Instant time, String by, Set<String> routes) {}

    /** @param directory the routes directory; null if there is none, and so no history */
    public RoutesHistory(Path directory, int kept) {
        this.folder = directory == null ? null : directory.resolve(FOLDER);
        this.kept = kept;
    }

    /** Keeps a change of a file. The first change of a file keeps what was before it, too. */
    public synchronized void record(String name, RouteFile before, RouteFile after, String by) {
        if (folder == null || unwritable || before == null && by.equals(AT_START)) {
            return;
        }
        try {
            if (before != null && entries(name).isEmpty()) {
                write(name, before, new Entry(before.revision(), Instant.now(), AT_START, Set.of()));
            }
            String revision = after == null ? null : after.revision();
            write(name, after, new Entry(revision, Instant.now(), by, differing(before, after)));
            prune(name);
        } catch (IOException | RuntimeException e) {
            unwritable = true;
            LOG.warn("Revisions of route files are not kept any more: {}", e.toString());
        }
    }

    /** The revisions of a file that are kept, newest first. */
    public synchronized List<Entry> of(String name) {
        List<Entry> entries = new ArrayList<>();
        try {
            for (Path about : entries(name)) {
                try {
                    entries.add(0, JSON.readValue(about.toFile(), Entry.class));
                } catch (JacksonException e) {
                    LOG.debug("{} was not written to its end", about, e);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    public synchronized Optional<byte[]> text(String name, String revision) {
        try {
            for (Path about : entries(name)) {
                if (about.getFileName().toString().endsWith("-" + revision + ABOUT)) {
                    return Optional.of(Files.readAllBytes(textOf(about)));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text that was accepted last; empty if the file was removed since. */
    public Optional<byte[]> latest(String name) {
        return of(name).stream().findFirst().map(Entry::revision).flatMap(revision -> text(name, revision));
    }

    private static Set<String> differing(RouteFile before, RouteFile after) {
        Map<String, RouteText> old = before == null ? Map.of() : before.byId();
        Map<String, RouteText> now = after == null ? Map.of() : after.byId();
        Set<String> ids = new TreeSet<>(old.keySet());
        ids.addAll(now.keySet());
        ids.removeIf(id -> old.containsKey(id)
                && now.containsKey(id)
                && old.get(id).revision().equals(now.get(id).revision()));
        return ids;
    }

    private void write(String name, RouteFile file, Entry entry) throws IOException {
        Path of = Files.createDirectories(folder.resolve(name));
        List<Path> entries = entries(name);
        int number = entries.isEmpty() ? 1 : number(entries.get(entries.size() - 1)) + 1;
        Path about = of.resolve("%06d-%s%s".formatted(number, file == null ? "removed" : file.revision(), ABOUT));
        if (file != null) {
            Files.write(textOf(about), file.text().getBytes(UTF_8));
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(about.toFile(), entry);
    }

    private void prune(String name) throws IOException {
        List<Path> entries = entries(name);
        for (Path about : entries.subList(0, Math.max(0, entries.size() - kept))) {
            Files.deleteIfExists(about);
            Files.deleteIfExists(textOf(about));
        }
    }

    private static Path textOf(Path about) {
        String name = about.getFileName().toString();
        return about.resolveSibling(name.substring(0, name.length() - ABOUT.length()) + ".yaml");
    }

    private static int number(Path about) {
        return Integer.parseInt(about.getFileName().toString().substring(0, 6));
    }

    /** Oldest first. */
    private List<Path> entries(String name) throws IOException {
        Path of = folder == null ? null : folder.resolve(name);
        if (of == null || !Files.isDirectory(of)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(of)) {
            return all.filter(file -> file.getFileName().toString().matches("\\d{6}-\\w+\\.json"))
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList();
        }
    }
}
