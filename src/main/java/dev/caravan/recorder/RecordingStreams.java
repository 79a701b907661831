package dev.caravan.recorder;

import dev.caravan.component.DaemonThreads;
import dev.caravan.http.EventStream;
import dev.caravan.recorder.Recording.Place;
import dev.caravan.recorder.Recordings.Head;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Sends recordings as server-sent events, as they change. Every {@value #PERIOD_MILLIS} ms one thread asks, for all jobs and exchanges
 * that somebody watches, what has changed, and reads that alone; a client that has yet to take what was sent is left out. Thread-safe.
 */
@Component
class RecordingStreams implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(RecordingStreams.class);
    private static final int PERIOD_MILLIS = 500;
    /** How many recordings are read in one round trip. */
    private static final int MOST_READ = 20;
    /** How often nothing comes of what has ended before the stream ends: its last recording may be on its way. */
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
        return open(new JobTail(job, version));
    }

    /** The same for an exchange, until it has ended or is gone. */
    EventStream open(Place exchange, String version) {
        return open(new ExchangeTail(exchange, version));
    }

    private EventStream open(Tail tail) {
        tails.add(tail);
        tail.stream.onEnd(() -> tails.remove(tail));
        start();
        return tail.stream;
    }

    private synchronized void start() {
        if (!isStarted) {
            isStarted = true;
            timer.scheduleWithFixedDelay(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            look(JobTail.class, this::lookAtJobs);
            look(ExchangeTail.class, this::lookAtExchanges);
        } catch (RuntimeException e) {
            LOG.debug("The recordings are read again soon", e);
        }
    }

    private <T extends Tail> void look(Class<T> type, Consumer<List<T>> some) {
        List<T> ready = tails.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .filter(tail -> tail.stream.isReady())
                .toList();
        for (int i = 0; i < ready.size(); i += MOST_READ) {
            some.accept(ready.subList(i, Math.min(ready.size(), i + MOST_READ)));
        }
    }

    private void lookAtJobs(List<JobTail> some) {
        List<Head> heads = recordings.heads(some.stream().map(tail -> tail.job).toList());
        for (int i = 0; i < some.size(); i++) {
            some.get(i).head = heads.get(i);
        }
        sendChanges(some);
    }

    private void lookAtExchanges(List<ExchangeTail> some) {
        List<String> versions =
                recordings.versions(some.stream().map(tail -> tail.place).toList());
        for (int i = 0; i < some.size(); i++) {
            some.get(i).latest = versions.get(i);
        }
        sendChanges(some);
    }

    private void sendChanges(List<? extends Tail> some) {
        List<? extends Tail> changed = some.stream().filter(Tail::hasChanged).toList();
        List<String> found = recordings.read(changed.stream().map(Tail::place).toList());
        for (int i = 0; i < changed.size(); i++) {
            changed.get(i).send(found.get(i));
        }
        some.forEach(Tail::endIfOver);
    }

    /** One stream. Used by one thread. */
    private abstract static sealed class Tail {
        final EventStream stream = new EventStream();
        /** What the client has; null for nothing. */
        String version;

        int quietLooks;

        Tail(String version) {
            this.version = version;
        }

        abstract Place place();

        abstract boolean hasChanged();

        /** @param json null if it is no longer kept */
        abstract void send(String json);

        abstract void endIfOver();

        void end() {
            stream.send(version, "end", "{}");
            stream.end();
        }
    }

    private static final class ExchangeTail extends Tail {
        private final Place place;
        /** Null if it is no longer kept. */
        private String latest;

        private boolean isOver;

        ExchangeTail(Place place, String version) {
            super(version);
            this.place = place;
        }

        @Override
        Place place() {
            return place;
        }

        @Override
        boolean hasChanged() {
            return latest != null && !latest.equals(version);
        }

        @Override
        void send(String json) {
            version = latest;
            if (json == null) {
                return;
            }
            RouteRecording recording;
            try {
                recording = Recording.of(json, RouteRecording.class);
            } catch (IllegalArgumentException e) { // not ours
                return;
            }
            quietLooks = 0;
            isOver = recording.running() == null;
            stream.send(version, null, recording.shown());
        }

        @Override
        void endIfOver() {
            if (isOver || latest == null && ++quietLooks > LAST_LOOKS) {
                end();
            }
        }
    }

    private static final class JobTail extends Tail {
        private final String job;
        private Head head;
        private boolean isRunning;
        private int doubts;

        JobTail(String job, String version) {
            super(version);
            this.job = job;
            this.isRunning = version != null; // for all that the client knows
        }

        @Override
        Place place() {
            return head.place();
        }

        @Override
        boolean hasChanged() {
            return head.isJob()
                    && head.version() != null
                    && (!head.version().equals(version) || isRunning && !head.isRunning(head.latest()));
        }

        @Override
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

        @Override
        void endIfOver() {
            if (head.isJob() && !head.state().terminal()) {
                quietLooks = 0;
            } else if (++quietLooks > LAST_LOOKS && doubts == 0) {
                end();
            }
        }
    }

    @Override
    public void destroy() {
        timer.shutdownNow();
    }
}
