package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;
import org.springframework.security.crypto.password.PasswordEncoder;

@Timeout(120)
class PasswordLoginTest {
    private static final String HERE = "203.0.113.7";

    private final Slow encoder = new Slow();
    private final PasswordLogin logins = new PasswordLogin(
            new Users(
                    new UserSettings(List.of(new UserSettings.User("ada", "{slow}right", EnumSet.of(Role.USER)))),
                    new MockEnvironment()),
            new SecuritySettings(false, Set.of(), 0, 10, SecuritySettings.Anonymous.NOWHERE, List.of(), List.of()),
            new AuditLog(),
            encoder);
    private final ExecutorService clients = Executors.newFixedThreadPool(200);

    /** Hashes nothing before it is told to, and counts. */
    private static final class Slow implements PasswordEncoder {
        private final AtomicInteger hashed = new AtomicInteger();
        private final CountDownLatch open = new CountDownLatch(1);

        @Override
        public String encode(CharSequence password) {
            return "{slow}" + password;
        }

        @Override
        public boolean matches(CharSequence password, String encoded) {
            try {
                assertThat(open.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            hashed.incrementAndGet();
            return encoded.equals("{slow}" + password);
        }
    }

    @AfterEach
    void stop() {
        encoder.open.countDown();
        clients.shutdownNow();
    }

    private List<Future<Authentication>> atOnce(int number, String password, String address) {
        List<Future<Authentication>> answers = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            String tried = password.replace("#", String.valueOf(i));
            answers.add(clients.submit(() -> logins.login("ada", tried, address)));
        }
        return answers;
    }

    private static boolean failed(Future<Authentication> answer, Class<?> how) {
        try {
            answer.get(30, TimeUnit.SECONDS);
            return false;
        } catch (Exception e) {
            return how.isInstance(e.getCause());
        }
    }

    @Test
    void manyGuessesAtOnceGetNoFurtherThanManyInARow() {
        List<Future<Authentication>> answers = atOnce(200, "guess#", HERE);
        await().until(() -> answers.stream().filter(Future::isDone).count() >= 190);
        encoder.open.countDown();

        assertThat(answers)
                .filteredOn(answer -> failed(answer, TooManyFailedLogins.class))
                .hasSizeGreaterThanOrEqualTo(190);
        assertThat(encoder.hashed.get()).isBetween(1, 10);
    }

    @Test
    void manyLoginsWithOneRightPasswordAreHashedOnceAndTakeNoGuess() throws Exception {
        List<Future<Authentication>> answers = atOnce(100, "right", HERE);
        encoder.open.countDown();
        for (Future<Authentication> answer : answers) {
            assertThat(answer.get(30, TimeUnit.SECONDS).getName()).isEqualTo("ada");
        }
        assertThat(encoder.hashed).hasValue(1);

        for (int i = 0; i < 10; i++) {
            int guess = i;
            assertThatThrownBy(() -> logins.login("ada", "guess" + guess, HERE))
                    .isInstanceOf(BadCredentialsException.class);
        }
        assertThatThrownBy(() -> logins.login("ada", "another", HERE)).isInstanceOf(TooManyFailedLogins.class);
        assertThat(logins.login("ada", "right", HERE).getName()).isEqualTo("ada");
    }

    @Test
    void guessesFromManyAddressesWaitInAShortLineForAProcessor() {
        List<Future<Authentication>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.addAll(atOnce(1, "guess" + i, "198.51.100." + i));
        }
        await().until(() -> answers.stream().filter(Future::isDone).count() >= 150);
        encoder.open.countDown();

        assertThat(answers)
                .filteredOn(answer -> failed(answer, TooManyFailedLogins.class))
                .hasSizeGreaterThanOrEqualTo(150);
    }

    @Test
    void anUnknownUserCostsWhatAWrongPasswordCosts() {
        encoder.open.countDown();
        assertThatThrownBy(() -> logins.login("eve", "guess", HERE)).isInstanceOf(BadCredentialsException.class);
        assertThat(encoder.hashed).hasValue(1);
    }

    @Test
    void theAddressesOfAnIpv6NetworkShareTheirGuesses() {
        encoder.open.countDown();
        for (int i = 0; i < 10; i++) {
            String address = "2001:db8:1:2::" + i;
            assertThatThrownBy(() -> logins.login("ada", "guess", address)).isInstanceOf(BadCredentialsException.class);
        }
        assertThatThrownBy(() -> logins.login("ada", "guess", "2001:db8:1:2::ff"))
                .isInstanceOf(TooManyFailedLogins.class);
        assertThatThrownBy(() -> logins.login("ada", "guess", "2001:db8:1:3::1"))
                .isInstanceOf(BadCredentialsException.class);
    }
}
