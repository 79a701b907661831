package dev.caravan.recorder;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** {@link RecorderSettings} as Spring Boot binds them. */
final class Recorded {
    private Recorded() {}

    /** The defaults but for these, by their names after {@code caravan.recorder.}. */
    static RecorderSettings with(Map<String, String> changed) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        changed.forEach((name, value) -> source.put("caravan.recorder." + name, value));
        return new Binder(source).bindOrCreate("caravan.recorder", Bindable.of(RecorderSettings.class));
    }
}
