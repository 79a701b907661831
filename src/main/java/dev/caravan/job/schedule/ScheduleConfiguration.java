package dev.caravan.job.schedule;

import dev.caravan.job.JobSettings;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Registers the component {@code schedule:} by the name of its bean. */
@Configuration(proxyBeanMethods = false)
class ScheduleConfiguration {
    /** Each Camel context gets its own: the context that validates routes is a second one. */
    @Bean("schedule")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    ScheduleComponent scheduleComponent(FileSchedules files, JobSettings settings) {
        return new ScheduleComponent(files, settings);
    }
}
