package dev.caravan.job.http;

import dev.caravan.component.DaemonThreads;
import dev.caravan.http.EventStream;
import dev.caravan.job.JobState;
import dev.caravan.job.LogLine;
import dev.caravan.job.store.JobLogReads;
import dev.caravan.job.store.JobLogReads.Page;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Sends the lines of jobs as server-sent events, as they are stored. The log of each job that somebody reads so is looked at every
 * {@value #PERIOD_MILLIS} ms, unless the client has yet to take what was sent. Thread-safe.
 */
@Component
class JobLogStreams implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobLogStreams.class);
    private static final int PERIOD_MILLIS = 250;
    /** How often nothing more comes of a job that has ended before the stream ends: its last lines may be on their way. */
    private static final int LAST_LOOKS = 4;

    private final JobLogReads reads;
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-job-log-streams"));

    JobLogStreams(JobLogReads reads) {
        this.reads = reads;
    }

    /**
     * Begins to send, until the job has ended or is gone; then an event {@code end} comes.
     *
     * @param after the number of the last line that the client has, or 0
     */
    EventStream open(String id, long after) {
        EventStream stream = new EventStream();
        new Tail(id, after, stream).look();
        return stream;
    }

    /** One stream. Used by one thread after the other. */
    private final class Tail {
        private final String id;
        private final EventStream stream;
        private long last;
        private int quietLooks;
        private volatile boolean over;

        Tail(String id, long after, EventStream stream) {
            this.id = id;
            this.last = after;
            this.stream = stream;
            stream.onEnd(() -> over = true);
        }

        void look() {
            if (!over && stream.isReady()) {
                reads.read(id, last).whenComplete(this::send);
            } else {
                lookAgain();
            }
        }

        private void send(Page page, Throwable failure) {
            if (failure != null) {
                LOG.debug("The log of job {} is read again soon", id, failure);
            } else if (send(page)) {
                stream.send(Long.toString(last), "end", "{}");
                stream.end();
            }
            lookAgain();
        }

        /** Returns whether that was all. */
        private boolean send(Page page) {
            for (LogLine line : page.lines()) {
                if (!stream.isReady()) {
                    return false;
                }
                stream.send(
                        Long.toString(line.number()),
                        null,
                        JobLogJson.json(line, last).toString());
                last = line.number();
            }
            boolean ended = page.state().terminal() || page.state() == JobState.NEW;
            quietLooks = ended && page.lines().isEmpty() ? quietLooks + 1 : 0;
            return quietLooks >= LAST_LOOKS;
        }

        private void lookAgain() {
            if (over) {
                return;
            }
            try {
                timer.schedule(this::look, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The node stops", e);
            }
        }
    }

    @Override
    public void destroy() {
        timer.shutdownNow();
    }
}
