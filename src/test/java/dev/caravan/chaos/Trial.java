package dev.caravan.chaos;

import java.time.Duration;
import org.awaitility.Awaitility;

/** Runs the rounds of a row under load, closes the accounts, and adds the row to the results. */
final class Trial {
    private static final Duration SETTLED = Duration.ofSeconds(90);

    /** Seconds that a fault lasts at most; null: as long as its row says. */
    static final Integer LONGEST = Integer.getInteger("caravan.chaos.seconds");

    private Trial() {}

    /** One round: what is done to the site while jobs wait. */
    interface Round {
        void run(int number, Accounts.Load load) throws Exception;
    }

    /** A round under each backlog of jobs of the type {@code effect}, of 50 ms each. */
    static void run(Site site, Row row, Round round) {
        run(row, new Accounts(site, "effect", 50), round);
    }

    static void run(Row row, Accounts accounts, Round round) {
        long begin = System.nanoTime();
        int rounds = row.rounds();
        Throwable failure = null;
        try (Accounts.Load load = accounts.load()) {
            for (int number = 1; number <= rounds; number++) {
                load.awaitBacklog();
                round.run(number, load);
            }
        } catch (Exception | AssertionError e) {
            accounts.fault("a round failed: " + e);
            failure = e;
        }
        Figures figures = accounts.settle(SETTLED);
        Results.add(row, rounds, Duration.ofNanos(System.nanoTime() - begin), figures);
        if (!figures.isGood()) {
            throw new AssertionError(figures.stories(), failure);
        }
    }

    /** Takes so long, as a handler does. */
    static void work(long millis) {
        Awaitility.await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
    }

    /** Lets time pass; {@code -Dcaravan.chaos.seconds} is the most. */
    static void hold(int seconds) {
        Duration time = Duration.ofSeconds(LONGEST == null ? seconds : Math.min(seconds, LONGEST));
        Awaitility.await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
    }
}
