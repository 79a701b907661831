package dev.caravan.routes.trial;

import dev.caravan.routes.recording.SecretNames;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.component.properties.EnvPropertiesFunction;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.component.properties.SysPropertiesFunction;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.util.IOHelper;
import org.apache.camel.util.SensitiveUtils;

/**
 * Keeps secrets out of what a trial records: a setting, an environment variable or a system property has no value there if
 * its name looks like that of a secret, and none has the password that stands in a URL.
 */
final class Secrets {
    private static final Pattern IN_SIMPLE = Pattern.compile("\\$(?:simple)?\\{\\s*(env|sysenv|sys)[.:]([^{}]+)}");

    private Secrets() {}

    static String hidden(String name, String value) {
        if (value == null) {
            return null;
        }
        return SensitiveUtils.containsSensitive(name) || SecretNames.isSecret(name)
                ? SecretNames.HIDDEN
                : SecretNames.withoutPasswords(value);
    }

    static Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.replaceAll(Secrets::hidden);
        return environment;
    }

    /** An expression in which {@code ${env.NAME}} and {@code ${sys.name}} are written out if they are secret. */
    static String withoutSecrets(String simple) {
        return replaced(simple, SecretNames.HIDDEN);
    }

    /** The same for a predicate, in which a text stands in quotes. */
    static String withoutSecretsInPredicate(String simple) {
        return replaced(simple, "'" + SecretNames.HIDDEN + "'");
    }

    private static String replaced(String simple, String by) {
        return simple == null || !simple.contains("{")
                ? simple
                : IN_SIMPLE
                        .matcher(simple)
                        .replaceAll(found -> Matcher.quoteReplacement(
                                isHidden(found.group(1), found.group(2).strip()) ? by : found.group()));
    }

    private static boolean isHidden(String kind, String name) {
        String value = kind.equals("sys") ? System.getProperty(name) : IOHelper.lookupEnvironmentVariable(name);
        return value != null && !value.equals(hidden(name, value));
    }

    /** Has placeholders, such as <code>{{env:NAME}}</code>, come from the functions and sources here alone. */
    static void guard(PropertiesComponent placeholders) {
        placeholders.setEnvironmentVariableMode(PropertiesComponent.ENVIRONMENT_VARIABLES_MODE_NEVER);
        placeholders.setSystemPropertiesMode(PropertiesComponent.SYSTEM_PROPERTIES_MODE_NEVER);
        placeholders.addPropertiesFunction(new Hiding(new EnvPropertiesFunction()));
        placeholders.addPropertiesFunction(new Hiding(new SysPropertiesFunction()));
    }

    private record Hiding(PropertiesFunction camels) implements PropertiesFunction {
        @Override
        public String getName() {
            return camels.getName();
        }

        @Override
        public String apply(String nameAndDefault) {
            return hidden(nameAndDefault.split(":", 2)[0], camels.apply(nameAndDefault));
        }
    }
}
