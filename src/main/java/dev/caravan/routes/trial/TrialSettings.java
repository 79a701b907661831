package dev.caravan.routes.trial;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * What a trial of a route file may do and may take.
 *
 * @param beans names of the beans that a trial calls. It calls no other: it notes that the bean was not tried, and goes on
 * @param timeout how long a trial may take; then it is interrupted
 * @param testsTimeout how long the tests of a file may take when it is saved; those that have not begun by then are red
 * @param concurrent how many trials may run on a node at once, those that do not end among them
 * @param maxSteps how many steps of a trial are recorded; those after them run, too
 * @param maxBody largest body that may come to a step, and largest result
 * @param maxMemory how many bytes a trial may allocate, what is freed again among them; if not set, a quarter of the heap
 * @param maxRecording how many characters the recording of a trial may have
 */
@ConfigurationProperties("caravan.routes.trial")
public record TrialSettings(
        @DefaultValue Set<String> beans,
        @DefaultValue("5s") Duration timeout,
        @DefaultValue("30s") Duration testsTimeout,
        @DefaultValue("2") int concurrent,
        @DefaultValue("1000") int maxSteps,
        @DefaultValue("1MB") DataSize maxBody,
        DataSize maxMemory,
        @DefaultValue("1MB") DataSize maxRecording) {
    public TrialSettings {
        beans = Set.copyOf(beans);
        Assert.isTrue(timeout.toMillis() >= 1, "caravan.routes.trial.timeout must be 1ms at the least");
        Assert.isTrue(concurrent >= 1, "caravan.routes.trial.concurrent must be 1 at the least");
        Assert.isTrue(maxSteps >= 1, "caravan.routes.trial.max-steps must be 1 at the least");
    }

    long mostMemory() {
        return maxMemory == null ? Runtime.getRuntime().maxMemory() / 4 : maxMemory.toBytes();
    }
}
