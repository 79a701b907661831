package dev.caravan.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A node of nothing but the embedded parts, to run in a {@link ChildJvm}; its argument is the temporary directory. */
final class EmbeddedNode {
    private static final int STILL_NEEDED_MILLIS = 1_000;
    /** Between two looks: a part that is asked without a pause has a full backlog soon, and refuses for that. */
    private static final long PAUSE_NANOS = 20_000_000;

    private EmbeddedNode() {}

    public static void main(String[] args) throws Exception {
        RunDirectory directory = RunDirectory.open(Path.of(args[0]));
        EmbeddedRedis redis = EmbeddedRedis.start(directory.path(), 0);
        EmbeddedBroker broker = EmbeddedBroker.start(directory.path(), 0);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(directory, redis, broker)));
        System.out.println("redis " + redis.port());
        System.out.println("directory " + directory.path());
        System.in.read();
    }

    /** As in Spring, others still work with the parts for a while before these are closed. */
    private static void stop(RunDirectory directory, EmbeddedRedis redis, EmbeddedBroker broker) {
        long end = System.nanoTime() + STILL_NEEDED_MILLIS * 1_000_000L;
        boolean served = true;
        while (served && System.nanoTime() - end < 0) {
            served = accepts(redis.port()) && accepts(broker.port());
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        broker.close();
        redis.close();
        directory.close();
        System.out.println("served " + served);
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
