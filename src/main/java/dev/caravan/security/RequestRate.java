package dev.caravan.security;

import java.time.Duration;
import org.springframework.stereotype.Component;

/** Counts the requests a second of one user, or of one anonymous address: {@code caravan.security.rate}. Thread-safe. */
@Component
final class RequestRate {
    private final int most;
    private final Window second = new Window(Duration.ofSeconds(1));

    RequestRate(SecuritySettings settings) {
        this.most = settings.rate();
    }

    int most() {
        return most;
    }

    /** Counts one more request. @return whether there are too many in this second */
    boolean isExceeded(String who) {
        return most > 0 && second.add(who) > most;
    }

    /**
     * Counts one more line of a streamed request, which can wait: it leaves a tenth of the limit to other requests.
     *
     * @return 0, or the milliseconds until the next try: then it was not counted
     */
    long admit(String who) {
        if (most > 0 && second.add(who) > most - most / 10) {
            second.takeBack(who);
            return second.millisLeft();
        }
        return 0;
    }

    /** Does not count the last request of this second after all. */
    void takeBack(String who) {
        second.takeBack(who);
    }

    /** The seconds until requests are taken again. */
    long secondsLeft() {
        return second.secondsLeft();
    }
}
