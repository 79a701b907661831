package dev.caravan.routes.files;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The directory of route files: everything in it, and in its subfolders, whose name ends with {@value #SUFFIX}. What
 * begins with a dot is not looked at: the history, what an editor or a ConfigMap keeps there. Links are followed.
 *
 * <p>The directory lies over the files that Caravan requires: one of these that it does not hold is read as packaged, so
 * that no directory lacks a route of Caravan. A file of the same name takes the place of the packaged one, and no more
 * than that one.
 */
public final class RoutesDirectory {
    /** How the name of a route file ends. */
    public static final String SUFFIX = ".camel.yaml";

    /** How the name of a file with tests ends; what stands before it is the name of the route file. */
    public static final String TESTS = ".test.yaml";

    private static final Pattern YAML = Pattern.compile(".*\\.ya?ml", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NOTICES = 100;

    private final Path directory;
    private final long maxFileSize;
    private final int maxFiles;
    private final Map<String, byte[]> required;
    private volatile List<String> ignored = List.of();
    private volatile List<Path> tests = List.of();
    private volatile Set<String> held = Set.of();

    /**
     * @param maxFileSize in bytes, of one file
     * @param required texts of the files that are there in any case, by their names
     */
    public RoutesDirectory(Path directory, long maxFileSize, int maxFiles, Map<String, byte[]> required) {
        this.directory = directory.toAbsolutePath().normalize();
        this.required = required;
        this.maxFileSize = maxFileSize;
        this.maxFiles = maxFiles;
    }

    public Path path() {
        return directory;
    }

    /** Files that look like route files and are none, at the last reading: a YAML file has the name of another kind. */
    public List<RouteProblem> notices() {
        return ignored.stream()
                .map(name -> RouteProblem.of(name, "is no route file: the name of one ends with " + SUFFIX))
                .toList();
    }

    /** The names of the files in the directory itself, at the last reading. */
    public Set<String> held() {
        return held;
    }

    /**
     * All files by name, relative and with {@code /}, in the order of their names: those in the directory, and those
     * that are required. Of a file that is too large only the first byte too many is read.
     *
     * @throws IOException if the directory is not there or cannot be read, or holds too many files
     */
    public Map<String, byte[]> read() throws IOException {
        List<Path> found = found();
        if (found.size() > maxFiles) {
            throw new IOException("holds more than " + maxFiles + " route files (caravan.routes.max-files)");
        }
        Map<String, byte[]> files = texts(found);
        held = Set.copyOf(files.keySet());
        required.forEach(files::putIfAbsent);
        return files;
    }

    /** The files with tests that were found at the last reading, by name. */
    public Map<String, byte[]> readTests() throws IOException {
        return texts(tests);
    }

    /** The files with tests that lie beside these route files now, by name. */
    public Map<String, byte[]> readTestsOf(Collection<String> files) throws IOException {
        return texts(files.stream()
                .map(RoutesDirectory::testsOf)
                .map(directory::resolve)
                .filter(Files::isRegularFile)
                .toList());
    }

    /** Whether tests lie beside a route file now. */
    public boolean hasTests(String file) {
        return Files.isRegularFile(directory.resolve(testsOf(file)));
    }

    /** The name of the tests of a route file: {@code jobs/totals.test.yaml} of {@code jobs/totals.camel.yaml}. */
    public static String testsOf(String file) {
        return file.substring(0, file.length() - SUFFIX.length()) + TESTS;
    }

    /** The name of the route file whose tests these are; that of any other file is itself. */
    public static String routesOf(String file) {
        return file.endsWith(TESTS) ? file.substring(0, file.length() - TESTS.length()) + SUFFIX : file;
    }

    private Map<String, byte[]> texts(List<Path> found) throws IOException {
        Map<String, byte[]> texts = new TreeMap<>();
        for (Path file : found) {
            try (var in = Files.newInputStream(file)) {
                texts.put(name(file), in.readNBytes(Math.toIntExact(Math.min(maxFileSize + 1, Integer.MAX_VALUE))));
            } catch (NoSuchFileException e) {
                continue; // removed a moment ago
            }
        }
        return texts;
    }

    /** Hidden folders are not entered: the history alone can hold many times as many files as there are routes. */
    private List<Path> found() throws IOException {
        List<Path> found = new ArrayList<>();
        List<Path> foundTests = new ArrayList<>();
        Set<String> others = new TreeSet<>();
        Files.walkFileTree(directory, Set.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return isHidden(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && !isHidden(file)) {
                    if (file.toString().endsWith(SUFFIX)) {
                        found.add(file);
                    } else if (file.toString().endsWith(TESTS) && foundTests.size() < maxFiles) {
                        foundTests.add(file);
                    } else if (YAML.matcher(file.toString()).matches() && others.size() < MAX_NOTICES) {
                        others.add(name(file));
                    }
                }
                return found.size() > maxFiles ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException && !file.equals(directory)) {
                    return FileVisitResult.CONTINUE; // removed a moment ago, or a link to nothing
                }
                throw e;
            }
        });
        ignored = List.copyOf(others);
        tests = List.copyOf(foundTests);
        return found;
    }

    private boolean isHidden(Path path) {
        return !path.equals(directory) && path.getFileName().toString().startsWith(".");
    }

    private String name(Path file) {
        return directory.relativize(file).toString().replace('\\', '/');
    }

    /** Whether two readings hold the same names with the same texts; a text may be null. */
    public static boolean same(Map<String, byte[]> one, Map<String, byte[]> other) {
        return one.keySet().equals(other.keySet())
                && one.entrySet().stream().allMatch(file -> Arrays.equals(file.getValue(), other.get(file.getKey())));
    }

    /** Whether a name can be that of a file here: no way leads out of the directory, or into what is hidden. */
    public static boolean isName(String name) {
        return name.matches("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0," + (MAX_DEPTH - 1) + "}")
                && name.length() <= 200
                && name.endsWith(SUFFIX);
    }

    /** The same for a file with tests. */
    public static boolean isNameOfTests(String name) {
        return name.endsWith(TESTS) && isName(routesOf(name));
    }

    /** The same for either. */
    public static boolean isNameOfAny(String name) {
        return isName(name) || isNameOfTests(name);
    }

    /** Removes a file; one that is not there, too. */
    public void delete(String name) throws IOException {
        Files.deleteIfExists(file(name));
    }

    private Path file(String name) {
        if (!isNameOfAny(name)) {
            throw new IllegalArgumentException(name + " is not a name of a route file or of its tests");
        }
        return directory.resolve(name);
    }

    /** Writes a file so that a reader sees the old or the new text, and nothing between. */
    public void write(String name, byte[] text) throws IOException {
        Path file = file(name);
        Files.createDirectories(file.getParent());
        Path part = Files.createTempFile(file.getParent(), ".", ".part");
        try {
            Files.write(part, text);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
