package dev.caravan.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * The streams of events that this node has open, {@code caravan.http.max-streams} at the most, and
 * {@code caravan.http.max-streams-per-user} of one user. They end first when the node stops: the server would wait for them
 * as for any other answer that is under way. Thread-safe.
 */
@Component
class EventStreams implements SmartLifecycle {
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final int most;
    private final PerUserLimit perUser;
    private final int mostPerUser;
    private final long beatMillis;
    private volatile boolean running;

    EventStreams(HttpSettings settings) {
        this.most = settings.maxStreams();
        this.mostPerUser = settings.maxStreamsPerUser();
        this.perUser = new PerUserLimit(mostPerUser);
        this.beatMillis = settings.streamBeat().toMillis();
    }

    /**
     * Answers with the stream, 429 if the user has too many, or 503 if there are too many in all or the node stops. Ends the
     * stream if nobody gets it.
     *
     * @param user null if nobody has logged in
     */
    void give(
            PendingResponse answer,
            RestResponse head,
            EventStream stream,
            String user,
            ScheduledExecutorService clock) {
        if (answer.isHead()) {
            stream.end();
            answer.give(head);
            return;
        }
        if (!perUser.take(user)) {
            stream.end();
            answer.give(Problems.reply(tooMany(), answer.path()));
            return;
        }
        stream.onEnd(() -> perUser.giveBack(user));
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            refuse(answer, stream, "This node has as many followers as it takes.");
            return;
        }
        open.add(stream);
        stream.onEnd(() -> {
            open.remove(stream);
            count.decrementAndGet();
        });
        if (!running) { // asked after the stream can be found by the one who stops
            refuse(answer, stream, "This node is stopping.");
            return;
        }
        boolean given = false;
        try {
            given = answer.give(head, context -> stream.open(context, clock, beatMillis));
        } finally {
            if (!given) {
                stream.end();
            }
        }
    }

    private LimitExceeded tooMany() {
        String detail = "You follow " + mostPerUser + " streams on this node already, as many as one user may.";
        return new LimitExceeded(detail, mostPerUser, mostPerUser, RETRY);
    }

    private static void refuse(PendingResponse answer, EventStream stream, String detail) {
        stream.end();
        answer.give(Problems.reply(
                Problems.of(HttpStatus.SERVICE_UNAVAILABLE, detail), Problems.retrying(), answer.path()));
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        open.forEach(EventStream::end);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops before anything else does. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
