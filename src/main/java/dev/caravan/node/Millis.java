package dev.caravan.node;

import org.apache.camel.spi.PropertiesFunction;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * A duration setting, such as {@code 5s}, as the number of milliseconds that some steps of a route want:
 * {@code {{millis:caravan.jobs.default-duration}}}.
 */
@Component
class Millis implements PropertiesFunction {
    private final Environment environment;

    Millis(Environment environment) {
        this.environment = environment;
    }

    @Override
    public String getName() {
        return "millis";
    }

    @Override
    public String apply(String property) {
        String text = environment.getRequiredProperty(property);
        return Long.toString(DurationStyle.detectAndParse(text).toMillis());
    }
}
