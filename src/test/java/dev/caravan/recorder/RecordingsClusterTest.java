package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.RedisCluster;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.recorder.Recordings.Head;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Recordings in a Redis Cluster: no command has keys of two slots. */
@RequiresRealBrokers
@Timeout(180)
class RecordingsClusterTest {
    private static final String NODES = "--spring.data.redis.cluster.nodes=";

    @Test
    void theNewestAreKeptWhereverTheirKeysAre() {
        try (RedisCluster cluster = RedisCluster.start()) {
            LettuceConnectionFactory connections = new LettuceConnectionFactory(nodes(cluster));
            connections.afterPropertiesSet();
            connections.start();
            StringRedisTemplate redis = new StringRedisTemplate(connections);
            Recordings recordings = new Recordings(redis, Recorded.with(Map.of("newest", "3")));
            try {
                for (int i = 1; i <= 10; i++) {
                    redis.opsForHash().put("Job:j" + i, "state", "FAILED");
                    recordings.add(new JobRecording(
                            "j" + i,
                            "t",
                            2,
                            "n1",
                            Instant.ofEpochMilli(i),
                            5,
                            null,
                            List.of(),
                            List.of(),
                            0,
                            null,
                            null,
                            null,
                            null));
                }
                await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                    assertThat(recordings.stored()).isEqualTo(10);
                    assertThat(recordings
                                    .read(List.of(JobRecording.place("j7", 2)))
                                    .get(0))
                            .isNull();
                });
                assertThat(recordings.read(List.of(JobRecording.place("j8", 2))).get(0))
                        .contains("\"jobId\":\"j8\"");
                assertThat(recordings.heads(List.of("j8", "j9")))
                        .extracting(Head::attempts)
                        .containsExactly(List.of(2), List.of(2));
                assertThat(recordings.newest(JobRecording.group("t"), JobRecording.class))
                        .extracting(JobRecording::jobId)
                        .containsExactly("j10", "j9", "j8");
            } finally {
                recordings.destroy();
                connections.destroy();
            }
        }
    }

    private static RedisClusterConfiguration nodes(RedisCluster cluster) {
        String nodes = cluster.arguments().stream()
                .filter(argument -> argument.startsWith(NODES))
                .findFirst()
                .orElseThrow();
        return new RedisClusterConfiguration(
                Arrays.asList(nodes.substring(NODES.length()).split(",")));
    }
}
