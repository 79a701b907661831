package dev.caravan.chaos;

import dev.caravan.fixture.Ports;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RequiresRealBrokers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.FileSystemUtils;

/** RabbitMQ and Redis die, stand still, lose what they had and refuse what they are asked. */
@RequiresRealBrokers
class ServersChaos {
    private Site site;

    @BeforeEach
    void begin() {
        site = Site.shared();
    }

    @Test
    void rabbitKilled() {
        row(Row.RABBIT_KILLED, site.rabbit::kill, 5, site.rabbit::up);
    }

    @Test
    void rabbitFrozen() {
        row(Row.RABBIT_FROZEN, site.rabbit::freeze, 30, site.rabbit::thaw);
    }

    @Test
    void rabbitEmptied() {
        row(
                Row.RABBIT_EMPTIED,
                () -> {
                    site.rabbit.kill();
                    FileSystemUtils.deleteRecursively(site.rabbit.folder().resolve("mnesia"));
                },
                0,
                site.rabbit::up);
    }

    @Test
    void rabbitDiskFull() {
        row(
                Row.RABBIT_DISK_FULL,
                () -> site.rabbit.ctl("set_disk_free_limit", "1000000000000000"),
                10,
                () -> site.rabbit.ctl("set_disk_free_limit", "1000000"));
    }

    /** The timeout counts for channels that are opened after it was set. */
    @Test
    void rabbitTakesBack() {
        Accounts accounts = new Accounts(site, "effect", 50);
        Trial.run(Row.RABBIT_TAKES_BACK, accounts, (round, load) -> {
            timeout(60_000);
            site.workers.forEach(worker -> worker.toRabbit.reset());
            load.awaitMore(50);
            String job = accounts.submit(90_000);
            accounts.submit(90_000);
            Awaitility.await("the end of the long job")
                    .atMost(Site.SOON.multipliedBy(2))
                    .ignoreExceptions()
                    .until(() -> "FINISHED".equals(site.api().job(job).field("state")));
            timeout(1_800_000);
        });
    }

    private void timeout(int millis) {
        site.rabbit.ctl(
                "eval",
                "application:set_env(rabbit, consumer_timeout, %d), application:set_env(rabbit, channel_tick_interval, 5000)."
                        .formatted(millis));
    }

    @Test
    void queueDeleted() {
        row(
                Row.QUEUE_DELETED,
                () -> {
                    try (RawAmqp amqp = RawAmqp.to(site.rabbit.port())) {
                        amqp.delete(Site.QUEUE);
                    }
                },
                0,
                () -> {});
    }

    @Test
    void redisKilled() {
        row(Row.REDIS_KILLED, site.redis::kill, 5, site.redis::up);
    }

    @Test
    void redisFrozen() {
        row(Row.REDIS_FROZEN, site.redis::freeze, 30, site.redis::thaw);
    }

    @Test
    void redisFull() {
        row(
                Row.REDIS_FULL,
                () -> site.redis.cli("CONFIG", "SET", "maxmemory", "1"),
                10,
                () -> site.redis.cli("CONFIG", "SET", "maxmemory", "0"));
    }

    /** A folder stands where the file is to be. */
    @Test
    void redisCannotSave() {
        Path dump = site.redis.folder().resolve("dump.rdb");
        row(
                Row.REDIS_CANNOT_SAVE,
                () -> {
                    Files.deleteIfExists(dump); // of the round before
                    Files.createDirectories(dump.resolve("in-the-way"));
                    site.redis.cli("CONFIG", "SET", "save", "3600 1");
                    save("err");
                },
                10,
                () -> {
                    FileSystemUtils.deleteRecursively(dump);
                    save("ok");
                    site.redis.cli("CONFIG", "SET", "save", "");
                });
    }

    private void save(String status) {
        Awaitility.await("a save that ends " + status).atMost(Site.SOON).until(() -> {
            site.redis.cli("BGSAVE");
            return site.redis.cli("INFO", "persistence").contains("rdb_last_bgsave_status:" + status);
        });
    }

    @Test
    void redisReadOnly() {
        row(
                Row.REDIS_READ_ONLY,
                () -> site.redis.cli("REPLICAOF", "127.0.0.1", Integer.toString(Ports.free())),
                10,
                () -> site.redis.cli("REPLICAOF", "NO", "ONE"));
    }

    private void row(Row row, Step fault, int seconds, Step end) {
        Trial.run(site, row, (round, load) -> {
            try {
                fault.run();
                Trial.hold(seconds);
            } finally {
                end.run();
            }
            load.awaitMore(20);
        });
    }

    private interface Step {
        void run() throws Exception;
    }
}
