package dev.caravan.node;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.spring.boot.util.ConditionalOnHierarchicalProperties;
import org.springframework.beans.factory.BeanClassLoaderAware;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.env.Environment;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;

/**
 * Leaves out what would only carry settings to a component, language, data format or vault of Camel for which there are
 * none: each costs several beans, and together they are two fifths of all beans of a node, which the start looks through
 * hundreds of times. The part itself is there without it. As soon as one of its settings is set, in whatever form, it
 * comes in.
 */
class CamelPartsWithSettings implements AutoConfigurationImportFilter, BeanClassLoaderAware, EnvironmentAware {
    /** These do not say themselves where their settings are. */
    private static final Map<String, String> SETTINGS = Map.of(
            "org.apache.camel.spring.boot.cloud.", "camel.cloud",
            "org.apache.camel.spring.boot.vault.", "camel.vault");

    /** Camel's own HTTP engine asks for what this one makes, by name. */
    private static final String NEEDED =
            "org.apache.camel.component.platform.http.springboot.PlatformHttpComponentAutoConfiguration";

    private static final String CAMEL = "org.apache.camel.";
    private static final String CONVERTER = "Converter";
    private static final String AUTO_CONFIGURATION = "AutoConfiguration";

    private final Map<String, Boolean> isSet = new HashMap<>();
    private ClassLoader classes;
    private Environment environment;

    @Override
    public void setBeanClassLoader(ClassLoader classes) {
        this.classes = classes;
    }

    @Override
    public void setEnvironment(Environment environment) {
        this.environment = environment;
    }

    @Override
    public boolean[] match(String[] names, AutoConfigurationMetadata metadata) {
        MetadataReaderFactory readers = new SimpleMetadataReaderFactory(new DefaultResourceLoader(classes));
        boolean[] matches = new boolean[names.length];
        for (int i = 0; i < names.length; i++) {
            String settings = names[i] == null ? null : settingsOf(names[i], readers);
            matches[i] = settings == null || isSet.computeIfAbsent(settings, this::isSet);
        }
        return matches;
    }

    /** Where the settings of a part are, {@code camel.component.direct}; null if this has to stay. */
    static String settingsOf(String name, MetadataReaderFactory readers) {
        if (!name.startsWith(CAMEL) || name.equals(NEEDED)) {
            return null;
        }
        for (Map.Entry<String, String> known : SETTINGS.entrySet()) {
            if (name.startsWith(known.getKey())) {
                return known.getValue();
            }
        }
        return name.endsWith(CONVERTER)
                ? annotatedOf(name.substring(0, name.length() - CONVERTER.length()) + AUTO_CONFIGURATION, readers)
                : annotatedOf(name, readers);
    }

    /** The annotation names what all parts have in common first, then the settings of this one. */
    private static String annotatedOf(String name, MetadataReaderFactory readers) {
        try {
            AnnotationMetadata metadata = readers.getMetadataReader(name).getAnnotationMetadata();
            MergedAnnotation<?> condition = metadata.getAnnotations().get(ConditionalOnHierarchicalProperties.class);
            if (!condition.isPresent()) {
                return null;
            }
            String[] settings = condition.getStringArray(MergedAnnotation.VALUE);
            return settings.length < 2 ? null : settings[settings.length - 1];
        } catch (FileNotFoundException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isSet(String settings) {
        ConfigurationPropertyName name = ConfigurationPropertyName.of(settings);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.containsDescendantOf(name) == ConfigurationPropertyState.PRESENT) {
                return true;
            }
        }
        return false;
    }
}
