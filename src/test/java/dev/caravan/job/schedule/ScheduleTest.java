package dev.caravan.job.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a schedule may say, and which of its firings are submitted when some were missed. */
class ScheduleTest {
    private static final long NOON = Instant.parse("2026-11-28T12:00:00Z").toEpochMilli();
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;

    static Schedule schedule(String... options) {
        Map<String, String> all = new HashMap<>(Map.of("type", "report"));
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        return Schedule.of("nightly", all);
    }

    @Test
    void isTheSameAfterItWasStored() {
        Schedule cron = schedule("cron", "@daily", "zone", "Europe/Paris", "jitter", "1500ms", "overlap", "queue");
        assertThat(Schedule.of("nightly", cron.options())).isEqualTo(cron);
        assertThat(schedule("every", "90s", "jitter", "120s", "grace", "24h")
                        .options()
                        .toString())
                .contains("every=90s", "jitter=2m", "grace=1d");
        assertThat(cron.timing().keySet()).containsExactly("cron", "zone", "jitter");
        Schedule every = schedule("every", "PT1H", "missed", "all", "grace", "2d", "description", "Ünlike");
        assertThat(Schedule.of("nightly", every.options())).isEqualTo(every);
        assertThat(Schedule.OPTIONS)
                .containsAll(every.options().keySet())
                .containsAll(cron.timing().keySet());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cron=0 0 2 * *     | six fields",
                "cron=0 0 25 * * *  | six fields",
                "cron=0 0 0 30 2 *  | never comes: 0 0 0 30 2 *",
                "every=500ms        | every must be from 1s to 366d, not 500ms",
                "every=soon         | every must be a duration such as 30s, 10m or 1h, not soon",
                "zone=Paris         | zone must be a time zone such as Europe/Paris, not Paris",
                "missed=some        | missed must be one of skip, one, all, not some",
                "overlap=kill       | overlap must be one of allow, skip, queue, cancel, not kill",
                "jitter=-1s         | jitter must be from 0s to 1d",
                "grace=8d           | grace must be from 1s to 7d",
                "grace=99999999999999999d | grace must be a duration",
                "type=No Type       | type must be the name of a job type",
                "description=       | exactly one of cron"
            })
    void saysWhatIsWrong(String option, String reason) {
        String[] pair = option.strip().split("=", 2);
        Map<String, String> options = new HashMap<>(Map.of("type", "report"));
        if (!pair[0].equals("description") && !pair[0].equals("every")) {
            options.put("cron", "0 0 2 * * *");
        }
        options.put(pair[0], pair[1]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.of("nightly", options))
                .withMessageContaining(reason);
    }

    @Test
    void jitterIsTheSameOnEachNodeAndAnotherForEachFiring() {
        Schedule schedule = schedule("every", "1m", "jitter", "10s");
        Set<Long> delays = new HashSet<>();
        for (long firing = NOON; firing < NOON + 100 * MINUTE; firing += MINUTE) {
            long delay = schedule.dueAt(firing) - firing;
            assertThat(delay).isBetween(0L, 10 * SECOND);
            assertThat(schedule("every", "1m", "jitter", "10s").dueAt(firing)).isEqualTo(firing + delay);
            delays.add(delay);
        }
        assertThat(delays).hasSizeGreaterThan(80);
        assertThat(schedule("every", "1m").dueAt(NOON)).isEqualTo(NOON);
    }

    @Test
    void whatIsLateByAFewSecondsIsNotMissed() {
        for (String missed : new String[] {"skip", "one", "all"}) {
            assertThat(Backlog.of(schedule("every", "1s", "missed", missed), NOON - 10 * SECOND, NOON))
                    .isEqualTo(new Backlog(0, NOON - 10 * SECOND));
        }
    }

    /** Every minute, from an hour and a half ago on; grace: an hour. */
    @Test
    void afterAnOutageThePolicyDecides() {
        long first = NOON - 90 * MINUTE;
        assertThat(Backlog.of(schedule("every", "1m", "missed", "skip"), first, NOON))
                .as("the one of now is on time")
                .isEqualTo(new Backlog(90, NOON));
        assertThat(Backlog.of(schedule("every", "1m", "missed", "one"), first, NOON))
                .isEqualTo(new Backlog(89, NOON - MINUTE));
        assertThat(Backlog.of(schedule("every", "1m", "missed", "all"), first, NOON))
                .as("within the grace")
                .isEqualTo(new Backlog(30, NOON - 60 * MINUTE));
        assertThat(Backlog.of(schedule("every", "1m", "missed", "all", "grace", "7d"), NOON - 200 * MINUTE, NOON))
                .as("a hundred at the most")
                .isEqualTo(new Backlog(100, NOON - 100 * MINUTE));
    }

    @Test
    void allThatIsOlderThanTheGraceIsDropped() {
        Schedule daily = schedule("cron", "0 0 2 * * *", "missed", "all");
        long two = Instant.parse("2026-11-28T02:00:00Z").toEpochMilli();
        long tomorrow = two + Duration.ofDays(1).toMillis();
        assertThat(Backlog.of(daily, two, two + 60 * MINUTE)).isEqualTo(new Backlog(0, two));
        assertThat(Backlog.of(daily, two, two + 60 * MINUTE + 1)).isEqualTo(new Backlog(1, tomorrow));
    }

    /** A year of seconds: it must not look at each. */
    @Test
    void aLongOutageIsNotCountedToItsEnd() {
        Schedule schedule = schedule("every", "1s", "grace", "1m", "jitter", "30s");
        Backlog backlog = Backlog.of(schedule, NOON - Duration.ofDays(365).toMillis(), NOON);
        assertThat(backlog.dropped()).isGreaterThan(Backlog.MOST_COUNTED);
        assertThat(backlog.next()).isBetween(NOON - 60 * SECOND, NOON);
    }
}
