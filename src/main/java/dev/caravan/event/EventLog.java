package dev.caravan.event;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The latest events that came to this node, in their order, so many and so large at the most, with marks where some may be
 * missing. Each reader goes through it at its own pace. Thread-safe.
 */
final class EventLog {
    /**
     * On two nodes events come in nearly the same order: what is less far apart than this may be the other way round. Both
     * hold: so much time, and so many.
     */
    private static final long OVERLAP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int OVERLAP = 20;

    private final Entry[] ring;
    private final long maxBytes;
    private final LongSupplier nanos;
    private final Map<String, Long> positions = new HashMap<>();
    /** The first one that is still there, and the one that comes next. */
    private long first;

    private long end;
    private long bytes;

    /**
     * @param event null where some may be missing: for those who follow {@code key}, or for all
     */
    private record Entry(Event event, boolean gapForAll, String key, long nanos) {}

    /** A reader: what it follows, and what it has read. */
    static final class Reader {
        private final String key;
        private long next;
        private boolean gap;

        private Reader(String key) {
            this.key = key;
        }
    }

    /**
     * What a reader reads.
     *
     * @param event null: some may be missing here
     */
    record Read(Event event) {}

    EventLog(int most, long maxBytes, LongSupplier nanos) {
        this.ring = new Entry[most];
        this.maxBytes = maxBytes;
        this.nanos = nanos;
    }

    synchronized void add(Event event) {
        put(new Entry(event, false, event.key(), nanos.getAsLong()));
        bytes += event.bytes();
        positions.put(event.id(), end - 1);
        while (bytes > maxBytes && first < end - 1) {
            drop();
        }
    }

    /** Notes that from now on events with this key come here, and that some of them may not have. */
    synchronized void gap(String key) {
        put(new Entry(null, false, key, nanos.getAsLong()));
    }

    /** Notes that some events, of whatever key, may not have come here. */
    synchronized void gap() {
        put(new Entry(null, true, null, nanos.getAsLong()));
    }

    private void put(Entry entry) {
        if (end - first == ring.length) {
            drop();
        }
        ring[slot(end++)] = entry;
    }

    private void drop() {
        Entry oldest = ring[slot(first)];
        ring[slot(first)] = null;
        if (oldest.event != null) {
            bytes -= oldest.event.bytes();
            positions.remove(oldest.event.id(), first); // not if another one had the same id
        }
        first++;
    }

    private int slot(long position) {
        return (int) (position % ring.length);
    }

    /** Who reads what comes from now on. */
    synchronized Reader now(String key) {
        Reader reader = new Reader(key);
        reader.next = end;
        return reader;
    }

    /**
     * Who has read here before.
     *
     * @param id of the last event that was read; if it is not there, some may be missing, and all that are there are read
     * @param here whether that was read from this log; if from another, some may be read twice
     */
    synchronized Reader after(String key, String id, boolean here) {
        Reader reader = new Reader(key);
        Long last = positions.get(id);
        if (last == null) {
            reader.next = first;
            reader.gap = true;
        } else {
            reader.next = here ? last + 1 : overlap(last);
        }
        return reader;
    }

    private long overlap(long last) {
        long since = ring[slot(last)].nanos - OVERLAP_NANOS;
        long position = last;
        while (position > first && (last - position < OVERLAP || ring[slot(position - 1)].nanos - since >= 0)) {
            position--;
        }
        return position;
    }

    /** The next one for this reader, or null if there is none yet. */
    synchronized Read next(Reader reader) {
        if (reader.next < first) {
            reader.next = first;
            reader.gap = true;
        }
        if (reader.gap) {
            reader.gap = false;
            return new Read(null);
        }
        while (reader.next < end) {
            Entry entry = ring[slot(reader.next++)];
            if (entry.gapForAll || Objects.equals(entry.key, reader.key)) {
                return new Read(entry.event);
            }
        }
        return null;
    }
}
