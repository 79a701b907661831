package dev.caravan.job.batch;

import dev.caravan.http.LimitExceeded;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.BatchChange;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.batch.WaitingBatches.Waiting;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobHashes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;

/**
 * Finds the batches whose members have all ended, makes their callback jobs, and ends them when those have ended. Every worker
 * does. The id of a callback job is made of that of the batch: a node that dies in between only delays it, the next one makes the
 * same job. Thread-safe.
 */
@Component
public class BatchCallbacks {
    private static final Logger LOG = LoggerFactory.getLogger(BatchCallbacks.class);

    /** How many batches are taken in one round trip. When a node has as many callback jobs to make, it takes no more in this go. */
    private static final int MOST = 100;

    /** What another time may help. */
    private static final List<Class<?>> AWAY =
            List.of(AmqpException.class, DataAccessException.class, ServiceUnavailable.class, LimitExceeded.class);

    private final BatchStore store;
    private final WaitingBatches waiting;
    private final BatchMembers members;
    private final JobHashes hashes;
    private final JobSubmissions submissions;
    private final List<Consumer<BatchChange>> listeners;

    public BatchCallbacks(
            BatchStore store,
            WaitingBatches waiting,
            BatchMembers members,
            JobHashes hashes,
            JobSubmissions submissions,
            List<Consumer<BatchChange>> listeners) {
        this.store = store;
        this.waiting = waiting;
        this.members = members;
        this.hashes = hashes;
        this.submissions = submissions;
        this.listeners = listeners;
    }

    /** Those whose callback job has to be made by this node. Ends those that need none, or whose has ended. */
    public List<Batch> due() {
        List<Waiting> called = new ArrayList<>();
        List<String> complete = new ArrayList<>();
        for (Waiting each : waiting.look(true)) {
            if (each.callbackJob() != null) {
                called.add(each);
            } else if (each.isComplete()) {
                complete.add(each.id());
            }
        }
        List<Batch> due = new ArrayList<>();
        for (int from = 0; from < complete.size() && due.size() < MOST; from += MOST) {
            for (Batch batch : waiting.take(complete.subList(from, Math.min(from + MOST, complete.size())))) {
                if (batch.callback() != null) {
                    due.add(batch);
                } else {
                    end(batch, true, null);
                }
            }
        }
        List<JobState> states =
                hashes.states(called.stream().map(Waiting::callbackJob).toList());
        for (int i = 0; i < called.size(); i++) {
            JobState state = states.get(i);
            if (state.terminal() || state == JobState.NEW) { // NEW: it has expired
                Batch batch = store.read(called.get(i).id());
                if (batch != null) {
                    end(batch, state == JobState.FINISHED, null);
                }
            }
        }
        return due;
    }

    /** The submission of the callback job of a batch. */
    public JobTransition submission(Batch batch) {
        BatchCallback callback = batch.callback();
        return submissions.calledBack(
                batch.id(), callback.type(), callback.payload(batch), batch.user(), callback.jobOptions());
    }

    /** The callback job of a batch is accepted. */
    public void submitted(Batch batch, String jobId) {
        if (store.called(batch.id(), jobId)) {
            tell(BatchChange.CALLED_BACK);
        }
    }

    /**
     * The callback job of a batch is not accepted. If another time may help, it is tried again.
     *
     * @param jobId its id, if that is known
     * @param claimed whether a worker has it all the same
     */
    public void failed(Batch batch, Throwable failure, String jobId, Boolean claimed) {
        if (Boolean.TRUE.equals(claimed)) {
            submitted(batch, jobId);
            return;
        }
        if (causes(failure).anyMatch(cause -> AWAY.stream().anyMatch(each -> each.isInstance(cause)))) {
            LOG.debug("The callback job of batch {} is not accepted yet", batch.id(), failure);
            return;
        }
        Optional<Throwable> rejected =
                causes(failure).filter(ErrorResponseException.class::isInstance).findFirst();
        if (rejected.isEmpty()) {
            LOG.warn(
                    "The callback job of batch {} was not made; it is tried again: {}", batch.id(), failure.toString());
            return;
        }
        String reason = ((ErrorResponseException) rejected.get()).getBody().getDetail();
        LOG.warn("The callback job of batch {} was rejected: {}", batch.id(), reason);
        end(batch, false, reason);
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }

    /** The batch that it is in gets to know first: this is repeated until it has ended. */
    private void end(Batch batch, boolean calledBack, String error) {
        boolean succeeded = calledBack && batch.succeeded();
        if (batch.parent() != null) {
            String count = succeeded ? BatchStore.NESTED_FINISHED : BatchStore.NESTED_FAILED;
            members.end(batch.parent(), Map.of(BatchMembers.NESTED + batch.id(), new BatchMembers.Ending(count, 0)));
        }
        if (store.end(batch, succeeded, error)) {
            tell(BatchChange.ENDED);
        }
    }

    private void tell(BatchChange change) {
        listeners.forEach(listener -> listener.accept(change));
    }
}
