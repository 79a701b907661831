package dev.caravan.job.http;

import dev.caravan.http.EventStream;
import dev.caravan.job.Progress;
import dev.caravan.job.updates.JobHistory;
import dev.caravan.job.updates.JobUpdates;
import dev.caravan.job.updates.JobUpdates.Detail;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Sends the states and the progress of a job as server-sent events. Thread-safe. */
@Component
class JobWatchers {
    private final JobUpdates updates;

    JobWatchers(JobUpdates updates) {
        this.updates = updates;
    }

    /**
     * Begins to send, until the job has ended or is gone.
     *
     * @param last the number of the last step that the client knows
     */
    EventStream watch(String id, int last) {
        EventStream stream = new EventStream();
        JobUpdates.Watch watch = updates.watch(id, Detail.HISTORY, new Watcher(id, stream, last));
        stream.onEnd(watch::close);
        return stream;
    }

    private static final class Watcher implements Consumer<JobHistory> {
        private final String id;
        private final EventStream stream;
        /** The number of the last step, and the progress, that were sent. */
        private int sent;

        private Progress progress;

        Watcher(String id, EventStream stream, int sent) {
            this.id = id;
            this.stream = stream;
            this.sent = sent;
        }

        @Override
        public void accept(JobHistory history) {
            for (JobHistory.Step step : history.after(sent)) {
                sent = step.number();
                stream.send(Integer.toString(step.number()), null, step.json(id));
            }
            if (history.progress() != null && !history.progress().equals(progress)) {
                stream.send(null, "progress", history.progress().json(id));
            }
            progress = history.progress();
            if (history.isEmpty() || history.last().state().terminal()) {
                stream.end();
            }
        }
    }
}
