package dev.caravan.http;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines of one request that wait for their responses, in their order. Used by one thread at a time, but for the entries. */
final class LinesUnderWay {
    private static final Logger LOG = LoggerFactory.getLogger(LinesUnderWay.class);

    private final Runnable responded;
    private final Queue<Entry> entries = new ArrayDeque<>();
    private long bytes;
    private boolean logged;

    /** @param responded called for each response, on any thread */
    LinesUnderWay(Runnable responded) {
        this.responded = responded;
    }

    /** @param number of the line; 0 for one that the request does not have */
    Entry add(long number, int size) {
        Entry entry = new Entry(number, size);
        entries.add(entry);
        bytes += size;
        return entry;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int size() {
        return entries.size();
    }

    long bytes() {
        return bytes;
    }

    /** Takes the responses that are there, up to the first line without one. */
    void take(Consumer<byte[]> next) {
        for (Entry first = entries.peek(); first != null && first.response != null; first = entries.peek()) {
            entries.poll();
            bytes -= first.size;
            next.accept(first.response);
        }
    }

    /**
     * Gives up the lines that have waited for so long.
     *
     * @return the nanoseconds until the next one has, if none has; else 0
     */
    long expire(long timeoutNanos) {
        Entry first = entries.peek();
        if (first == null) {
            return 0;
        }
        long now = System.nanoTime();
        if (now - first.begunNanos < timeoutNanos) {
            return first.begunNanos + timeoutNanos - now;
        }
        for (Entry entry : entries) {
            if (now - entry.begunNanos >= timeoutNanos && entry.response == null) {
                entry.failed(new ServiceUnavailable("The route did not respond in time.", null));
            }
        }
        return 0;
    }

    final class Entry implements LineStream.Reply {
        private final long number;
        private final int size;
        private final long begunNanos = System.nanoTime();
        private volatile byte[] response;

        private Entry(long number, int size) {
            this.number = number;
            this.size = size;
        }

        @Override
        public void done(String members) {
            response = RestResponse.utf8((number == 0 ? "{" : "{\"line\":" + number + ",") + members + "}\n");
            responded.run();
        }

        @Override
        public void failed(Throwable cause) {
            if (Problems.errorResponse(cause) == null && !logged) {
                logged = true; // once a request is enough
                LOG.error("Line {} of a request failed", number, cause);
            }
            done(Problems.members(cause));
        }
    }
}
