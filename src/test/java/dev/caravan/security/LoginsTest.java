package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.ChatLogin;
import dev.caravan.job.TestRedis;
import java.security.Principal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.data.redis.RedisSessionRepository;

/** Which logins of the chat have ended. */
class LoginsTest {
    private static final String SPACE = "caravan:test";

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static ChatLogin active(String session) {
        return new ChatLogin(new SessionLogin("ada", session, List.of()), true);
    }

    /** Two nodes store the use of a session that ends: the second writes a hash with nothing but that. */
    @Test
    void whatIsLeftOfASessionThatEndedKeepsNobodyElseLoggedIn() {
        REDIS.template().opsForHash().put(SPACE + ":sessions:rest", "lastAccessedTime", "1");
        Logins logins = new Logins(REDIS.template(), sessions(), SPACE);

        List<Principal> ended = logins.ended(List.of(active("rest"), active("gone")));

        assertThat(ended)
                .extracting(principal -> ((SessionLogin) principal).sessionId())
                .containsExactlyInAnyOrder("rest", "gone");
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ObjectProvider<SessionRepository<? extends Session>> sessions() {
        RedisSessionRepository repository = new RedisSessionRepository((RedisOperations) REDIS.template());
        repository.setRedisKeyNamespace(SPACE);
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerSingleton("sessions", repository);
        return (ObjectProvider) beans.getBeanProvider(SessionRepository.class);
    }
}
