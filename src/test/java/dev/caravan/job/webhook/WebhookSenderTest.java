package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyList;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.store.JobHashes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookSenderTest {
    private static final String ID = "0f0c2f5e-7d0f-4b1e-9a55-3c6e1f0a2b4d";
    private static final String PAYLOAD = "{\"webhook\":\"shop\",\"message\":{}}";

    private final JobHashes hashes = mock(JobHashes.class);
    private final WebhookSender sender = new WebhookSender(null, null, null, hashes);

    @Test
    void whatTheServerHasNotSubmittedAsADeliveryIsNotSigned() {
        refuse(Map.of());
        refuse(Map.of("type", "webhook-delivery", "payload", PAYLOAD));
        refuse(Map.of("type", "hello", "payload", PAYLOAD, "fingerprint", "of an Idempotency-Key"));
    }

    private void refuse(Map<String, String> hash) {
        when(hashes.fields(anyList(), anyList())).thenReturn(List.of(hash));
        assertThatThrownBy(() -> sender.send(Job.create(ID, "webhook-delivery", PAYLOAD, "token")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The server has not submitted this delivery");
    }
}
