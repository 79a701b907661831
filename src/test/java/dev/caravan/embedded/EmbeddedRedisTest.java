package dev.caravan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisTest {

    @TempDir
    Path temporary;

    private RunDirectory directory;
    private EmbeddedRedis redis;
    private RedisClient client;
    private StatefulRedisConnection<String, String> connection;
    private RedisCommands<String, String> commands;

    @BeforeEach
    void startRedis() {
        directory = RunDirectory.open(temporary);
        redis = EmbeddedRedis.start(directory.path(), 0);
        client = RedisClient.create("redis://:" + redis.getPassword() + "@127.0.0.1:" + redis.port());
        connection = client.connect();
        commands = connection.sync();
    }

    @AfterEach
    void stopRedis() {
        connection.close();
        client.shutdown();
        redis.close();
        directory.close();
    }

    @Test
    void answersAndStores() {
        assertThat(commands.ping()).isEqualTo("PONG");
        commands.set("greeting", "hello");
        assertThat(commands.get("greeting")).isEqualTo("hello");
    }

    @Test
    void servesNobodyWhoDoesNotKnowThePassword() throws Exception {
        try (RedisClient stranger = RedisClient.create("redis://127.0.0.1:" + redis.port())) {
            assertThatThrownBy(stranger::connect).hasStackTraceContaining("NOAUTH");
        }
        // Everybody can read these, in the list of processes.
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse("")))
                .noneMatch(line -> line.contains(redis.getPassword()));
        assertThat(Files.readString(directory.path().resolve("redis.log"))).doesNotContain(redis.getPassword());
    }

    @Test
    void tellsTheTimeToScripts() {
        List<Object> time = commands.eval("return redis.call('TIME')", ScriptOutputType.MULTI);
        assertThat(time).hasSize(2);
    }

    @Test
    void isBoundToLoopbackAndSavesNothing() {
        assertThat(configured("bind")).isEqualTo("127.0.0.1");
        assertThat(configured("save")).isEmpty();
        assertThat(configured("appendonly")).isEqualTo("no");
        assertThat(configured("maxmemory-policy")).isEqualTo("noeviction");
        assertThat(configured("dir")).isEqualTo(directory.path().toString());
    }

    @Test
    void leavesNothingBehind() throws Exception {
        long pid = Long.parseLong(
                Files.readString(directory.path().resolve("redis.pid")).strip());
        commands.set("greeting", "hello");

        redis.close();
        directory.close();

        assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive)).isNotEqualTo(Optional.of(true));
        assertThat(directory.path()).doesNotExist();
    }

    @Test
    void doesNotTakeAnotherRedisOnItsPortForItself() {
        try (RunDirectory second = RunDirectory.open(temporary)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> EmbeddedRedis.start(second.path(), redis.port()))
                    .withMessageContaining("ended with status 1")
                    .withMessageContaining("the port is in use");
        }
        assertThat(commands.ping()).isEqualTo("PONG");
    }

    private String configured(String name) {
        Map<String, String> settings = commands.configGet(name);
        return settings.get(name);
    }
}
