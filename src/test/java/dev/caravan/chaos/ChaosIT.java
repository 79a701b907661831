package dev.caravan.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A little of what the profile {@code chaos} does, in every build: on a node of each role, with jobs that wait. */
@RequiresRealBrokers
class ChaosIT {
    @Test
    void aWorkerDiesAndRedisStandsStillWhileJobsWait() {
        try (Site site = Site.ofOne(1)) {
            site.heal();
            Accounts accounts = new Accounts(site, "effect", 30);
            try (Accounts.Load load = accounts.load()) {
                load.awaitBacklog();
                site.workers.get(0).kill();
                site.startWorker(Map.of());
                load.awaitMore(20);
                site.redis.freeze();
                Trial.hold(5);
                site.redis.thaw();
                load.awaitMore(20);
            }

            Figures figures = accounts.settle(Duration.ofSeconds(60));

            System.out.println("ChaosIT: " + figures);
            assertThat(figures.isGood()).as(figures.stories()).isTrue();
        }
    }
}
