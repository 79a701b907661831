package dev.caravan.bench;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Watches the hashes {@code Job:<id>} until {@code status} is 0, on a thread of its own. It asks for few jobs in vain: for the
 * oldest ones, and for more of them only while these are finished.
 */
final class FinishWatch implements AutoCloseable, Runnable {
    private static final String FINISHED = "0";
    private static final int FEWEST = 16;
    private static final int MOST = 256;
    private static final int PAUSE_MILLIS = 5;
    /** After so long without any job finishing, the others count as lost. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Queue<String> added = new ConcurrentLinkedQueue<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final Jedis redis;
    private final Thread thread = new Thread(this, "bench-watch");
    private volatile boolean complete;
    private volatile boolean closed;
    private volatile long lastFinish;
    private volatile int lost;
    private volatile RuntimeException failure;

    FinishWatch(int port, int database) {
        this.redis = new Jedis(
                new HostAndPort("127.0.0.1", port),
                DefaultJedisClientConfig.builder().database(database).build());
        this.thread.start();
    }

    void add(String id) {
        added.add(id);
    }

    /** Returns when all jobs added so far are finished or lost. */
    void awaitAll() throws InterruptedException {
        complete = true;
        thread.join();
        if (failure != null) {
            throw failure;
        }
    }

    int lost() {
        return lost;
    }

    /** When the last job was seen to be finished, as {@link System#nanoTime} says. */
    long lastFinish() {
        return lastFinish;
    }

    @Override
    public void run() {
        try {
            watch();
        } catch (RuntimeException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() throws InterruptedException {
        int window = FEWEST;
        long progress = System.nanoTime();
        while (!closed) {
            boolean last = complete;
            for (String id = added.poll(); id != null; id = added.poll()) {
                open.add(id);
            }
            if (open.isEmpty() && last) {
                return;
            }
            int asked = Math.min(window, open.size());
            int finished = look(asked);
            if (finished > 0 || !last) {
                progress = System.nanoTime();
            } else if (System.nanoTime() - progress > PATIENCE_NANOS) {
                look(open.size());
                lost = open.size();
                return;
            }
            window = Math.min(MOST, finished == 0 ? window + 1 : Math.max(FEWEST, 2 * finished));
            if (2 * finished <= asked) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    /** Asks for the oldest jobs. Returns how many are finished. */
    private int look(int count) {
        List<String> ids = new ArrayList<>(count);
        List<Response<String>> statuses = new ArrayList<>(count);
        try (Pipeline pipeline = redis.pipelined()) {
            for (int i = 0; i < count; i++) {
                String id = open.remove();
                ids.add(id);
                statuses.add(pipeline.hget("Job:" + id, "status"));
            }
        }
        int finished = 0;
        // One that others have overtaken is asked for again after all others.
        for (int i = count - 1; i >= 0; i--) {
            if (FINISHED.equals(statuses.get(i).get())) {
                finished++;
            } else if (finished > 0) {
                open.addLast(ids.get(i));
            } else {
                open.addFirst(ids.get(i));
            }
        }
        if (finished > 0) {
            lastFinish = System.nanoTime();
        }
        return finished;
    }

    @Override
    public void close() {
        closed = true;
        redis.close();
    }
}
