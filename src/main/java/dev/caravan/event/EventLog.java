package dev.caravan.event;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The latest events of this node in their order, bounded by number and bytes, with marks where some may be missing. Each
 * reader advances at its own pace. Thread-safe.
 */
final class EventLog {
    /**
     * Two nodes receive events in nearly the same order: two events closer than this may be swapped. A reader from another
     * node goes back by both, the time and the number.
     */
    private static final long OVERLAP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int OVERLAP = 20;

    private final Entry[] ring;
    private final long maxBytes;
    private final LongSupplier nanos;
    private final Map<String, Long> positions = new HashMap<>();
    /** Positions of the oldest entry and of the next one. */
    private long first;

    private long end;
    private long bytes;

    /**
     * @param event null where some may be missing: for readers of {@code key}, or for all
     */
    private record Entry(Event event, boolean gapForAll, String key, long nanos) {}

    /** The key and the position of a reader. */
    static final class Reader {
        private final String key;
        private long next;
        private boolean gap;

        private Reader(String key) {
            this.key = key;
        }
    }

    /**
     * An entry that a reader has read.
     *
     * @param event null: events may be missing here
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

    /** Marks that events with this key come here from now on; earlier ones may be missing. */
    synchronized void gap(String key) {
        put(new Entry(null, false, key, nanos.getAsLong()));
    }

    /** Marks that events of any key may be missing. */
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

    /** A reader that starts with the next event. */
    synchronized Reader readFromEnd(String key) {
        Reader reader = new Reader(key);
        reader.next = end;
        return reader;
    }

    /**
     * A reader that continues after an event.
     *
     * @param id of the last event that it read; if the log lacks it, the reader starts with a gap and the oldest event
     * @param here whether it was read from this log; if from another node's, some events may be read twice
     */
    synchronized Reader readAfter(String key, String id, boolean here) {
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

    /** The next entry for this reader, or null if there is none yet. */
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
