package dev.caravan.job.bulk;

import com.google.gson.JsonObject;
import dev.caravan.job.Job;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobTypes;
import dev.caravan.job.store.JobList.Cursor;
import dev.caravan.job.store.JobList.Page;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One attempt of the job of a bulk act: how far it has come. The jobs of a page are counted by several threads; all else is touched
 * by one at a time.
 */
public final class BulkRun {
    private static final int MOST_PER_PAGE = 100;
    /** While it waits for jobs that it has replayed. */
    private static final long WAIT_MILLIS = 1000;

    private final Job job;
    private final BulkAct act;
    private final JobFilter filter;
    private final long total;
    private final Replays replays = new Replays();
    private final AtomicLong done;
    private final AtomicLong skipped;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private Cursor cursor;
    private Cursor next;
    private boolean last;
    private String stopped;
    /** What an attempt before has left as the result; null if there is more to do. */
    private String result;

    private long begunNanos;
    private int taken;
    private long pause;

    /** @param stored what {@link BulkStore} has */
    BulkRun(Job job, Map<String, String> stored) {
        this.job = job;
        this.act = BulkAct.of(stored.get("act"));
        // Not what came later: neither those that it never would catch up with, nor its own job.
        this.filter = act.filter().before(Instant.ofEpochMilli(job.createdAt()));
        this.total = Job.number(stored.get("total"));
        this.done = new AtomicLong(Job.number(stored.get("done")));
        this.skipped = new AtomicLong(Job.number(stored.get("skipped")));
        String text = stored.getOrDefault("cursor", "");
        this.cursor = text.isEmpty() ? null : Cursor.parse(text);
        String ended = stored.getOrDefault("result", "");
        this.result = ended.isEmpty() ? null : ended;
    }

    String id() {
        return job.id();
    }

    Job job() {
        return job;
    }

    int attempt() {
        return job.attempt();
    }

    BulkAct act() {
        return act;
    }

    JobFilter filter() {
        return filter;
    }

    Cursor cursor() {
        return cursor;
    }

    Replays replays() {
        return replays;
    }

    long done() {
        return done.get();
    }

    long skipped() {
        return skipped.get();
    }

    /** How many jobs the next page may have; 0: wait for those that were replayed. */
    int room() {
        int most = act.rate() == 0 ? MOST_PER_PAGE : Math.min(act.rate(), MOST_PER_PAGE);
        return act.act() == BulkAct.Act.REPLAY ? Math.min(most, replays.room()) : most;
    }

    /** A page is to be done. Returns the ids of its jobs that the act is for. */
    List<String> begin(Page page) {
        begunNanos = System.nanoTime();
        next = page.next();
        last = next == null;
        List<String> ids = page.jobs().stream()
                .filter(this::isMeant)
                .map(hash -> hash.get("id"))
                .toList();
        taken = ids.size();
        open.set(taken);
        return ids;
    }

    /** Nothing is to be done now. */
    List<String> await() {
        begunNanos = System.nanoTime();
        next = cursor;
        last = false;
        taken = 0;
        open.set(0);
        return List.of();
    }

    /** Not what failed again after this act had replayed it, nor, unless they are asked for, the jobs of other acts. */
    private boolean isMeant(Map<String, String> hash) {
        boolean bulk = JobTypes.BULK.equals(hash.get("type")) && !JobTypes.BULK.equals(filter.type());
        boolean again = act.act() == BulkAct.Act.REPLAY && Job.number(hash.get("finishedAt")) >= job.createdAt();
        return !bulk && !again && !hash.get("id").equals(job.id());
    }

    /** The act on one job of the page was made, or its state did not allow it. */
    void count(boolean made) {
        (made ? done : skipped).incrementAndGet();
        open.decrementAndGet();
    }

    /** The acts on so many jobs of the page were made. */
    void count(int made) {
        done.addAndGet(made);
        skipped.addAndGet(open.getAndSet(0) - made);
    }

    /** The act on one job of the page could not be made: the page must be done again. */
    void failed(RuntimeException why) {
        failure.compareAndSet(null, why);
    }

    /** @throws RuntimeException if a job of the page could not be reached */
    void end() {
        if (failure.get() != null) {
            throw failure.get();
        }
        if (open.get() > 0) {
            throw new IllegalStateException("The acts on " + open.get() + " jobs took too long");
        }
        cursor = next;
        stopped = replays.verdict();
        if (last || stopped != null) {
            result = toJson();
        }
        long due = act.rate() == 0 ? 0 : taken * 1000L / act.rate();
        long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos);
        pause = room() == 0 ? WAIT_MILLIS : Math.max(0, due - elapsed);
    }

    private String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("act", act.act().toString());
        json.addProperty("done", done.get());
        json.addProperty("skipped", skipped.get());
        if (stopped != null) {
            json.addProperty("stopped", stopped);
        }
        return json.toString();
    }

    /** Whether all is done, or it has stopped by itself. */
    public boolean ended() {
        return result != null;
    }

    String result() {
        return result;
    }

    /** How long to wait before the next page, in milliseconds. */
    public long pause() {
        return pause;
    }

    public boolean discards() {
        return act.act() == BulkAct.Act.DISCARD;
    }

    public boolean cancels() {
        return act.act() == BulkAct.Act.CANCEL;
    }

    int percent() {
        return total == 0 ? 0 : (int) Math.min(99, 100 * (done() + skipped()) / total);
    }

    String text() {
        return room() == 0
                ? done() + " jobs; waits until some of them have ended"
                : done() + " jobs" + (skipped() > 0 ? ", " + skipped() + " skipped" : "");
    }
}
