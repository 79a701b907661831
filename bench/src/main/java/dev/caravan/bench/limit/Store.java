package dev.caravan.bench.limit;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Protocol.Keyword;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.args.RawableFactory;

/**
 * Writes the transitions of jobs to Redis, in batches on a thread of its own, which also does what follows a batch: it
 * publishes what is stored and acknowledges what is finished. The sorted sets, which say what to recover after a crash, get
 * an entry before the hash of a job changes and lose it after that.
 */
final class Store implements Runnable {
    private static final int BATCH = 256;
    private static final int CAPACITY = 10_000;
    private static final Rawable LIST = Transition.raw("caravan:jobs:in:QUEUED:default");
    private static final Rawable QUEUED = Transition.raw("caravan:jobs:queued");
    private static final Rawable DUE = Transition.raw("caravan:jobs:due");

    private final Queue<Job> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger submissions = new AtomicInteger();
    private final Handlers handlers = new Handlers();
    private final Thread thread = new Thread(this, "limit-store");
    private volatile boolean parked;
    private final List<Job> started = new ArrayList<>();
    private final List<Job> finished = new ArrayList<>();
    private final Connection connection;
    private final Rawable script;
    private Http http;
    private Rabbit rabbit;

    Store(int port, int database, String script) {
        this.connection = new Connection(
                new HostAndPort("127.0.0.1", port),
                DefaultJedisClientConfig.builder().database(database).build());
        connection.sendCommand(Command.SCRIPT, "LOAD", script);
        this.script = RawableFactory.from((byte[]) connection.getOne());
    }

    void start(Http responses, Rabbit broker) {
        this.http = responses;
        this.rabbit = broker;
        thread.start();
    }

    /** Adds a submission for the next {@link #wake}. Returns false if too many wait. */
    boolean offer(Job submission) {
        if (submissions.incrementAndGet() > CAPACITY) {
            submissions.decrementAndGet();
            return false;
        }
        waiting.add(submission);
        return true;
    }

    /** Adds a job that is accepted already, for the next {@link #wake}. */
    void add(Job job) {
        waiting.add(job);
    }

    void wake() {
        if (parked && !waiting.isEmpty()) {
            parked = false;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void run() {
        try {
            while (true) {
                List<Job> batch = take();
                List<Job> stored = new ArrayList<>(batch.size());
                List<Object> replies = write(batch);
                for (int i = 0; i < batch.size(); i++) {
                    follow(batch.get(i), (List<?>) replies.get(replies.size() - batch.size() + i), stored);
                }
                rabbit.publishAndAcknowledge(stored);
            }
        } catch (Exception e) {
            Limit.fail(e);
        }
    }

    private List<Job> take() {
        List<Job> batch = new ArrayList<>();
        while (true) {
            for (Job job; batch.size() < BATCH && (job = waiting.poll()) != null; ) {
                if (job.next == Transition.SUBMIT) {
                    submissions.decrementAndGet();
                }
                batch.add(job);
            }
            if (!batch.isEmpty()) {
                return batch;
            }
            parked = true;
            if (waiting.isEmpty()) {
                LockSupport.park(this);
            }
            parked = false;
        }
    }

    private List<Object> write(List<Job> batch) {
        long now = System.currentTimeMillis();
        int commands = batch.size()
                + remove(QUEUED, started)
                + remove(DUE, finished)
                + add(LIST, batch, Transition.SUBMIT, now)
                + add(QUEUED, batch, Transition.SUBMIT, now)
                + add(DUE, batch, Transition.START, now + Transition.LEASE_MILLIS);
        for (Job job : batch) {
            connection.sendCommand(job.next.call(script, job));
        }
        return connection.getMany(commands);
    }

    private int remove(Rawable set, List<Job> jobs) {
        if (jobs.isEmpty()) {
            return 0;
        }
        CommandArguments command = new CommandArguments(Command.ZREM).add(set);
        jobs.forEach(job -> command.add(job.id));
        jobs.clear();
        connection.sendCommand(command);
        return 1;
    }

    private int add(Rawable set, List<Job> batch, Transition transition, long score) {
        CommandArguments command = null;
        Rawable time = Transition.raw(Long.toString(score));
        for (Job job : batch) {
            if (job.next == transition) {
                if (command == null) {
                    command = new CommandArguments(Command.ZADD).add(set);
                    if (set == LIST) {
                        command.add((Rawable) Keyword.NX);
                    }
                }
                command.add(time).add(job.id);
            }
        }
        if (command == null) {
            return 0;
        }
        connection.sendCommand(command);
        return 1;
    }

    private void follow(Job job, List<?> reply, List<Job> stored) {
        long done = (Long) reply.get(0);
        if (done < 0) {
            throw new IllegalStateException("Job " + new String(job.id) + ": " + new String((byte[]) reply.get(1)));
        }
        switch (job.next) {
            case SUBMIT -> stored.add(job);
            case START -> {
                if (done == 0) { // it has ended, or another process runs it
                    rabbit.done(job);
                } else {
                    started.add(job);
                    job.attempt = Job.bytes(reply.get(2).toString());
                    job.next = Transition.FINISH;
                    handlers.run(
                            () -> { // the handler does nothing
                                add(job);
                                wake();
                            });
                }
            }
            case FINISH -> {
                finished.add(job);
                rabbit.done(job);
            }
            case WITHDRAW -> started.add(job);
        }
    }
}
