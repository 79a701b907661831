package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyList;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.store.JobHashes;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.mockito.stubbing.OngoingStubbing;
import org.springframework.beans.factory.ObjectProvider;

class WebhookSenderTest {
    private static final String ID = "0f0c2f5e-7d0f-4b1e-9a55-3c6e1f0a2b4d";
    private static final String PAYLOAD = "{\"webhook\":\"shop\",\"message\":{\"type\":\"job.finished\"}}";

    private final Definitions<Webhook> store = mock();
    private final ObjectProvider<WebhookClient> clients = mock();
    private final JobHashes hashes = mock();
    private final Outages outages = mock();
    private final Receivers receivers =
            new Receivers(new WebhookSettings(List.of(), Duration.ofSeconds(15)), new HostLookup());
    private final WebhookSender sender = new WebhookSender(store, receivers, clients, hashes, outages);

    @Test
    void whatTheServerHasNotSubmittedAsADeliveryIsNotSigned() {
        refuse(Map.of());
        refuse(Map.of("type", "webhook-delivery", "payload", PAYLOAD));
        refuse(Map.of("type", "hello", "payload", PAYLOAD, "fingerprint", "of an Idempotency-Key"));
    }

    private void refuse(Map<String, String> hash) {
        when(hashes.fields(anyList(), anyList())).thenReturn(List.of(hash));
        assertThatThrownBy(this::send)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The server has not submitted this delivery");
    }

    private void send() {
        sender.send(Job.create(ID, "webhook-delivery", PAYLOAD, "token"));
    }

    private static Webhook at(String url) {
        return new Webhook(
                "shop", url, null, null, List.of(new Secret(WebhookSignature.newSecret(), 0)), false, null, null);
    }

    /** What the receiver does, to a delivery with this payload. */
    private OngoingStubbing<Integer> respond(Webhook webhook, String payload) throws IOException {
        WebhookClient client = mock();
        when(hashes.fields(anyList(), anyList()))
                .thenReturn(List.of(Map.of("type", "webhook-delivery", "payload", payload, "fingerprint", "its own")));
        when(store.read("shop")).thenReturn(webhook);
        when(clients.getObject()).thenReturn(client);
        return when(client.send(any()));
    }

    @Test
    void onlyTheReceiverThatIsGoneIsPaused() throws IOException {
        Webhook webhook = at("https://old.example/hook");
        respond(webhook, PAYLOAD).thenReturn(410);

        assertThatThrownBy(this::send).isInstanceOf(IllegalArgumentException.class);

        ArgumentCaptor<UnaryOperator<Webhook>> change = ArgumentCaptor.captor();
        verify(store).change(eq("shop"), change.capture());
        assertThat(change.getValue().apply(webhook).paused()).isTrue();
        assertThat(change.getValue().apply(at("https://new.example/hook")).paused())
                .isFalse();
        assertThat(change.getValue().apply(null)).isNull();
    }

    @Test
    void whatDoesNotArriveCountsUnlessTheReceiverResponds() throws IOException {
        Webhook webhook = at("https://shop.example/hook");
        respond(webhook, PAYLOAD)
                .thenReturn(500)
                .thenThrow(new ConnectException("https://shop.example"))
                .thenThrow(new HostLookup.NoResponse("Its name server does not respond"))
                .thenThrow(new Receivers.NotAllowed())
                .thenReturn(404)
                .thenReturn(204);
        assertThatThrownBy(this::send).hasMessage("The receiver responded with 500");
        verify(outages).failed(webhook, "The receiver responded with 500");
        assertThatThrownBy(this::send).isInstanceOf(WebhookFailed.class);
        verify(outages).failed(webhook, "The receiver was not reached, or did not respond in time (ConnectException)");
        assertThatThrownBy(this::send).hasMessage("Its name server does not respond");
        verify(outages).failed(webhook, "Its name server does not respond");
        assertThatThrownBy(this::send).isInstanceOf(IllegalArgumentException.class);
        verify(outages, never()).responded(webhook);
        assertThatThrownBy(this::send).hasMessage("The receiver responded with 404");
        send();
        verify(outages, times(2)).responded(webhook);
    }

    @Test
    void aReceiverThatIsDownGetsATestAlone() throws IOException {
        Webhook webhook = at("https://shop.example/hook");
        doThrow(new WebhookFailed("down", null)).when(outages).check(webhook);
        respond(webhook, PAYLOAD).thenReturn(204);
        assertThatThrownBy(this::send).hasMessage("down");
        verify(clients, never()).getObject();

        respond(webhook, PAYLOAD.replace("job.finished", "webhook.test")).thenReturn(204);
        send();
        verify(outages).responded(webhook);
    }
}
