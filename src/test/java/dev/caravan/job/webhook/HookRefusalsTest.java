package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.HookRefusal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class HookRefusalsTest {
    private final List<HookRefusal> told = new ArrayList<>();
    private final HookRefusals refusals = new HookRefusals(List.of(told::add));

    @Test
    void eachIsCountedAndOneOfAKindIsLogged(CapturedOutput output) {
        Hook shop = new Hook("shop", Hook.Scheme.STANDARD, "hello", null, List.of());
        for (int i = 0; i < 3; i++) {
            refusals.tell(null, HookRefusal.UNKNOWN);
            refusals.tell(shop, HookRefusal.TIME);
        }

        assertThat(told).hasSize(6).containsOnly(HookRefusal.UNKNOWN, HookRefusal.TIME);
        assertThat(output.getOut().lines().filter(line -> line.contains("was refused")))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("A request for a hook was refused: there is none of its name"),
                        line -> assertThat(line).contains("A request for the hook shop was refused: its time is"));
    }
}
