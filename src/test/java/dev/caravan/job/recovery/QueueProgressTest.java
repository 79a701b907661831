package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.core.QueueInformation;

class QueueProgressTest {
    private static final QueueInformation EMPTY = new QueueInformation("q", 0, 1);
    private static final QueueInformation BUSY = new QueueInformation("q", 7, 1);
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final QueueProgress queue = new QueueProgress(Duration.ofSeconds(15), Duration.ofMinutes(31));

    @Test
    void whatCameWellBeforeAJobThatWasClaimedHasLeftTheQueue() {
        assertThat(queue.passed()).isZero();
        queue.claimed(100_000);
        assertThat(queue.passed()).isEqualTo(85_000);
        queue.claimed(90_000);
        assertThat(queue.passed()).isEqualTo(85_000);
        queue.claimed(100_001);
        assertThat(queue.passed()).isEqualTo(85_001);
    }

    @Test
    void aQueueThatStaysEmptyHasPassedWhatCameBeforeItWasSeenFirst() {
        look(100_000, EMPTY);
        look(105_000, EMPTY);
        look(114_999, EMPTY);
        assertThat(queue.passed()).isZero();
        look(115_000, EMPTY);
        assertThat(queue.passed()).isEqualTo(100_000);
        look(125_000, EMPTY);
        assertThat(queue.passed()).isEqualTo(105_000);
    }

    @Test
    void twoRepliesAreNotEnoughHoweverLongTheTimeBetween() {
        look(100_000, EMPTY);
        look(900_000, EMPTY);
        assertThat(queue.passed()).isZero();
        look(905_000, EMPTY);
        assertThat(queue.passed()).isEqualTo(100_000);
    }

    @Test
    void aQueueWithMessagesOrWithoutConsumersOrThatIsGoneBeginsAnew() {
        for (QueueInformation other : new QueueInformation[] {BUSY, new QueueInformation("q", 0, 0), null}) {
            look(100_000, EMPTY);
            look(110_000, EMPTY);
            look(111_000, other);
            look(120_000, EMPTY);
            look(134_000, EMPTY);
            assertThat(queue.passed()).isZero();
        }
    }

    @Test
    void whenTheClockOfRedisWasSetBackNothingIsKnown() {
        queue.claimed(5_000_000);
        look(5_000_000, BUSY);
        look(1_000_000, BUSY);
        assertThat(queue.passed()).isZero();

        look(5_000_000, EMPTY);
        look(1_000_000, EMPTY);
        look(1_005_000, EMPTY);
        look(1_014_000, EMPTY);
        assertThat(queue.passed()).isZero();
    }

    @Test
    void itTellsHowFarItHadComeLongAgo() {
        for (int minute = 0; minute <= 40; minute++) {
            queue.claimed(minute * 60_000L + 15_000);
            queue.look(minute * 60_000L + 15_000, minute * MINUTE, BUSY);
            assertThat(queue.passedLongAgo(minute * MINUTE)).isEqualTo(Math.max(0, minute - 31) * 60_000L);
        }
    }

    private void look(long now, QueueInformation information) {
        queue.look(now, Duration.ofMillis(now).toNanos(), information);
    }
}
