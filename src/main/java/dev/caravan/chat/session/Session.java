package dev.caravan.chat.session;

import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.Participant;
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

/**
 * A connection as STOMP sees it. Its events come one after the other, on whatever threads, so most of it needs no lock;
 * what timers look at is volatile.
 */
public final class Session {
    /** Before CONNECT nobody may send more: 16 headers are enough for it, a token among them, and it has no body. */
    private static final Limits STRANGER = new Limits(16, 8 * 1024, 16 * 1024, 0);

    /** Nor more often: messages a second, and at once. */
    private static final int STRANGER_RATE = 10;

    private static final int STRANGER_BURST = 50;

    private final String key;
    private final Principal visitor;
    private Principal principal;
    private Object target;
    private final long openedAt = System.nanoTime();
    private final Limits limits;
    private final int framesPerSecond;
    private final FrameReader reader = new FrameReader(STRANGER);

    /** By their ids; 1.0 allows none, then by their destinations. Empty for most, so that idle ones cost little. */
    private Map<String, Subscription> subscriptions = Map.of();

    private Transactions transactions;
    private Deque<FrameContext> committed;
    private String name;
    private String senderId;
    private RateLimit rate;
    private volatile Version version;
    private volatile HeartBeat heartBeat = HeartBeat.NONE;
    private volatile boolean ended;
    private volatile boolean working;
    private volatile boolean overflowed;
    private volatile boolean spoke;
    private volatile long heardAt = openedAt;
    private volatile long beatAt = openedAt;

    public Session(String key, Principal visitor, ChatSettings settings) {
        this.key = key;
        this.target = key;
        this.visitor = visitor;
        this.limits = new Limits(
                Limits.DEFAULT.maxHeaders(),
                Limits.DEFAULT.maxHeaderLength(),
                Limits.DEFAULT.maxHead(),
                settings.maxFrame());
        this.framesPerSecond = settings.rate();
        this.rate = new RateLimit(STRANGER_RATE, STRANGER_BURST, openedAt);
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

    FrameReader reader() {
        return reader;
    }

    /** Who has opened the connection, as far as the server knew then. */
    Principal visitor() {
        return visitor;
    }

    /** Who has logged in; null before CONNECT, and for somebody without a login. */
    Principal principal() {
        return principal;
    }

    /** Something is said. */
    void spoke() {
        spoke = true;
    }

    /** Whether something was said since this was last asked. */
    boolean takeSpoke() {
        boolean was = spoke;
        spoke = false;
        return was;
    }

    /** The version that was negotiated; null before CONNECT. */
    Version version() {
        return version;
    }

    /** What the client calls itself, or is called if it has logged in; null if it says nothing. */
    String name() {
        return name;
    }

    /** What tells it from strangers who call themselves the same; null if it has logged in. */
    String senderId() {
        return senderId;
    }

    /** Who is in the rooms that it listens to; null if it has no name. */
    Participant person() {
        return name == null ? null : new Participant(name, senderId);
    }

    HeartBeat heartBeat() {
        return heartBeat;
    }

    /**
     * @param login null for somebody without one
     * @param called what the client calls itself, or is called if it has logged in; null if it says nothing
     * @param secret by which a stranger is known again on another connection; null for none
     */
    public void connected(Version negotiated, HeartBeat beat, Principal login, String called, String secret) {
        principal = login;
        name = called;
        senderId = login != null ? null : Participant.idOf(secret == null ? key : secret); // nobody can guess the key
        heartBeat = beat;
        beatAt = System.nanoTime();
        rate = framesPerSecond == 0 ? null : new RateLimit(framesPerSecond, 5 * framesPerSecond, beatAt);
        version = negotiated;
        reader.version(negotiated);
        reader.limits(limits);
    }

    /** Whether one more frame, or a message or an acknowledgement that does nothing, may be worked now. */
    boolean mayGoOn() {
        return rate == null || rate.take(System.nanoTime());
    }

    Transactions transactions() {
        if (transactions == null) {
            transactions = new Transactions(limits.maxBody());
        }
        return transactions;
    }

    /** Lets frames of a transaction be worked before whatever comes next, and then its COMMIT answered. */
    void commit(List<Frame> frames, Frame commit) {
        committed = new ArrayDeque<>(frames.size() + 1);
        frames.forEach(frame -> committed.add(FrameContext.of(this, frame, FrameContext.Stage.COMMITTED)));
        committed.add(FrameContext.of(this, commit, FrameContext.Stage.DONE));
    }

    /** The next turn of a committed transaction; null if there is none. */
    FrameContext committed() {
        return committed == null ? null : committed.poll();
    }

    Subscription subscription(String id) {
        return subscriptions.get(id);
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

    Subscription remove(String id) {
        return subscriptions.isEmpty() ? null : subscriptions.remove(id);
    }

    /** Takes all that it subscribed to. */
    List<Subscription> removeAll() {
        List<Subscription> all = List.copyOf(subscriptions.values());
        subscriptions = Map.of();
        return all;
    }

    /** No frame of it is worked any more. */
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

    boolean overflowed() {
        return overflowed;
    }

    /** Something came from the client, and is worked from now on. */
    void heard() {
        working = true;
        heardAt = System.nanoTime();
    }

    /** What came is worked; the next thing can be read from now on. */
    void worked() {
        heardAt = System.nanoTime();
        working = false;
    }

    /** For how long nothing came, though something could have been read. */
    long silentNanos(long now) {
        return working ? 0 : now - heardAt;
    }

    long openNanos(long now) {
        return now - openedAt;
    }

    /** Whether the server has to send something, if it looks again only after a while; then that counts as sent. */
    boolean beats(long now, long again) {
        int millis = heartBeat.outgoingMillis();
        if (millis == 0 || now - beatAt < millis * 1_000_000L - again) {
            return false;
        }
        beatAt = now;
        return true;
    }
}
