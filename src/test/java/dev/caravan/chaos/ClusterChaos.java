package dev.caravan.chaos;

import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RequiresRealBrokers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three RabbitMQ, three Redis and their Sentinels, as in {@code docker/compose.cluster.yaml}: one of each may die. */
@RequiresRealBrokers
class ClusterChaos {
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
        Trial.run(site, Row.MASTER_KILLED, (round, load) -> {
            int killed = site.sentinels.killMaster();
            Awaitility.await("another master").atMost(Site.SOON).until(() -> site.sentinels.master() != killed);
            load.awaitMore(50);
            site.sentinels.up(killed);
            Awaitility.await("a replica").atMost(Site.SOON).until(() -> site.sentinels.follows(killed));
        });
    }
}
