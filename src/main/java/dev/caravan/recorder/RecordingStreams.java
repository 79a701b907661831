package dev.caravan.recorder;

import dev.caravan.component.DaemonThreads;
import dev.caravan.http.EventStream;
import dev.caravan.recorder.Recordings.Head;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Sends the recordings of jobs as server-sent events, as they change. Every {@value #PERIOD_MILLIS} ms one thread asks, for all jobs
 * that somebody watches, what has changed, and reads that alone; a client that has yet to take what was sent is left out. Thread-safe.
 */
@Component
class RecordingStreams implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(RecordingStreams.class);
    private static final int PERIOD_MILLIS = 500;
    /** How many recordings are read in one round trip. */
    private static final int MOST_READ = 20;
    /** How often nothing comes of a job that has ended before the stream ends: its last recording may be on its way. */
    private static final int LAST_LOOKS = 3;

    private final Recordings recordings;
    private final Set<Tail> tails = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-recording-streams"));
    private boolean isStarted;

    RecordingStreams(Recordings recordings) {
        this.recordings = recordings;
    }

    /**
     * Begins to send, until the job has ended or is gone; then an event {@code end} comes.
     *
     * @param version that the client has; null if it has none
     */
    EventStream open(String job, String version) {
        EventStream stream = new EventStream();
        Tail tail = new Tail(job, version, stream);
        tails.add(tail);
        stream.onEnd(() -> tails.remove(tail));
        start();
        return stream;
    }

    private synchronized void start() {
        if (!isStarted) {
            isStarted = true;
            timer.scheduleWithFixedDelay(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            List<Tail> ready =
                    tails.stream().filter(tail -> tail.stream.isReady()).toList();
            for (int i = 0; i < ready.size(); i += MOST_READ) {
                look(ready.subList(i, Math.min(ready.size(), i + MOST_READ)));
            }
        } catch (RuntimeException e) {
            LOG.debug("The recordings of jobs are read again soon", e);
        }
    }

    private void look(List<Tail> some) {
        List<Head> heads = recordings.heads(some.stream().map(tail -> tail.job).toList());
        for (int i = 0; i < some.size(); i++) {
            some.get(i).head = heads.get(i);
        }
        List<Tail> changed = some.stream().filter(Tail::hasChanged).toList();
        List<String> found =
                recordings.latest(changed.stream().map(tail -> tail.head).toList());
        for (int i = 0; i < changed.size(); i++) {
            changed.get(i).send(found.get(i));
        }
        some.forEach(Tail::endIfOver);
    }

    /** One stream. Used by one thread. */
    private static final class Tail {
        private final String job;
        private final EventStream stream;
        private Head head;
        /** What the client has. */
        private String version;

        private boolean isRunning;
        private int quietLooks;
        private int doubts;

        Tail(String job, String version, EventStream stream) {
            this.job = job;
            this.version = version;
            this.stream = stream;
            this.isRunning = version != null; // for all that the client knows
        }

        boolean hasChanged() {
            return head.isJob()
                    && head.version() != null
                    && (!head.version().equals(version) || isRunning && !head.isRunning(head.latest()));
        }

        /** @param json null if it is no longer kept */
        void send(String json) {
            if (json == null) {
                version = head.version();
                return;
            }
            JobRecording recording;
            try {
                recording = Recording.of(json, JobRecording.class).as(head);
            } catch (IllegalArgumentException e) { // not ours
                version = head.version();
                return;
            }
            // What has ended a moment ago may not be stored yet.
            if (recording.lost() != null && ++doubts < LAST_LOOKS) {
                return;
            }
            doubts = 0;
            quietLooks = 0;
            version = head.version();
            isRunning = recording.running() != null;
            stream.send(version, null, recording.shown());
        }

        void endIfOver() {
            if (head.isJob() && !head.state().terminal()) {
                quietLooks = 0;
            } else if (++quietLooks > LAST_LOOKS && doubts == 0) {
                stream.send(version, "end", "{}");
                stream.end();
            }
        }
    }

    @Override
    public void destroy() {
        timer.shutdownNow();
    }
}
