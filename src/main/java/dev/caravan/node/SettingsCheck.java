package dev.caravan.node;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Refuses settings that would be ignored, before anything starts: a name below {@code caravan} that nothing reads, a profile
 * that nothing belongs to, a directory of routes that is not there.
 *
 * <p>The known names are those of {@link DefaultSettings}. Environment variables and system
 * properties also come from others (Kubernetes sets {@code CARAVAN_PORT} for a service of that name): of these only what is
 * nearly a known name is refused.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class SettingsCheck implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    private static final ConfigurationPropertyName CARAVAN = ConfigurationPropertyName.of("caravan");

    private static final Set<String> SHARED_WITH_OTHERS = Set.of(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
            StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);

    /** Read when somebody has set something. */
    private static final Supplier<Set<ConfigurationPropertyName>> KNOWN = SingletonSupplier.of(DefaultSettings::names);

    private static final Set<String> PROFILES = Set.of("embedded", "production");

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        check(context.getEnvironment());
    }

    /** @throws StartRefused if a setting cannot be meant as it stands */
    static void check(ConfigurableEnvironment environment) {
        List<String> problems = unknown(environment);
        problems.addAll(profiles(environment));
        problems.addAll(directory(environment));
        if (!problems.isEmpty()) {
            throw new StartRefused(String.join(" ", problems));
        }
    }

    private static List<String> unknown(ConfigurableEnvironment environment) {
        List<String> problems = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource names
                    && !nameOf(source).equals(DefaultSettings.SOURCE)) {
                names.stream()
                        .filter(CARAVAN::isAncestorOf)
                        .distinct()
                        .map(name -> problem(name, source))
                        .flatMap(Optional::stream)
                        .forEach(problems::add);
            }
        }
        return problems;
    }

    private static Optional<String> problem(ConfigurationPropertyName name, ConfigurationPropertySource source) {
        Set<ConfigurationPropertyName> known = KNOWN.get();
        ConfigurationPropertyName plain = withoutNumbers(name);
        if (known.contains(plain)) {
            return Optional.empty();
        }
        String letters = letters(plain);
        ConfigurationPropertyName nearest = known.stream()
                .min(Comparator.comparingInt(one -> Nearest.distance(letters, letters(one))))
                .orElseThrow();
        int distance = Nearest.distance(letters, letters(nearest));
        boolean shared = SHARED_WITH_OTHERS.contains(nameOf(source));
        if (shared && (distance == 0 || distance > Math.min(2, letters.length() / 4))) {
            return Optional.empty();
        }
        return Optional.of(
                "There is no setting " + name + " (" + where(source.getConfigurationProperty(name), source) + ")."
                        + (distance <= Math.max(2, letters.length() / 3)
                                ? " Did you mean " + nearest + "?"
                                : " docs/reference/settings.md lists all settings."));
    }

    private static ConfigurationPropertyName withoutNumbers(ConfigurationPropertyName name) {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < name.getNumberOfElements(); i++) {
            if (!name.isNumericIndex(i)) {
                elements.add(name.getElement(i, Form.DASHED));
            }
        }
        return ConfigurationPropertyName.adapt(String.join(".", elements), '.');
    }

    /** Those that tell it from other names: an environment variable has no other signs, and all begin alike. */
    private static String letters(ConfigurationPropertyName name) {
        return name.subName(1).toString().replaceAll("[^a-z0-9]", "");
    }

    private static String nameOf(ConfigurationPropertySource source) {
        return ((PropertySource<?>) source.getUnderlyingSource()).getName();
    }

    private static String where(ConfigurationProperty property, ConfigurationPropertySource source) {
        Origin origin = property == null ? null : property.getOrigin();
        if (origin instanceof PropertySourceOrigin wrapped && wrapped.getOrigin() != null) {
            origin = wrapped.getOrigin();
        }
        String key = origin instanceof PropertySourceOrigin in ? " " + in.getPropertyName() : "";
        return switch (nameOf(source)) {
            case "commandLineArgs" -> "command line";
            case StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME -> "environment variable" + key;
            case StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME -> "system property" + key;
            default -> origin instanceof TextResourceOrigin text ? place(text) : nameOf(source);
        };
    }

    /** Spring describes a file as {@code URL [file:application.yaml]}. */
    private static String place(TextResourceOrigin origin) {
        String file = origin.getResource().getDescription().replaceFirst(".*\\[(?:file:)?(.*)]", "$1");
        return file
                + (origin.getLocation() == null
                        ? ""
                        : ", line " + (origin.getLocation().getLine() + 1));
    }

    /** A profile of the operator's own has a file or a part of one. */
    private static List<String> profiles(ConfigurableEnvironment environment) {
        List<String> problems = new ArrayList<>();
        for (String profile : environment.getActiveProfiles()) {
            if (!PROFILES.contains(profile)
                    && environment.getPropertySources().stream().noneMatch(source -> isOf(profile, source))) {
                problems.add("There is no profile " + profile + ": Caravan has "
                        + PROFILES.stream().sorted().collect(Collectors.joining(" and "))
                        + ", and no application-" + profile + ".yaml was found.");
            }
        }
        return problems;
    }

    private static boolean isOf(String profile, PropertySource<?> source) {
        Object condition = source.getProperty("spring.config.activate.on-profile");
        return source.getName().contains("-" + profile + ".")
                || condition != null && condition.toString().contains(profile);
    }

    private static List<String> directory(ConfigurableEnvironment environment) {
        String directory = environment.getProperty("caravan.routes.directory");
        if (!StringUtils.hasText(directory)
                || "cluster".equalsIgnoreCase(environment.getProperty("caravan.routes.source"))) { // which makes it
            return List.of();
        }
        try {
            if (Files.isDirectory(Path.of(directory))) {
                return List.of();
            }
        } catch (InvalidPathException e) {
            return List.of("caravan.routes.directory: " + directory + " is not a path.");
        }
        return List.of("caravan.routes.directory: there is no directory " + directory
                + ". java -jar caravan.jar --unpack " + directory + " makes one with Caravan's routes.");
    }
}
