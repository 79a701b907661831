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
 * The open event streams of this node, at most {@code caravan.http.max-streams}, and {@code
 * caravan.http.max-streams-per-user} for one user. They end first when the node stops: the server would wait for them
 * as for any other response. Thread-safe.
 */
@Component
class EventStreams implements SmartLifecycle {
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final int most;
    private final PerUserLimit perUser;
    private final int mostPerUser;
    private final long heartbeatMillis;
    private volatile boolean running;

    EventStreams(HttpSettings settings) {
        this.most = settings.maxStreams();
        this.mostPerUser = settings.maxStreamsPerUser();
        this.perUser = new PerUserLimit(mostPerUser);
        this.heartbeatMillis = settings.streamHeartbeat().toMillis();
    }

    /**
     * Responds with the stream, with 429 if the user has too many, or with 503 if the node has too many or stops. Ends
     * the stream if the client does not get it.
     *
     * @param user null if nobody has logged in
     */
    void open(
            PendingResponse pending,
            RestResponse head,
            EventStream stream,
            String user,
            ScheduledExecutorService clock) {
        if (pending.isHead()) {
            stream.end();
            pending.send(head);
            return;
        }
        if (!perUser.take(user)) {
            stream.end();
            pending.send(Problems.reply(tooMany(), pending.path()));
            return;
        }
        stream.onEnd(() -> perUser.giveBack(user));
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            reject(pending, stream, "This node has reached its limit of event streams (caravan.http.max-streams).");
            return;
        }
        open.add(stream);
        stream.onEnd(() -> {
            open.remove(stream);
            count.decrementAndGet();
        });
        if (!running) { // checked after stop() can find the stream
            reject(pending, stream, "This node is stopping.");
            return;
        }
        boolean sent = false;
        try {
            sent = pending.send(head, context -> stream.open(context, clock, heartbeatMillis));
        } finally {
            if (!sent) {
                stream.end();
            }
        }
    }

    private LimitExceeded tooMany() {
        String detail =
                "You have " + mostPerUser + " open event streams on this node, the most that one user may have.";
        return new LimitExceeded(detail, mostPerUser, mostPerUser, RETRY);
    }

    private static void reject(PendingResponse pending, EventStream stream, String detail) {
        stream.end();
        pending.send(Problems.reply(
                Problems.of(HttpStatus.SERVICE_UNAVAILABLE, detail), Problems.retrying(), pending.path()));
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

    /** Stops before everything else. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
