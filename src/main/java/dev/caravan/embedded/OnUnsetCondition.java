package dev.caravan.embedded;

import java.util.Arrays;
import java.util.Optional;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/** The condition behind {@link ConditionalOnUnset}; unlike {@code @ConditionalOnProperty} it sees lists and parts too. */
class OnUnsetCondition extends SpringBootCondition {

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        String[] names = metadata.getAnnotations().get(ConditionalOnUnset.class).getStringArray("value");
        ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnUnset.class);
        Optional<String> set = Arrays.stream(names)
                .filter(name -> isSet(context.getEnvironment(), name))
                .findFirst();
        return set.map(name -> ConditionOutcome.noMatch(message.because(name + " is set")))
                .orElseGet(() -> ConditionOutcome.match(message.because("none is set")));
    }

    /** Whether any of these properties is set. */
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
