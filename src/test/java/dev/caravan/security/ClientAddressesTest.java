package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.http.ProxyHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

class ClientAddressesTest {
    private final MockHttpServletRequest request = new MockHttpServletRequest();

    @Test
    void aClientOnThisMachineHasItsAddress() {
        request.setRemoteAddr("::1");
        assertThat(ClientAddresses.of(request)).isEqualTo("::1");
    }

    @Test
    void aClientElsewhereHasItsAddressUnderAnyName() {
        request.setRemoteAddr("192.0.2.1");
        request.setServerName("caravan.example");
        request.addHeader("X-Forwarded-For", "127.0.0.1");
        assertThat(ClientAddresses.of(request)).isEqualTo("192.0.2.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Forwarded", "X-FORWARDED-FOR", "x-forwarded-anything", "Via", "X-Real-IP", "CF-Connecting-IP"})
    void whoSpeaksForAnotherIsNotOnThisMachine(String header) {
        request.addHeader(header, "127.0.0.1");
        assertThat(ClientAddresses.isLoopback(ClientAddresses.of(request))).isFalse();
    }

    @Test
    void nobodyIsWhereAProxyIsBelieved() {
        request.setAttribute(ProxyHeaders.BELIEVED, true);
        assertThat(ClientAddresses.isLoopback(ClientAddresses.of(request))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "0.0.0.0", "192.0.2.1", "localhost."})
    void whoAsksUnderAnotherNameIsNotOnThisMachine(String name) {
        request.setServerName(name);
        assertThat(ClientAddresses.isLoopback(ClientAddresses.of(request))).isFalse();
    }
}
