package dev.caravan.job.schedule;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.scheduling.support.CronExpression;

/** When schedules fire, also where and when the clocks change. */
class FiringTimesTest {
    private static final Instant YEAR = Instant.parse("2026-01-01T00:00:00Z");

    private static List<String> of(String cron, String zone, String after, int count) {
        return of(new FiringTimes(CronExpression.parse(cron), null, ZoneId.of(zone)), after, count);
    }

    private static List<String> of(FiringTimes times, String after, int count) {
        List<String> firings = new ArrayList<>();
        long time = Instant.parse(after).toEpochMilli();
        for (int i = 0; i < count; i++) {
            time = times.next(time);
            firings.add(Instant.ofEpochMilli(time).toString());
        }
        return firings;
    }

    @Test
    void anIntervalIsCountedFromTheEpoch() {
        FiringTimes times = new FiringTimes(null, Duration.ofMinutes(7), ZoneOffset.UTC);
        assertThat(of(times, "1970-01-01T00:00:00Z", 2))
                .containsExactly("1970-01-01T00:07:00Z", "1970-01-01T00:14:00Z");
        assertThat(of(times, "1970-01-01T00:06:59.999Z", 1)).containsExactly("1970-01-01T00:07:00Z");
    }

    /** In Paris the clock jumps from 2:00 to 3:00. */
    @Test
    void aTimeThatIsSkippedFiresWhenTheClockHasJumped() {
        assertThat(of("0 30 2 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", 2))
                .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
        assertThat(of("0 0,30 2,3 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", 4))
                .as("at three, once, for all that was skipped")
                .containsExactly(
                        "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z");
    }

    /** In Paris the clock goes back from 3:00 to 2:00. */
    @Test
    void aTimeThatComesTwiceFiresOnce() {
        assertThat(of("0 30 2 * * *", "Europe/Paris", "2026-10-24T12:00:00Z", 2))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
        assertThat(of("0 30 2 * * *", "Europe/Paris", "2026-10-25T01:10:00Z", 1))
                .as("also after a node asks within the second one")
                .containsExactly("2026-10-26T01:30:00Z");
    }

    @Test
    void eachHourFiresAtWhateverTheClockShows() {
        assertThat(of("0 30 * * * *", "Europe/Paris", "2026-03-28T23:45:00Z", 3))
                .containsExactly("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z");
        assertThat(of("0 30 * * * *", "Europe/Paris", "2026-10-24T23:45:00Z", 3))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z");
    }

    @Test
    void everyZoneGoesOnOnceADay() {
        Set<ZoneRules> seen = new HashSet<>();
        for (String id : ZoneId.getAvailableZoneIds()) {
            ZoneId zone = ZoneId.of(id);
            if (zone.getRules().nextTransition(YEAR) == null || !seen.add(zone.getRules())) {
                continue;
            }
            for (String cron : List.of("0 15 0 * * *", "0 0 1 * * *", "0 30 2 * * *", "0 45 23 * * *")) {
                FiringTimes times = new FiringTimes(CronExpression.parse(cron), null, zone);
                long time = times.next(YEAR.toEpochMilli());
                for (int day = 0; day < 366; day++) {
                    long next = times.next(time);
                    if (next < time + HOURS.toMillis(22) || next > time + HOURS.toMillis(26)) {
                        fail("%s in %s after %s: %s", cron, id, Instant.ofEpochMilli(time), Instant.ofEpochMilli(next));
                    }
                    time = next;
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(20);
    }

    @Test
    void aDateThatNeverComesHasNoFiring() {
        FiringTimes times = new FiringTimes(CronExpression.parse("0 0 0 30 2 *"), null, ZoneId.of("Europe/Paris"));
        assertThat(times.next(0)).isEqualTo(FiringTimes.NEVER);
    }
}
