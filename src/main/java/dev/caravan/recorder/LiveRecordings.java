package dev.caravan.recorder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Stores, every {@value #PERIOD_MILLIS} ms, where the attempts of this node are that have run for as long, if they have gone on since:
 * {@value #MOST} at the most, in one round trip. Others come in the next one. Thread-safe.
 */
@Component
class LiveRecordings {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRecordings.class);
    static final int PERIOD_MILLIS = 1000;
    static final int MOST = 100;

    private final Recorder recorder;
    private final Recordings recordings;
    private final String node;
    private final Duration again;

    LiveRecordings(
            Recorder recorder,
            Recordings recordings,
            RecorderSettings settings,
            @Value("${caravan.node}") String node) {
        this.recorder = recorder;
        this.recordings = recordings;
        this.node = node;
        this.again = settings.retention().dividedBy(2);
    }

    /** When the node is one: a check of route files has no web server, and runs no jobs. */
    @EventListener(WebServerInitializedEvent.class)
    void start() {
        if (!recorder.isOff()) {
            recordings.every(Duration.ofMillis(PERIOD_MILLIS), this::show);
        }
    }

    /** On the thread that stores recordings, so that what an attempt did at its end is written after this. */
    void show() {
        try {
            List<RunningAttempt> running = new ArrayList<>(recorder.running());
            Collections.shuffle(running); // each has its turn, if they are too many
            List<JobRecording> news = running.stream()
                    .map(attempt -> attempt.shown(node, Duration.ofMillis(PERIOD_MILLIS), again))
                    .filter(Objects::nonNull)
                    .limit(MOST)
                    .toList();
            recordings.show(news);
        } catch (RuntimeException e) { // Redis is away: what comes next is shown
            LOG.debug("Where attempts are is not stored", e);
        }
    }
}
