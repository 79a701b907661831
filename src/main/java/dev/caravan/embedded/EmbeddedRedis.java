package dev.caravan.embedded;

import dev.caravan.node.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server beside this JVM: on loopback, everything in memory, gone with the process. Each start makes a new
 * password, because other users of the machine reach the port too.
 *
 * <p>The program is the one that the embedded-redis library carries for this system. Thread-safe once started;
 * {@link #close()} may be called more than once.
 */
final class EmbeddedRedis implements RedisConnectionDetails, AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final Duration READY_WITHIN = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final int RESPONSE_MILLIS = 1_000;
    private static final int PORTS_TO_TRY = 3;

    private final SupervisedProcess process;
    private final int port;
    private final String password;

    private EmbeddedRedis(SupervisedProcess process, int port, String password) {
        this.process = process;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts a redis-server and returns when it responds, within 10 s.
     *
     * @param directory an existing directory that no other user reads, for the program, its password in {@code redis.conf}, its
     *     pid in {@code redis.pid}, and {@code redis.log}
     * @param port TCP port, or 0 for any free one
     * @throws IllegalStateException if it ends or does not respond in time; the message has the last line of its log
     * @throws UncheckedIOException if the program cannot be unpacked or run
     */
    static EmbeddedRedis start(Path directory, int port) {
        try {
            Path program = ExecutableProvider.newJarResourceProvider(directory.toFile())
                    .get()
                    .toPath();
            EmbeddedRedis redis = port == 0 ? onFreePort(program) : on(port, program);
            LOG.info("Embedded Redis on {}:{}, in memory", HOST, redis.port);
            return redis;
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded Redis cannot be run from " + directory, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the embedded Redis started", e);
        }
    }

    /** The TCP port it listens on, on {@value #HOST}. */
    int port() {
        return port;
    }

    /** Of the only user, {@code default}. */
    @Override
    public String getPassword() {
        return password;
    }

    @Override
    public Standalone getStandalone() {
        return Standalone.of(HOST, port);
    }

    /** Stops the server, drops its data, and waits until the process has ended. */
    @Override
    public void close() {
        process.close();
    }

    /** Redis cannot choose a port itself, and one that was free a moment ago may be taken when it starts. */
    private static EmbeddedRedis onFreePort(Path program) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return on(freePort(), program);
            } catch (IllegalStateException e) {
                if (attempt == PORTS_TO_TRY) {
                    throw e;
                }
                LOG.debug("Trying another port", e);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    private static EmbeddedRedis on(int port, Path program) throws IOException, InterruptedException {
        Path directory = program.getParent();
        Path log = directory.resolve("redis.log");
        String password = JoinFile.newPassword();
        // Not on the command line, which every user of the machine can read.
        Path configuration = Files.writeString(directory.resolve("redis.conf"), "requirepass " + password + "\n");
        SupervisedProcess process =
                SupervisedProcess.start(command(program, configuration, port), directory.resolve("redis.pid"), log);
        boolean ready = false;
        try {
            awaitResponse(process, port, password, log);
            ready = true;
            return new EmbeddedRedis(process, port, password);
        } finally {
            if (!ready) {
                process.close();
            }
        }
    }

    private static List<String> command(Path program, Path configuration, int port) {
        return List.of(
                program.toString(),
                configuration.toString(),
                "--bind",
                HOST,
                "--port",
                Integer.toString(port),
                "--dir",
                program.getParent().toString(),
                "--save",
                "",
                "--appendonly",
                "no",
                "--maxmemory-policy",
                "noeviction");
    }

    private static void awaitResponse(SupervisedProcess process, int port, String password, Path log)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (!responds(process, port, password)) {
            if (process.endsWithin(POLL)) {
                throw failure("ended with status " + process.exitStatus(), port, log);
            }
            if (System.nanoTime() - deadline > 0) {
                throw failure("did not respond within " + READY_WITHIN.toSeconds() + " s", port, log);
            }
        }
    }

    /** Not PING, to which any Redis on that port would respond: it must be the process we started. */
    private static boolean responds(SupervisedProcess process, int port, String password) throws IOException {
        OptionalLong pid = process.pid();
        if (pid.isEmpty()) {
            return false;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HOST, port), RESPONSE_MILLIS);
            socket.setSoTimeout(RESPONSE_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write(("AUTH " + password + "\r\nINFO server\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .lines()
                    .anyMatch(("process_id:" + pid.getAsLong())::equals);
        } catch (IOException | UncheckedIOException e) {
            LOG.trace("No response yet on port {}", port, e);
            return false;
        }
    }

    private static IllegalStateException failure(String what, int port, Path log) throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
        boolean taken = lines.stream().anyMatch(line -> line.contains("Address already in use"));
        String last = lines.isEmpty()
                ? ""
                : " Its last line: " + lines.get(lines.size() - 1).strip();
        return new StartRefused(
                "The embedded Redis on " + HOST + ":" + port + " " + what + (taken ? ": the port is in use" : "")
                        + ". Choose another one (--caravan.embedded.redis-port=0: any that is free), or use a Redis"
                        + " (--spring.data.redis.host=HOST)." + (taken ? "" : last));
    }
}
