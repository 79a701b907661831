package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.http.ServiceUnavailable;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Hooks of a node that starts. */
class HooksStartTest {
    @Test
    @SuppressWarnings("unchecked")
    void beforeTheyWereReadNobodyIsToldThatThereAreNone() {
        Definitions<Hook> store = mock(Definitions.class);
        when(store.all()).thenReturn(Map.of());
        Hooks hooks = new Hooks(store, null);
        assertThatThrownBy(() -> hooks.get("shop")).isInstanceOf(ServiceUnavailable.class);
        hooks.refresh();
        assertThat(hooks.get("shop")).isNull();
    }
}
