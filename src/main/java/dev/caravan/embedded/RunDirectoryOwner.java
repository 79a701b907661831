package dev.caravan.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that a run directory belongs to, by its name: {@code <pid>-<start>}, or {@code <pid>-<start>-<n>}
 * for the second and later directories of one process.
 *
 * @param pid process id
 * @param start when the process started, in milliseconds since the epoch; 0 if the system does not know
 */
record RunDirectoryOwner(long pid, long start) {
    private static final Pattern DIRECTORY_NAME = Pattern.compile("(\\d{1,18})-(\\d{1,18})(-\\d{1,9})?");

    /** The same process may be given slightly different start times, as Linux derives them from the wall clock. */
    private static final Duration TOLERANCE = Duration.ofSeconds(10);

    static RunDirectoryOwner self() {
        ProcessHandle self = ProcessHandle.current();
        return new RunDirectoryOwner(self.pid(), startOf(self).orElse(0L));
    }

    /** The owner that a directory name stands for, or nothing if it is not the name of a run directory. */
    static Optional<RunDirectoryOwner> ofDirectoryName(String name) {
        Matcher matcher = DIRECTORY_NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new RunDirectoryOwner(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    /** The name of this process's {@code n}-th run directory, counted from 1. */
    String directoryName(int n) {
        return pid + "-" + start + (n == 1 ? "" : "-" + n);
    }

    /** Whether the process still runs, and is not another one that was given the same pid; in doubt, true. */
    boolean isAlive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(this::startedThen)
                .isPresent();
    }

    private boolean startedThen(ProcessHandle process) {
        return start == 0
                || startOf(process)
                        .map(other -> Math.abs(other - start) <= TOLERANCE.toMillis())
                        .orElse(true);
    }

    private static Optional<Long> startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli);
    }
}
