package dev.caravan.bench.limit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A job on its way: a submission with the request that waits for it, or a delivery with its tag. */
final class Job {
    private static final String RUN = UUID.randomUUID().toString().substring(0, 8) + '-';
    private static final AtomicLong COUNT = new AtomicLong();
    private static final byte[] BEFORE_ID = bytes("{\"jobId\":\"");
    private static final byte[] AFTER_ID = bytes("\",\"type\":\"default\"");
    private static final byte[] BEFORE_PAYLOAD = bytes(",\"payload\":");
    private static final int ID_LENGTH = 36;

    final byte[] id;
    /** Tells the transitions of this job on its way from those of others. */
    final byte[] token = bytes(RUN + COUNT.incrementAndGet());

    Transition next;
    /** Number of the attempt, as the script sees it. */
    byte[] attempt = {};
    // Of a submission.
    byte[] payload;
    Response response;
    Callback callback;
    /** Of the response, when it is known. */
    int status;
    /** Whether the broker had no queue for it. Of the reader of RabbitMQ. */
    boolean returned;
    // Of a delivery.
    long tag;

    private Job(byte[] id, Transition next) {
        this.id = id;
        this.next = next;
    }

    static Job submitted(byte[] payload, Response response, Callback callback) {
        Job job = new Job(bytes(UUID.randomUUID().toString()), Transition.SUBMIT);
        job.payload = payload;
        job.response = response;
        job.callback = callback;
        return job;
    }

    /** The job of a message, which must be one that {@link #message} has made. */
    static Job delivered(byte[] message, long tag) {
        int from = BEFORE_ID.length;
        Job job = new Job(Arrays.copyOfRange(message, from, from + ID_LENGTH), Transition.START);
        job.tag = tag;
        return job;
    }

    byte[] message() {
        return payload.length == 0
                ? join(BEFORE_ID, id, AFTER_ID, bytes("}"))
                : join(BEFORE_ID, id, AFTER_ID, BEFORE_PAYLOAD, payload, bytes("}"));
    }

    /** The body of the response to its submission. */
    byte[] accepted() {
        return join(BEFORE_ID, id, bytes("\"}"));
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
