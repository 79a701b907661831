package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.model.StopDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.junit.jupiter.api.Test;

class FailedStepTest {
    @Test
    void aStepIsNamedByItsIdElseByWhatItDoes() {
        ToDynamicDefinition step = new ToDynamicDefinition("direct:${header.next}");
        assertThat(FailedStep.of(step)).isEqualTo(new FailedStep("toD[direct:${header.next}]", null));
        assertThat(FailedStep.of(new StopDefinition()).name()).isEqualTo("stop");

        step.id("go-on");
        assertThat(FailedStep.of(step).name()).isEqualTo("go-on");
    }

    @Test
    void secretsInAUriAreNotShown() {
        ToDynamicDefinition step =
                new ToDynamicDefinition("ftp://ada:hidden@host/${body}?password=RAW(hidden)&passive=true");

        assertThat(FailedStep.of(step).name())
                .startsWith("toD[ftp://ada:xxxxxx@host/${body}")
                .doesNotContain("hidden");
    }
}
