package dev.caravan.job;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** {@link JobSettings} as Spring Boot binds them. */
public final class Settings {
    private Settings() {}

    public static JobSettings defaults() {
        return with(Map.of());
    }

    /** The defaults but for these, by their names after {@code caravan.jobs.}. */
    public static JobSettings with(Map<String, String> changed) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        changed.forEach((name, value) -> source.put("caravan.jobs." + name, value));
        return new Binder(source).bindOrCreate("caravan.jobs", Bindable.of(JobSettings.class));
    }
}
