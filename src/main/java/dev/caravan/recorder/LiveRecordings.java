package dev.caravan.recorder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Stores, every {@value #PERIOD_MILLIS} ms, where the attempts and exchanges of this node are that have run for as long, if they have
 * gone on since: {@value #MOST} at the most, in one round trip. Others come in the next one. Thread-safe.
 */
@Component
class LiveRecordings {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRecordings.class);
    static final int PERIOD_MILLIS = 1000;
    static final int MOST = 100;

    private final Recorder recorder;
    private final Recordings recordings;
    private final boolean isOff;

    LiveRecordings(Recorder recorder, Recordings recordings, RecorderSettings settings) {
        this.recorder = recorder;
        this.recordings = recordings;
        this.isOff = recorder.isOff() && settings.isOffForRoutes();
    }

    /** When the node is one: a check of route files has no web server, and runs nothing. */
    @EventListener(WebServerInitializedEvent.class)
    void start() {
        if (!isOff) {
            recordings.every(Duration.ofMillis(PERIOD_MILLIS), this::show);
        }
    }

    /** On the thread that stores recordings, so that what was done at the end is written after this. */
    void show() {
        try {
            List<RunningRecording> running = new ArrayList<>(recorder.running());
            Collections.shuffle(running); // each has its turn, if they are too many
            List<Recording> news = running.stream()
                    .map(one -> one.shown(Duration.ofMillis(PERIOD_MILLIS)))
                    .filter(Objects::nonNull)
                    .limit(MOST)
                    .toList();
            recordings.show(news);
        } catch (RuntimeException e) { // Redis is away: what comes next is shown
            LOG.debug("Where attempts and exchanges are is not stored", e);
        }
    }
}
