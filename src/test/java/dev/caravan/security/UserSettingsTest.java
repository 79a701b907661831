package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserSettingsTest {
    private static final String HASH = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    private static UserSettings.User user(String name, String password) {
        return new UserSettings.User(name, password, EnumSet.of(Role.USER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"$2y$05$", "$2a$04$", "$2b$09$", "$2$08$"})
    void bcryptThatIsGuessedTooQuicklyIsRefusedWithTheCommandThatMakesItBetter(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> user("ada", "{bcrypt}" + prefix + HASH))
                .withMessageContaining("ada")
                .withMessageContaining("htpasswd -nBC 12");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{bcrypt}$2y$10$", "{bcrypt}$2a$12$", "{noop}secret", "{argon2@SpringSecurity_v5_8}$argon2id$"})
    void otherPasswordsAreTaken(String prefix) {
        assertThat(user("ada", prefix + HASH).name()).isEqualTo("ada");
    }

    @Test
    void twoNamesThatLookTheSameAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UserSettings(List.of(user("ada", "{noop}x"), user("ＡＤＡ", "{noop}x"))));
    }
}
