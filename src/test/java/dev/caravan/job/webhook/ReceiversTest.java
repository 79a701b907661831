package dev.caravan.job.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiversTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final Receivers receivers = new Receivers(new WebhookSettings(List.of(), TIMEOUT), new HostLookup());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "172.31.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "192.0.0.192",
                "198.18.0.1",
                "::1",
                "::",
                "fe80::1",
                "fc00::1",
                "fd00::1",
                "ff02::1",
                "::ffff:127.0.0.1",
                "::ffff:7f00:1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::a00:1",
                "2002:7f00:1::",
                "2001::1",
                "2001:db8::1",
                "3fff::1",
                "fec0::1",
                "5f00::1"
            })
    void whatIsNoServerOnTheInternetIsNotReached(String address) throws UnknownHostException {
        assertThat(receivers.mayReach(InetAddress.getByName(address))).isFalse();
        assertThatThrownBy(() -> receivers.resolve(address)).isInstanceOf(Receivers.NotAllowed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2130706433", "127.1", "0x7f.0.0.1", "0x7f000001", "localhost", "localhost."})
    void otherWaysToWriteItDoNotHelp(String host) {
        assertThatThrownBy(() -> receivers.resolve(host)).isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"})
    void theInternetIsReached(String address) throws UnknownHostException {
        assertThat(receivers.resolve(address)).containsExactly(InetAddress.getByName(address));
    }

    @Test
    void aNetworkThatIsAllowedIsReachedAndNoOther() throws UnknownHostException {
        Receivers inner =
                new Receivers(new WebhookSettings(List.of("10.1.0.0/16", "fd12::/16"), TIMEOUT), new HostLookup());
        assertThat(inner.mayReach(InetAddress.getByName("10.1.2.3"))).isTrue();
        assertThat(inner.mayReach(InetAddress.getByName("fd12::7"))).isTrue();
        assertThat(inner.mayReach(InetAddress.getByName("10.2.0.1"))).isFalse();
        assertThat(inner.mayReach(InetAddress.getByName("127.0.0.1"))).isFalse();
        assertThat(inner.url("http://10.1.2.3:8080/hook").getPort()).isEqualTo(8080);
        assertThat(receivers.url("https://example.org/hook?token=a%20b").getHost())
                .isEqualTo("example.org");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org/hook",
                "ftp://example.org/hook",
                "file:///etc/passwd",
                "https:///hook",
                "https://example.org:65536/hook",
                "https://user:password@example.org/hook",
                "https://example.org@127.0.0.1/hook",
                "https://example.org/hook#part",
                "https://example.org/a b",
                "https://example.org/\r\nX-Header: 1",
                "https://127.0.0.1/hook",
                "https://[::1]/hook",
                "https://[::ffff:10.0.0.1]/hook",
                "https://169.254.169.254/latest/meta-data",
                "example.org/hook",
                ""
            })
    void noWebhookHasSuchAUrl(String url) {
        assertThatThrownBy(() -> receivers.url(url)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "inner/8", "/8"})
    void whatIsNoNetworkStopsTheStart(String network) {
        assertThatThrownBy(() -> new WebhookSettings(List.of(network), TIMEOUT))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
