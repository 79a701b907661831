package dev.caravan.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.spring.boot.CamelSpringBootRoutesCollector;
import org.apache.camel.support.ResourceHelper;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;

/**
 * Finds the route files that {@code camel.main.routes-include-pattern} names. Camel would look into every jar of the
 * class path for a pattern such as {@code classpath:routes/*}, which is a tenth of a start; Spring looks into the one
 * place that holds the folder.
 */
@Component
class RouteFiles extends CamelSpringBootRoutesCollector {
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
        for (String pattern : includePattern.split(",")) {
            try {
                for (org.springframework.core.io.Resource file : resolver.getResources(pattern.trim())) {
                    files.add(ResourceHelper.fromBytes(file.getURL().toString(), file.getContentAsByteArray()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("No route files at " + pattern, e);
            }
        }
        files.sort(Comparator.comparing(Resource::getLocation)); // the same order on every machine
        return files;
    }
}
