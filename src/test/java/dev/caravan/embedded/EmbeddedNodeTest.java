package dev.caravan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How the parts end with their JVM: killed, or asked to stop. */
@DisabledOnOs(OS.WINDOWS)
class EmbeddedNodeTest {

    @TempDir
    Path temporary;

    @Test
    void killedJvmTakesItsRedisAlong() throws Exception {
        try (ChildJvm node = ChildJvm.start(EmbeddedNode.class, temporary.toString())) {
            Path directory = Path.of(node.awaitLine("directory"));
            ProcessHandle redis = redisOf(directory);
            List<ProcessHandle> watchers = node.process().descendants().toList();
            assertThat(watchers).contains(redis);

            node.process().toHandle().destroyForcibly();

            await().until(() -> watchers.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(directory).exists();
            RunDirectory.open(temporary).close();
            assertThat(directory).doesNotExist();
        }
    }

    @Test
    void stoppedJvmKeepsItsPartsUntilTheyAreClosed() throws Exception {
        try (ChildJvm node = ChildJvm.start(EmbeddedNode.class, temporary.toString())) {
            Path directory = Path.of(node.awaitLine("directory"));
            ProcessHandle redis = redisOf(directory);

            node.process().toHandle().destroy();

            assertThat(node.awaitLine("served")).isEqualTo("true");
            assertThat(node.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(redis.isAlive()).isFalse();
            assertThat(filesBelow(directory.getParent())).isEmpty();
        }
    }

    private static ProcessHandle redisOf(Path directory) throws IOException {
        long pid =
                Long.parseLong(Files.readString(directory.resolve("redis.pid")).strip());
        return ProcessHandle.of(pid).orElseThrow();
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
