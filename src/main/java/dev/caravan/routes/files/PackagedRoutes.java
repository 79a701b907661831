package dev.caravan.routes.files;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;

/** The route files that come with Caravan, in its jar or in the folder of its classes. */
@Component
public class PackagedRoutes {
    /** The folder of the engine: routes that make up Caravan. The other folders are for its users to edit. */
    public static final String ENGINE = "engine/";

    private static final String FOLDER = "routes/";
    /** What a user may put steps into, and the engine calls. */
    private static final String HOOK = "/publish" + RoutesDirectory.SUFFIX;

    private final Map<String, byte[]> files;

    public PackagedRoutes() throws IOException {
        files = read(RoutesDirectory.SUFFIX);
    }

    public Map<String, byte[]> all() {
        return files;
    }

    /** Those that Caravan does not work without: the engine and what it calls. */
    public Map<String, byte[]> required() {
        return files.entrySet().stream()
                .filter(file ->
                        file.getKey().startsWith(ENGINE) || file.getKey().endsWith(HOOK))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The tests that lie beside them. */
    public Map<String, byte[]> tests() throws IOException {
        return read(RoutesDirectory.TESTS);
    }

    private static Map<String, byte[]> read(String suffix) throws IOException {
        String folder = url().toString();
        Map<String, byte[]> files = new TreeMap<>();
        for (Resource file : new PathMatchingResourcePatternResolver(PackagedRoutes.class.getClassLoader())
                .getResources("classpath:" + FOLDER + "**/*" + suffix)) {
            files.put(file.getURL().toString().substring(folder.length()), file.getContentAsByteArray());
        }
        return files;
    }

    /** Where the files stand in the sources, if Caravan is run from them and not from a jar. */
    public static Optional<Path> sources() {
        URL folder = url();
        if (!folder.getProtocol().equals("file")) {
            return Optional.empty();
        }
        Path sources =
                path(folder).resolve("../../../src/main/resources/routes").normalize();
        return Files.isDirectory(sources) ? Optional.of(sources) : Optional.empty();
    }

    private static URL url() {
        URL folder = PackagedRoutes.class.getClassLoader().getResource(FOLDER);
        if (folder == null) {
            throw new IllegalStateException("Caravan's route files are missing from its class path");
        }
        return folder;
    }

    private static Path path(URL folder) {
        try {
            return Path.of(folder.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
