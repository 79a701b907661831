package dev.caravan.chaos;

import dev.caravan.chaos.Effects.Run;
import dev.caravan.chaos.Effects.Span;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresRealBrokers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPooled;

/** Three RabbitMQ, three Redis and their Sentinels, as in {@code docker/compose.cluster.yaml}: one of each may die. */
@RequiresRealBrokers
class ClusterChaos {
    /** As in job-limited. */
    private static final int LIMIT = 4;

    private static final int LIMIT_OF_A_KEY = 2;

    private static Site site;

    @BeforeAll
    static void start() {
        site = Site.ofThree();
    }

    @BeforeEach
    void begin() {
        site.heal();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    void leaderKilled() {
        Trial.run(site, Row.LEADER_KILLED, (round, load) -> {
            RealRabbit leader = site.rabbits.leaderOf(site.rabbits.queues().get(Site.QUEUE));
            leader.kill();
            load.awaitMore(50);
            leader.up();
            load.awaitMore(20);
        });
    }

    @Test
    void masterKilled() {
        Trial.run(site, Row.MASTER_KILLED, (round, load) -> killMaster(load));
    }

    /** Where a failover loses the slots of jobs that run, as many others may begin beside these, and no more. */
    @Test
    void limitHolds() {
        Accounts accounts = new Accounts(site, "limited", 100);
        List<Span> failovers = new ArrayList<>();
        accounts.examine(runs -> {
            long most = Effects.atOnce(runs, failovers, false);
            long mostInFailovers = Effects.atOnce(runs, failovers, true);
            accounts.count("at once", most);
            accounts.count("at once in a failover", mostInFailovers);
            if (most > LIMIT || mostInFailovers > 2 * LIMIT) {
                accounts.fault("%d at once, %d in a failover".formatted(most, mostInFailovers));
            }
            Map<String, List<Run>> ofKey = runs.stream()
                    .collect(Collectors.groupingBy(run -> run.payload().replaceAll(".*(.)\\..*", "$1")));
            ofKey.forEach((key, those) -> {
                if (Effects.atOnce(those, failovers, false) > LIMIT_OF_A_KEY
                        || Effects.atOnce(those, failovers, true) > 2 * LIMIT_OF_A_KEY) {
                    accounts.fault("too many at once of the key " + key);
                }
            });
        });
        Trial.run(Row.LIMIT_HOLDS, accounts, (round, load) -> {
            long from = site.effects.position();
            killMaster(load);
            failovers.add(new Span(from, site.effects.position()));
            load.awaitMore(50);
        });
        try (JedisPooled redis = site.redis()) {
            Awaitility.await("all slots given back").atMost(Site.SOON).until(() -> redis.keys("caravan:jobs:limit:*")
                    .isEmpty());
        }
    }

    private static void killMaster(Accounts.Load load) {
        int killed = site.sentinels.killMaster();
        Awaitility.await("another master").atMost(Site.SOON).until(() -> site.sentinels.master() != killed);
        load.awaitMore(50);
        site.sentinels.up(killed);
        Awaitility.await("a replica").atMost(Site.SOON).until(() -> site.sentinels.follows(killed));
    }
}
