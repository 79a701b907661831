package dev.caravan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class RunDirectoryTest {

    /** This pid, but of a process that started long before this one. */
    private static final RunDirectoryOwner REUSED_PID =
            new RunDirectoryOwner(ProcessHandle.current().pid(), 1_000_000_000_000L);

    /** Above the highest pid of any system. */
    private static final RunDirectoryOwner DEAD = new RunDirectoryOwner(99_999_999_999L, 1_000_000_000_000L);

    @TempDir
    Path temporary;

    private Path home;

    @BeforeEach
    void findHome() throws IOException {
        try (RunDirectory directory = RunDirectory.open(temporary)) {
            home = directory.path().getParent();
        }
    }

    @Test
    void isReadableByItsOwnerAlone() throws IOException {
        try (RunDirectory directory = RunDirectory.open(temporary)) {
            assertThat(permissions(directory.path())).isEqualTo("rwx------");
            assertThat(permissions(home)).isEqualTo("rwx------");
        }
    }

    @Test
    void isDeletedOnClose() throws IOException {
        RunDirectory directory = RunDirectory.open(temporary);
        Files.createDirectories(directory.path().resolve("broker/log"));
        Files.writeString(directory.path().resolve("broker/log/some.log"), "line");

        directory.close();

        assertThat(home).isEmptyDirectory();
    }

    @Test
    void isNotSharedWithinOneProcess() {
        try (RunDirectory first = RunDirectory.open(temporary);
                RunDirectory second = RunDirectory.open(temporary)) {
            assertThat(second.path()).isNotEqualTo(first.path());
            assertThat(first.path()).exists();
        }
    }

    @Test
    void clearsWhatDeadOwnersLeft() throws IOException {
        Path dead = leftBy(DEAD);
        Path reused = leftBy(REUSED_PID);

        RunDirectory.open(temporary).close();

        assertThat(dead).doesNotExist();
        assertThat(reused).doesNotExist();
    }

    @Test
    void killsTheProcessThatADeadOwnerLeft() throws Exception {
        Path dead = leftBy(DEAD);
        Path program = Files.copy(sleepProgram(), dead.resolve("redis-server"));
        Process stray = new ProcessBuilder(program.toString(), "60").start();
        Files.writeString(dead.resolve("redis.pid"), stray.pid() + "\n");

        RunDirectory.open(temporary).close();

        assertThat(stray.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(dead).doesNotExist();
    }

    @Test
    void sparesAProcessThatOnlyHasTheRecordedPid() throws Exception {
        Path dead = leftBy(DEAD);
        Process other = new ProcessBuilder(sleepProgram().toString(), "60").start();
        try {
            Files.writeString(dead.resolve("redis.pid"), other.pid() + "\n");

            RunDirectory.open(temporary).close();

            assertThat(other.isAlive()).isTrue();
            assertThat(dead).doesNotExist();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void leavesTheDirectoryOfALivingOwner() throws IOException {
        Path living = leftBy(RunDirectoryOwner.self());

        RunDirectory.open(temporary).close();

        assertThat(living.resolve("some.log")).exists();
    }

    @Test
    void leavesALockedDirectoryThoughItsPidIsUnknown() throws IOException {
        Path locked = leftBy(DEAD);
        try (FileChannel channel = FileChannel.open(
                        locked.resolve(RunDirectory.LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            RunDirectory.open(temporary).close();

            assertThat(lock.isValid()).isTrue();
            assertThat(locked.resolve("some.log")).exists();
        }
    }

    @Test
    void leavesWhatIsNoRunDirectory() throws IOException {
        Path other = Files.createDirectory(home.resolve("notes"));
        Path file = Files.createFile(home.resolve(DEAD.directoryName(1)));

        RunDirectory.open(temporary).close();

        assertThat(other).exists();
        assertThat(file).exists();
    }

    @Test
    void doesNotFollowLinks() throws IOException {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Path kept = Files.createFile(outside.resolve("kept"));
        Path dead = leftBy(DEAD);
        Files.createSymbolicLink(dead.resolve("link"), outside);
        Path linked = Files.createSymbolicLink(home.resolve(DEAD.directoryName(2)), outside);

        RunDirectory.open(temporary).close();

        assertThat(dead).doesNotExist();
        assertThat(linked).isSymbolicLink();
        assertThat(kept).exists();
    }

    @Test
    void refusesAHomeThatIsALink() throws IOException {
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.delete(home);
        Files.createSymbolicLink(home, elsewhere);

        assertThatIllegalStateException()
                .isThrownBy(() -> RunDirectory.open(temporary))
                .withMessageContaining("is not a directory");
        assertThat(elsewhere).isEmptyDirectory();
    }

    private Path leftBy(RunDirectoryOwner owner) throws IOException {
        Path directory = Files.createDirectory(home.resolve(owner.directoryName(7)));
        Files.writeString(directory.resolve("some.log"), "line");
        return directory;
    }

    private static Path sleepProgram() throws IOException {
        return Path.of("/bin/sleep").toRealPath();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
