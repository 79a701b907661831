package dev.caravan.chat.session;

import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.ClientFrame;
import dev.caravan.chat.Participant;
import dev.caravan.component.websocket.Connection;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameReader;
import dev.caravan.stomp.HeartBeat;
import dev.caravan.stomp.Limits;
import dev.caravan.stomp.Version;
import java.security.Principal;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A connection as STOMP sees it. Its events come one after the other, on any thread, so most of it needs no lock; the
 * fields that timers read are volatile.
 */
public final class Session implements ClientFrame.Sender {
    /** Before CONNECT: 16 headers, a token among them, are enough for it, and it has no body. */
    private static final Limits UNCONNECTED = new Limits(16, 8 * 1024, 16 * 1024, 0);

    /** Before CONNECT: messages a second, and at once. */
    private static final int UNCONNECTED_RATE = 10;

    private static final int UNCONNECTED_BURST = 50;

    private final String key;
    private final Principal client;
    private final ChatSettings settings;
    private final long openedAt = System.nanoTime();
    private final FrameReader reader = new FrameReader(UNCONNECTED);

    /** By their ids; 1.0 allows none, then by their destinations. Empty for most, so that idle connections cost little. */
    private Map<String, Subscription> subscriptions = Map.of();

    private Object target;
    private Transactions transactions;
    private Deque<FrameContext> committed;
    private Principal principal;
    private String name;
    private String senderId;
    private RateLimit rate = new RateLimit(UNCONNECTED_RATE, UNCONNECTED_BURST, openedAt);
    private volatile Version version;
    private volatile HeartBeat heartBeat = HeartBeat.NONE;
    private volatile boolean ended;
    private volatile boolean processing;
    private volatile boolean overflowed;
    private volatile boolean active;
    private volatile long receivedAt = openedAt;
    private volatile long heartbeatAt = openedAt;

    public Session(String key, Principal client, ChatSettings settings) {
        this.key = key;
        this.target = key;
        this.client = client;
        this.settings = settings;
    }

    String key() {
        return key;
    }

    /** What frames are sent to: the key, or what stands for it. */
    Object target() {
        return target;
    }

    void target(Object other) {
        target = other;
    }

    /** Whether all frames are sent. */
    boolean isIdle() {
        return !(target instanceof Connection connection) || connection.isIdle();
    }

    FrameReader reader() {
        return reader;
    }

    /** Who opened the connection, as far as the server knew then. */
    Principal client() {
        return client;
    }

    /** Null before CONNECT, too. */
    @Override
    public Principal principal() {
        return principal;
    }

    void published() {
        active = true;
    }

    /** Whether the client has published anything since the last call. */
    boolean takeActive() {
        boolean was = active;
        active = false;
        return was;
    }

    /** The version that was negotiated; null before CONNECT. */
    Version version() {
        return version;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String senderId() {
        return senderId;
    }

    /** Who is present in the rooms that it subscribes to; null if the client has no name, or presence is off. */
    Participant participant() {
        return name == null || !settings.presence() ? null : new Participant(name, senderId);
    }

    /**
     * @param login null for an anonymous client
     * @param called the name of the login, or the one that the client chose; null for none
     * @param secret by which an anonymous client is known again on another connection; null for none
     */
    public void connected(Version negotiated, HeartBeat agreed, Principal login, String called, String secret) {
        principal = login;
        name = called;
        senderId = login != null ? null : Participant.idOf(secret == null ? key : secret); // nobody can guess the key
        heartBeat = agreed;
        heartbeatAt = System.nanoTime();
        rate = settings.rate() == 0 ? null : new RateLimit(settings.rate(), 5 * settings.rate(), heartbeatAt);
        version = negotiated;
        reader.version(negotiated);
        reader.limits(Limits.DEFAULT.withMaxBody(settings.maxFrame()));
    }

    /** Takes one frame, or message or acknowledgement without effect, from the client's rate; false if that is used up. */
    boolean tryAcquire() {
        return rate == null || rate.tryAcquire(System.nanoTime());
    }

    Transactions transactions() {
        if (transactions == null) {
            transactions = new Transactions(settings.maxFrame());
        }
        return transactions;
    }

    /** Lets the frames of a transaction be processed before whatever comes next, and then its COMMIT. */
    void commit(List<Frame> frames, Frame commit) {
        committed = new ArrayDeque<>(frames.size() + 1);
        frames.forEach(frame -> committed.add(FrameContext.of(this, frame, FrameContext.Stage.COMMITTED)));
        committed.add(FrameContext.of(this, commit, FrameContext.Stage.DONE));
    }

    /** The next frame of a committed transaction; null if there is none. */
    FrameContext committed() {
        return committed == null ? null : committed.poll();
    }

    Subscription subscription(String id) {
        return subscriptions.get(id);
    }

    /** Any of those to a destination; null if there is none. */
    Subscription subscriptionTo(String destination) {
        return subscriptions.values().stream()
                .filter(one -> one.destination().equals(destination))
                .findFirst()
                .orElse(null);
    }

    Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    void add(Subscription subscription) {
        if (subscriptions.isEmpty()) {
            subscriptions = new HashMap<>(4);
        }
        subscriptions.put(subscription.id(), subscription);
    }

    void remove(Subscription subscription) {
        subscriptions.remove(subscription.id());
    }

    List<Subscription> removeAll() {
        List<Subscription> all = List.copyOf(subscriptions.values());
        subscriptions = Map.of();
        return all;
    }

    /** No more of its frames are processed. */
    void end() {
        ended = true;
    }

    boolean ended() {
        return ended;
    }

    /** One of its subscriptions has more messages waiting than may. */
    void overflow() {
        overflowed = true;
    }

    /** The client has sent something, which is processed from now on. */
    void received() {
        processing = true;
        receivedAt = System.nanoTime();
    }

    /** The next message can be read from now on. */
    void processed() {
        receivedAt = System.nanoTime();
        processing = false;
    }

    /** Whether the connection must be closed: not connected in time, silent for twice as long as it may be, or overflowed. */
    boolean isOverdue(long now) {
        if (ended) {
            return false;
        }
        if (version == null) {
            return now - openedAt > settings.connectTimeout().toNanos();
        }
        long silent = processing ? 0 : now - receivedAt; // while nothing can be read, nobody knows
        int incoming = heartBeat.incomingMillis();
        return overflowed || incoming > 0 && silent > 2 * TimeUnit.MILLISECONDS.toNanos(incoming);
    }

    /** Whether a heartbeat must be sent now, if the next call comes after so many nanoseconds; if so, it counts as sent. */
    boolean heartbeatDue(long now, long next) {
        int millis = heartBeat.outgoingMillis();
        if (millis == 0 || now - heartbeatAt < TimeUnit.MILLISECONDS.toNanos(millis) - next) {
            return false;
        }
        heartbeatAt = now;
        return true;
    }
}
