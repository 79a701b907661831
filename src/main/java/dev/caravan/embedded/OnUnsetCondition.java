package dev.caravan.embedded;

import java.util.Arrays;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/** The condition behind {@link ConditionalOnUnset}; unlike {@code @ConditionalOnProperty} it sees lists and parts too. */
class OnUnsetCondition implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return !anyIsSet(
                context.getEnvironment(),
                metadata.getAnnotations().get(ConditionalOnUnset.class).getStringArray("value"));
    }

    static boolean anyIsSet(Environment environment, String... names) {
        return Arrays.stream(names).anyMatch(name -> isSet(environment, name));
    }

    private static boolean isSet(Environment environment, String name) {
        if (StringUtils.hasText(environment.getProperty(name))) {
            return true;
        }
        ConfigurationPropertyName canonical = ConfigurationPropertyName.of(name);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.containsDescendantOf(canonical) == ConfigurationPropertyState.PRESENT) {
                return true;
            }
        }
        return false;
    }
}
