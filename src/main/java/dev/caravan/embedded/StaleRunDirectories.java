package dev.caravan.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run directories of processes that have ended, and the child processes that outlived them.
 *
 * <p>An owner has ended when no process has its pid and start time and nobody holds its lock. The lock also covers owners in
 * another container, whose pids mean nothing here, and clocks that were set. A process in a {@code *.pid} file of such a
 * directory is killed only if its program lies in that very directory. Files that cannot be read or deleted, or belong to
 * another user, stay as they are. Several nodes may clear at the same time.
 */
final class StaleRunDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(StaleRunDirectories.class);
    private static final int LONGEST_PID_FILE = 64;
    private static final long KILL_SECONDS = 5;

    private final Path home;

    /** @param home the directory of all run directories of this user, as a real path */
    StaleRunDirectories(Path home) {
        this.home = home;
    }

    /** Clears what can be cleared; never fails. */
    void clear() {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(home, this::isOurs)) {
            for (Path directory : directories) {
                clearIfAbandoned(directory);
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} could not be searched for leftovers", home, e);
        }
    }

    private boolean isOurs(Path path) throws IOException {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(home));
    }

    private void clearIfAbandoned(Path directory) {
        Optional<RunDirectoryOwner> owner =
                RunDirectoryOwner.ofDirectoryName(directory.getFileName().toString());
        if (owner.isEmpty() || owner.get().isAlive()) {
            return;
        }
        try {
            clearUnlessLocked(directory);
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} could not be cleared", directory, e);
        }
    }

    private void clearUnlessLocked(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        directory.resolve(RunDirectory.LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                clear(directory);
            }
        } catch (NoSuchFileException e) {
            clear(directory);
        } catch (OverlappingFileLockException e) {
            LOG.debug("{} is being cleared by another thread", directory, e);
        }
    }

    private void clear(Path directory) throws IOException {
        try (DirectoryStream<Path> pidFiles = Files.newDirectoryStream(directory, "*.pid")) {
            for (Path pidFile : pidFiles) {
                strayProcess(directory, pidFile).ifPresent(StaleRunDirectories::kill);
            }
        }
        RunDirectory.delete(directory);
        LOG.debug("Cleared {}, whose owner has ended", directory);
    }

    private static Optional<ProcessHandle> strayProcess(Path directory, Path pidFile) throws IOException {
        if (!Files.isRegularFile(pidFile, LinkOption.NOFOLLOW_LINKS) || Files.size(pidFile) > LONGEST_PID_FILE) {
            return Optional.empty();
        }
        String pid = Files.readString(pidFile).strip();
        if (!pid.matches("\\d{1,18}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(pid)).filter(process -> runsFrom(directory, process));
    }

    private static boolean runsFrom(Path directory, ProcessHandle process) {
        return process.info()
                .command()
                .map(program -> Path.of(program).startsWith(directory))
                .orElse(false);
    }

    private static void kill(ProcessHandle process) {
        LOG.debug("Killing process {}, which outlived its node", process.pid());
        process.destroyForcibly();
        try {
            process.onExit().orTimeout(KILL_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            LOG.debug("Process {} is still there", process.pid(), e);
        }
    }
}
