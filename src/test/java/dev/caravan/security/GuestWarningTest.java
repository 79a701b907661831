package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.http.ProxyHeaders;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.mock.env.MockEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class GuestWarningTest {
    private final ProxyHeaders proxy = mock();

    private void start(List<UserSettings.User> users) {
        new GuestWarning(new Users(new UserSettings(users), new MockEnvironment()), proxy).ready();
    }

    @Test
    void saysThatGuestIsOpenToWhomAndHowToCloseIt(CapturedOutput output) {
        start(List.of());
        assertThat(output)
                .contains("WARN", "Log in as guest with the password guest", "this machine", "proxy", "caravan.users");
    }

    @Test
    void saysThatNobodyCanLogInBehindAProxy(CapturedOutput output) {
        when(proxy.areBelieved()).thenReturn(true);
        start(List.of());
        assertThat(output).contains("Nobody can log in", "caravan.users");
    }

    @Test
    void saysNothingWhereThereAreUsers(CapturedOutput output) {
        start(List.of(new UserSettings.User("ada", "{noop}x", EnumSet.of(Role.USER))));
        assertThat(output).isEmpty();
    }
}
