package dev.caravan.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The processes of a run and their temporary folder. When this JVM ends, by itself or by a signal, it kills them, the last one
 * first, and deletes the folder. Each is in a session of its own, so that a Ctrl-C reaches this JVM alone.
 */
final class Processes {
    private static final long START_NANOS = 90_000_000_000L;
    private static final int STOP_SECONDS = 15;
    private static final int CONNECT_MILLIS = 1000;
    private static final int PAUSE_MILLIS = 25;
    private static final double KILO = 1024;
    private static final int LOG_LINES = 40;
    private static final int SIGTERM_STATUS = 143;
    private static final int LOWEST_PORT = 10_000;
    private static final int FIRST_EPHEMERAL_PORT = 32_768;
    /** Linux counts CPU time in hundredths of a second. */
    private static final long TICK_MICROS = 10_000;

    private final Path folder;
    private final Deque<Child> children = new ArrayDeque<>();
    private boolean stopped;

    Processes() {
        try {
            this.folder = Files.createTempDirectory("caravan-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "bench-stop"));
    }

    /** A port that is free now, and that the system gives to no connection: {@code awaitPort} might connect to itself. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, FIRST_EPHEMERAL_PORT);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                continue;
            }
        }
    }

    /** A folder of the run, which exists. */
    Path folder(String name) {
        try {
            return Files.createDirectories(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a process in the folder of its name. */
    synchronized Child start(String name, Map<String, String> environment, List<String> command) {
        if (stopped) {
            throw new IllegalStateException("The run is being stopped");
        }
        Path log = folder.resolve(name + ".log");
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(folder(name).toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        try {
            Child child = new Child(name, builder.start(), log);
            children.push(child);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(name + " did not start", e);
        }
    }

    private synchronized void stop() {
        stopped = true;
        children.forEach(Child::stop);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            System.err.println("Not deleted: " + folder + ", " + e);
        }
    }

    /** The CPU time that a process has used, µs. */
    static long cpuMicros(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS;
        } catch (IOException e) {
            throw new UncheckedIOException("Process " + pid + " has ended", e);
        }
    }

    /** The memory that a process holds, MB. */
    static double residentMegabytes(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / KILO)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** One process. */
    record Child(String name, Process process, Path log) {
        void awaitPort(int port) {
            await("it does not listen on port " + port, () -> listens(port));
        }

        void awaitLog(String text) {
            await("its log does not say \"" + text + '"', () -> logged().contains(text));
        }

        /** Lets it stop in order. */
        void terminate() {
            process.destroy();
            awaitEnd();
        }

        /** Waits until it has ended, by itself or by a SIGTERM. */
        void awaitEnd() {
            try {
                if (process.waitFor(START_NANOS, TimeUnit.NANOSECONDS)
                        && List.of(0, SIGTERM_STATUS).contains(process.exitValue())) {
                    return;
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            throw new IllegalStateException(name + " did not end well. Its log:\n" + logged());
        }

        private void await(String fault, BooleanSupplier condition) {
            long deadline = System.nanoTime() + START_NANOS;
            while (!condition.getAsBoolean()) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    List<String> lines = logged().lines().toList();
                    throw new IllegalStateException(name + " did not start, " + fault + ". The end of its log:\n"
                            + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
                }
                try {
                    Thread.sleep(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        private static boolean listens(int port) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
                return true;
            } catch (IOException notYet) {
                return false;
            }
        }

        private String logged() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The process itself, or the one that a start script of it has started. */
        long pid() {
            return process.descendants()
                    .filter(child -> child.info().command().orElse("").endsWith("/beam.smp"))
                    .findFirst()
                    .map(ProcessHandle::pid)
                    .orElseGet(process::pid);
        }

        /** Kills it: nobody needs what it would do to stop in order. */
        void stop() {
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            all.add(process.toHandle());
            all.forEach(ProcessHandle::destroyForcibly);
            all.forEach(each -> each.onExit()
                    .orTimeout(STOP_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(late -> {
                        System.err.println(name + " does not end, process " + each.pid());
                        return each;
                    })
                    .join());
        }
    }
}
