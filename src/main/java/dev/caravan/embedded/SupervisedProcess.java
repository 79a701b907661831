package dev.caravan.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that does not outlive this JVM, not even when the JVM is killed.
 *
 * <p>The child runs under a small shell whose standard input only this JVM holds open. However the JVM ends, the system
 * closes the pipe, the shell reads its end and kills the child. Windows has no such shell: there the child starts directly,
 * and {@link StaleRunDirectories} kills one that outlived its JVM at the next start.
 *
 * <p>Ctrl-C, which a terminal sends to all processes at once, does not end the child, so that the JVM can finish its work.
 * (Where there is no {@code setsid}, as on macOS, the child gets that signal all the same.)
 */
final class SupervisedProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final long KILL_SECONDS = 5;

    private static final String WATCHER =
            """
            trap '' HUP INT QUIT TERM
            pid_file=$1
            shift
            exec 3<&0
            if command -v setsid >/dev/null 2>&1; then
                setsid "$@" </dev/null 3<&- &
            else
                "$@" </dev/null 3<&- &
            fi
            child=$!
            echo "$child" >"$pid_file"
            { read -r end <&3; kill -9 "$child"; } &
            watcher=$!
            exec 3<&-
            wait "$child"
            status=$?
            kill -9 "$watcher"
            exit "$status"
            """;

    private final Process process;
    private final Path pidFile;

    private SupervisedProcess(Process process, Path pidFile) {
        this.process = process;
        this.pidFile = pidFile;
    }

    /**
     * Starts a process.
     *
     * @param command the program, by its absolute path, and its arguments
     * @param pidFile where its pid is written, in an existing directory, which becomes its working directory too
     * @param log the file its output is appended to
     * @throws IOException if it cannot be started at all; that the program itself fails shows as {@link #endsWithin}
     */
    static SupervisedProcess start(List<String> command, Path pidFile, Path log) throws IOException {
        Files.deleteIfExists(pidFile);
        ProcessBuilder builder = new ProcessBuilder(isWindows() ? command : watched(command, pidFile))
                .directory(pidFile.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Process process = builder.start();
        if (isWindows()) {
            Files.writeString(pidFile, process.pid() + "\n");
        }
        return new SupervisedProcess(process, pidFile);
    }

    /** The pid of the program itself, not of the shell that watches it; empty as long as it is not known. */
    OptionalLong pid() throws IOException {
        try {
            String pid = Files.readString(pidFile);
            return pid.endsWith("\n") ? OptionalLong.of(Long.parseLong(pid.strip())) : OptionalLong.empty();
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    /** Waits for the program to end by itself; false if it still runs after that time. */
    boolean endsWithin(Duration time) throws InterruptedException {
        return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The exit status of a program that has ended; 128 + n if signal n ended it. */
    int exitStatus() {
        return process.exitValue();
    }

    /** Kills the program, which has nothing to save, and waits until it is gone. */
    @Override
    public void close() {
        try {
            end();
            if (!endsWithin(Duration.ofSeconds(KILL_SECONDS))) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("The pipe to process {} was closed already", process.pid(), e);
        }
    }

    private void end() throws IOException {
        if (isWindows()) {
            process.destroyForcibly();
        } else {
            process.getOutputStream().close();
        }
    }

    private static List<String> watched(List<String> command, Path pidFile) {
        List<String> watched = new ArrayList<>();
        Collections.addAll(watched, "/bin/sh", "-c", WATCHER, "caravan-watcher", pidFile.toString());
        watched.addAll(command);
        return watched;
    }

    private static boolean isWindows() {
        return File.separatorChar == '\\';
    }
}
