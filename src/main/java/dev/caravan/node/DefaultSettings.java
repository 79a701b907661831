package dev.caravan.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.ClassUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Gives every setting below {@code caravan} its default, so that routes read it too: those of the records that are annotated
 * with {@code @ConfigurationProperties}, as Spring Boot's annotation processor writes them down at compile time. {@code
 * caravan.node} is by default host name and process id, and {@code caravan.instance} a value that no other start of any node
 * has.
 */
class DefaultSettings implements EnvironmentPostProcessor {
    static final String SOURCE = "caravan-defaults";

    private static final String METADATA = "META-INF/spring-configuration-metadata.json";
    /** Read once: a start asks for the defaults, and then for the names if anything is set. */
    private static final Supplier<Map<String, Map<String, Object>>> SETTINGS =
            SingletonSupplier.of(DefaultSettings::metadata);

    private static final Pattern ELEMENT_TYPE = Pattern.compile("<(dev\\.caravan\\..+)>");

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        Map<String, Object> defaults = new HashMap<>();
        defaults.put("caravan.node", host() + "-" + ProcessHandle.current().pid());
        defaults.put("caravan.instance", HexFormat.of().toHexDigits(new SecureRandom().nextInt()));
        SETTINGS.get().forEach((name, property) -> {
            Object value = property.get("defaultValue");
            if (value != null) {
                defaults.put(name, value.toString().replaceAll("^\\[|]$", "")); // [a, b] for a list
            }
        });
        environment.getPropertySources().addLast(new MapPropertySource(SOURCE, defaults));
    }

    /** The names of all settings below {@code caravan}, without the numbers of lists. */
    static Set<ConfigurationPropertyName> names() {
        Set<ConfigurationPropertyName> names = new TreeSet<>();
        SETTINGS.get().forEach((name, property) -> {
            names.add(ConfigurationPropertyName.of(name));
            Matcher elements = ELEMENT_TYPE.matcher((String) property.get("type"));
            if (elements.find()) {
                for (RecordComponent part :
                        ClassUtils.resolveClassName(elements.group(1), null).getRecordComponents()) {
                    names.add(ConfigurationPropertyName.of(
                            name + "." + DataObjectPropertyName.toDashedForm(part.getName())));
                }
            }
        });
        return names;
    }

    private static Map<String, Map<String, Object>> metadata() {
        try {
            String text = new ClassPathResource(METADATA).getContentAsString(StandardCharsets.UTF_8);
            Map<String, Map<String, Object>> settings = new HashMap<>();
            for (Object each :
                    (List<?>) JsonParserFactory.getJsonParser().parseMap(text).get("properties")) {
                @SuppressWarnings("unchecked")
                Map<String, Object> property = (Map<String, Object>) each;
                String name = (String) property.get("name");
                if (name.startsWith("caravan.")) {
                    settings.put(name, property);
                }
            }
            return settings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
