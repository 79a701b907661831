package dev.caravan.job.bulk;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobList;
import dev.caravan.job.store.JobProgress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * The steps of {@code job-bulk}, the handler of bulk acts. It stores after each page how far it has come, so the next attempt goes on
 * there; an act on a job that was made before is not made again. Thread-safe.
 */
@Component
public class BulkActs {
    private static final Logger LOG = LoggerFactory.getLogger(BulkActs.class);

    private static final List<String> USER = List.of("user");

    private final BulkStore store;
    private final JobList list;
    private final JobHashes hashes;
    private final DiscardedJobs discarded;
    private final JobProgress progress;
    private final JobSettings settings;

    BulkActs(
            BulkStore store,
            JobList list,
            JobHashes hashes,
            DiscardedJobs discarded,
            JobProgress progress,
            JobSettings settings) {
        this.store = store;
        this.list = list;
        this.hashes = hashes;
        this.discarded = discarded;
        this.progress = progress;
        this.settings = settings;
    }

    /** @throws IllegalArgumentException if no operator has asked for the act: a job of this type came over the worker queue */
    public BulkRun begin(Job job) {
        Map<String, String> stored = store.read(job.id());
        String user = hashes.fields(List.of(job.id()), USER).get(0).get("user");
        // Only a submission writes the user: not a message that names the job of an act whose hash has expired.
        if (!stored.containsKey("act") || user == null) {
            throw new IllegalArgumentException("No operator has asked for this bulk act over POST /jobs/bulk");
        }
        BulkRun run = new BulkRun(job, stored);
        if (!run.ended()) {
            save(run);
        }
        return run;
    }

    /** The ids of the next jobs; none while those that were replayed must end first. */
    public List<String> page(BulkRun run) {
        int room = run.room();
        return room == 0
                ? run.await()
                : run.begin(list.read(new JobList.Query(run.filter(), room, run.cursor(), null)));
    }

    /** The transition of one job. */
    public JobTransition transition(BulkRun run, String id) {
        Map<String, String> hash = hashes.all(List.of(id)).get(0);
        Job job = Job.of(id, hash, UUID.randomUUID().toString());
        if (run.act().act() == BulkAct.Act.CANCEL) {
            return JobTransition.cancelled(job, run.act().by(), settings.retention());
        }
        if (job.state() == JobState.FAILED) {
            run.replays().add(id, hash);
        }
        return JobTransition.replayed(job, run.act().by());
    }

    public void made(BulkRun run, TransitionResult result) {
        if (!result.done()) {
            run.replays().remove(result.job().id());
        }
        run.count(result.done());
    }

    /** What no other attempt would do better is skipped. */
    public void failed(BulkRun run, String id, Throwable failure) {
        run.replays().remove(id);
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof DataAccessException away) {
            run.failed(away);
        } else {
            LOG.warn("Bulk act {}: job {} is skipped: {}", run.id(), id, cause.toString());
            run.count(false);
        }
    }

    public void discard(BulkRun run, List<String> ids) {
        Set<String> gone = ids.isEmpty()
                ? Set.of()
                : discarded.discard(ids, run.act().by(), run.filter().states());
        run.count(gone.size());
    }

    /** All jobs of a page are done. Stores how far the act has come. */
    public void end(BulkRun run) {
        run.replays().look(hashes);
        run.end();
        save(run);
        progress.report(run.job(), run.percent(), run.text());
    }

    private void save(BulkRun run) {
        if (!store.save(run)) {
            throw new IllegalStateException("A later attempt goes on with this bulk act, or it is not stored any more");
        }
    }

    public String result(BulkRun run) {
        LOG.info("Bulk act {} of {} has ended: {}", run.id(), run.act().by(), run.result());
        return run.result();
    }
}
