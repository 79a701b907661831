package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HostLookupTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final InetAddress[] FOUND = {InetAddress.getLoopbackAddress()};

    private final CountDownLatch responds = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final HostLookup lookup = new HostLookup(this::ask, Duration.ofSeconds(1));

    private InetAddress[] ask(String host) throws UnknownHostException {
        if (host.startsWith("silent")) {
            asked.incrementAndGet();
            try {
                responds.await();
            } catch (InterruptedException e) {
                throw new UnknownHostException(host);
            }
        } else if (host.equals("none.example")) {
            throw new UnknownHostException(host);
        }
        return FOUND;
    }

    @AfterEach
    void end() {
        responds.countDown();
        lookup.destroy();
    }

    private void assertSilent(String host, String message) {
        assertThatThrownBy(() -> lookup.addresses(host))
                .isInstanceOf(HostLookup.NoResponse.class)
                .hasMessage(message)
                .hasMessageNotContaining(host);
    }

    @Test
    void aNameServerThatIsSilentHoldsOneThreadAndNobodyForLong() {
        String silent = "The name of the receiver was not looked up within 1 s: its name server does not respond";
        assertSilent("silent.example", silent);
        assertSilent("silent.example", silent);
        assertThat(asked).hasValue(1);
        assertFound("other.example");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThatThrownBy(() -> lookup.addresses("none.example"))
                .isExactlyInstanceOf(UnknownHostException.class));

        responds.countDown();
        assertFound("silent.example");
    }

    /** A machine with much to do may be late, too. */
    private void assertFound(String host) {
        Awaitility.await().atMost(SOON).ignoreExceptions().untilAsserted(() -> assertThat(lookup.addresses(host))
                .isEqualTo(FOUND));
    }

    @Test
    void soManyAtATimeAndNoMore() {
        HostLookup impatient = new HostLookup(this::ask, Duration.ofMillis(1));
        for (int i = 0; i < 16; i++) {
            String host = "silent-" + i;
            assertThatThrownBy(() -> impatient.addresses(host)).hasMessageContaining("within 0 s");
        }
        assertThatThrownBy(() -> impatient.addresses("one.more"))
                .isInstanceOf(HostLookup.NoResponse.class)
                .hasMessageContaining("16 receivers do not respond");
        impatient.destroy();
    }
}
