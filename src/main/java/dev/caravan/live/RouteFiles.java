package dev.caravan.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.spring.boot.CamelSpringBootRoutesCollector;
import org.apache.camel.support.ResourceHelper;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import org.springframework.util.AntPathMatcher;

/**
 * Finds the route files that {@code camel.main.routes-include-pattern} names. Camel would read every jar of the class
 * path to its end for a pattern such as {@code classpath:routes/*}, which is a tenth of a start; here the jar that holds
 * the folder is asked for its table of contents.
 */
@Component
class RouteFiles extends CamelSpringBootRoutesCollector {
    private static final String CLASSPATH = "classpath:";

    private final PathMatchingResourcePatternResolver resolver;

    RouteFiles(ApplicationContext context) {
        super(context, false);
        this.resolver = new PathMatchingResourcePatternResolver(context);
    }

    /** @param excludePattern not used: the include pattern says exactly what is meant */
    @Override
    public Collection<Resource> findRouteResourcesFromDirectory(
            CamelContext context, String excludePattern, String includePattern) {
        List<Resource> files = new ArrayList<>();
        for (String pattern :
                Arrays.stream(includePattern.split(",")).map(String::trim).toList()) {
            try {
                List<String> packaged = pattern.startsWith(CLASSPATH) ? inJar(pattern) : List.of();
                for (String location : packaged.isEmpty() ? List.of(pattern) : packaged) {
                    for (org.springframework.core.io.Resource file : resolver.getResources(location)) {
                        files.add(ResourceHelper.fromBytes(file.getURL().toString(), file.getContentAsByteArray()));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("No route files at " + pattern, e);
            }
        }
        files.sort(Comparator.comparing(Resource::getLocation)); // the same order on every machine
        return files;
    }

    /** The locations that a pattern means, if its folder is in a jar; otherwise none. */
    private List<String> inJar(String pattern) throws IOException {
        String path = pattern.substring(CLASSPATH.length());
        URL folder = resolver.getClassLoader().getResource(path.substring(0, path.indexOf('/') + 1));
        if (folder == null || !(folder.openConnection() instanceof JarURLConnection jar)) {
            return List.of();
        }
        AntPathMatcher matcher = new AntPathMatcher();
        return jar.getJarFile().stream()
                .map(JarEntry::getName)
                .filter(name -> matcher.match(path, name))
                .map(name -> CLASSPATH + name)
                .toList();
    }
}
