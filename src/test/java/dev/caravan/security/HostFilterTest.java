package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class HostFilterTest {
    private static final UserSettings.User ADA = new UserSettings.User("ada", "{noop}x", EnumSet.of(Role.USER));

    private static SecuritySettings settings(String... hosts) {
        return new SecuritySettings(
                false, Set.of(hosts), 0, 1, SecuritySettings.Anonymous.LOOPBACK, List.of(), List.of());
    }

    private static int status(SecuritySettings settings, List<UserSettings.User> users, String peer, String name)
            throws Exception {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/jobs");
        request.setRemoteAddr(peer);
        request.setServerName(name);
        MockHttpServletResponse response = new MockHttpServletResponse();
        Users all = new Users(new UserSettings(users), new MockEnvironment());
        new HostFilter(settings, all, new AuditLog()).doFilter(request, response, new MockFilterChain());
        return response.getStatus();
    }

    @Test
    void withUsersAnyNameIsServedUnlessSomeAreNamed() throws Exception {
        assertThat(status(settings(), List.of(ADA), "127.0.0.1", "any.test")).isEqualTo(200);
        assertThat(status(settings("Caravan.example"), List.of(ADA), "192.0.2.1", "caravan.EXAMPLE"))
                .isEqualTo(200);
        assertThat(status(settings("caravan.example"), List.of(ADA), "192.0.2.1", "evil.test"))
                .isEqualTo(403);
        assertThat(status(settings("caravan.example"), List.of(ADA), "192.0.2.1", "caravan.example.evil.test"))
                .isEqualTo(403);
    }

    @Test
    void probesAskByAddress() throws Exception {
        assertThat(status(settings("caravan.example"), List.of(ADA), "192.0.2.1", "10.0.0.7"))
                .isEqualTo(200);
        assertThat(status(settings("caravan.example"), List.of(ADA), "192.0.2.1", "[2001:db8::1]"))
                .isEqualTo(200);
        assertThat(status(settings("caravan.example"), List.of(ADA), "127.0.0.1", "localhost"))
                .isEqualTo(200);
        assertThat(status(settings(), List.of(), "192.0.2.1", "10.0.0.7"))
                .isEqualTo(200); // guest cannot come from there
    }

    @Test
    void whileThereIsGuestThisMachineIsServedUnderItsOwnNamesAlone() throws Exception {
        assertThat(status(settings(), List.of(), "127.0.0.1", "localhost")).isEqualTo(200);
        assertThat(status(settings(), List.of(), "127.0.0.1", "10.0.0.7")).isEqualTo(403);
        assertThat(status(settings(), List.of(), "127.0.0.1", "evil.test")).isEqualTo(403);
    }

    @Test
    void aHostIsANameWithoutAPort() {
        assertThatIllegalArgumentException().isThrownBy(() -> settings("caravan.example:8080"));
        assertThatIllegalArgumentException().isThrownBy(() -> settings("https://caravan.example"));
    }
}
