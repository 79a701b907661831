package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientNetworkTest {
    @ParameterizedTest
    @CsvSource({
        "203.0.113.7, 203.0.113.7",
        "::ffff:203.0.113.7, 203.0.113.7",
        "proxied, proxied",
        "host.example, host.example",
        "2001:db8:1:2::1, 20010db800010002/64",
        "2001:db8:1:2:ffff:ffff:ffff:ffff, 20010db800010002/64",
        "[2001:db8:1:2::3], 20010db800010002/64",
        "2001:db8:1:3::1, 20010db800010003/64",
    })
    void anIpv6NetworkCountsAsOneClient(String address, String client) {
        assertThat(ClientNetwork.of(address)).isEqualTo(client);
    }
}
