package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.mock.env.MockEnvironment;

class DefaultCredentialsTest {
    private final RabbitConnectionDetails broker = mock(RabbitConnectionDetails.class);
    private final RedisConnectionDetails redis = mock(RedisConnectionDetails.class);

    private static Users users(UserSettings.User... users) {
        return new Users(new UserSettings(List.of(users)), new MockEnvironment());
    }

    private static SecuritySettings settings(boolean insecure) {
        return new SecuritySettings(insecure, Set.of(), 0, 1, SecuritySettings.Anonymous.NOWHERE, List.of(), List.of());
    }

    @Test
    void namesAllThatEverybodyKnows() {
        when(broker.getUsername()).thenReturn("guest");
        when(broker.getPassword()).thenReturn("guest");

        assertThatThrownBy(() -> new DefaultCredentials(settings(false), users(), broker, redis))
                .hasMessageContaining("caravan.users")
                .hasMessageContaining("spring.rabbitmq")
                .hasMessageContaining("spring.data.redis.password");
    }

    @Test
    void startsIfToldTo() {
        new DefaultCredentials(settings(true), users(), broker, redis);
    }

    @Test
    void startsWithCredentialsOfItsOwn() {
        when(broker.getUsername()).thenReturn("caravan");
        when(broker.getPassword()).thenReturn("guest");
        when(redis.getPassword()).thenReturn("secret");
        Users users = users(new UserSettings.User("ada", "{noop}x", Set.of(Role.USER)));

        new DefaultCredentials(settings(false), users, broker, redis);
        assertThat(users.hasGuest()).isFalse();
    }

    @Test
    void thereIsNoGuestWhereTokensAreIssued() {
        MockEnvironment environment = new MockEnvironment()
                .withProperty("spring.security.oauth2.resourceserver.jwt.issuer-uri", "https://issuer.example");

        assertThat(new Users(new UserSettings(List.of()), environment).hasGuest())
                .isFalse();
    }

    @Test
    void aPasswordMustSayHowItIsEncoded() {
        assertThatThrownBy(() -> new UserSettings.User("ada", "secret", Set.of(Role.USER)))
                .hasMessageContaining("ada")
                .hasMessageNotContaining("secret");
    }
}
