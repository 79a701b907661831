package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutagesTest {
    private final Definitions<Webhook> store = mock();
    private Instant now = Instant.parse("2026-11-29T12:00:00Z");
    private final Outages outages = new Outages(store, () -> now);
    private Webhook stored = at("https://shop.example/hook");

    private static Webhook at(String url) {
        return new Webhook("shop", url, null, null, List.of(), false, null, null);
    }

    @BeforeEach
    void keep() {
        when(store.change(eq("shop"), any())).thenAnswer(call -> {
            stored = call.<UnaryOperator<Webhook>>getArgument(1).apply(stored);
            return stored;
        });
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            outages.failed(stored, "The receiver responded with 503");
        }
    }

    @Test
    void afterSomeFailuresInARowOneAtATimeIsTried() {
        fail(Outage.MOST_FAILURES - 1);
        assertThat(stored.isDown()).isFalse();
        assertThatCode(() -> outages.check(stored)).doesNotThrowAnyException();
        fail(1);
        assertThat(stored.isDown()).isTrue();
        assertThatThrownBy(() -> outages.check(stored))
                .isInstanceOf(WebhookFailed.class)
                .hasMessageStartingWith("The receiver is down");

        now = now.plus(Outage.PAUSE);
        Webhook asTwoHaveRead = stored;
        assertThatCode(() -> outages.check(asTwoHaveRead)).as("the trial").doesNotThrowAnyException();
        assertThatThrownBy(() -> outages.check(asTwoHaveRead))
                .as("no other one")
                .isInstanceOf(WebhookFailed.class);
        fail(1);
        now = now.plus(Outage.PAUSE).minusMillis(1);
        assertThatThrownBy(() -> outages.check(stored)).isInstanceOf(WebhookFailed.class);
        assertThat(stored.outage().since())
                .isEqualTo(Instant.parse("2026-11-29T12:00:00Z").toEpochMilli());
    }

    @Test
    void aResponseEndsIt() {
        fail(Outage.MOST_FAILURES + 3);
        Webhook asManyHaveRead = stored;
        outages.responded(stored);
        assertThat(stored.outage()).isNull();
        now = now.plus(Outage.PAUSE);
        assertThatCode(() -> outages.check(asManyHaveRead)).doesNotThrowAnyException();
        assertThat(stored.outage()).isNull();
        fail(Outage.MOST_FAILURES - 1);
        outages.responded(stored);
        fail(1);
        assertThat(stored.isDown()).as("not in a row").isFalse();
    }

    @Test
    void aReceiverThatRespondsCostsNoCommand() {
        clearInvocations(store);
        outages.check(stored);
        outages.responded(stored);
        verifyNoInteractions(store);
    }

    @Test
    void anotherUrlIsAnotherReceiver() {
        fail(Outage.MOST_FAILURES);
        Webhook old = stored;
        stored = at("https://new.example/hook");
        outages.failed(old, "The receiver responded with 503");
        assertThat(stored.outage()).isNull();
        stored = null;
        outages.failed(old, "The receiver responded with 503");
        assertThat(stored).as("a webhook that is deleted stays so").isNull();
    }

    @Test
    void whoResumesItTriesAtOnce() {
        fail(Outage.MOST_FAILURES);
        assertThat(stored.withSecret(WebhookSignature.newSecret(), now).isDown())
                .isTrue();
        assertThat(stored.resume().outage()).isNull();
        assertThat(at("https://new.example/hook").withSecretsOf(stored).outage())
                .isNull();
    }
}
