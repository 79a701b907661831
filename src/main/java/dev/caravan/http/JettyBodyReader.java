package dev.caravan.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects the body of a request that no servlet sees, without blocking a thread. */
record JettyBodyReader(Request request, ArrivingBody body) implements Invocable.Task {
    private static final Logger LOG = LoggerFactory.getLogger(JettyBodyReader.class);

    /** Reads what is there, now and each time that more arrives. */
    @Override
    public void run() {
        try {
            read();
        } catch (IllegalStateException e) {
            LOG.debug("A response was sent while the body arrived", e);
        }
    }

    private void read() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                body.awaitMore();
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                body.fail(chunk.getFailure());
                return;
            }
            boolean open = take(chunk.getByteBuffer());
            chunk.release();
            if (!open) {
                return;
            }
            if (chunk.isLast()) {
                body.complete();
                return;
            }
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    private boolean take(ByteBuffer bytes) {
        try {
            return body.take(new Bytes(bytes));
        } catch (IOException e) {
            throw new IllegalStateException("Bytes in memory do not fail", e);
        }
    }

    private record Bytes(ByteBuffer bytes) implements ArrivingBody.Source {
        @Override
        public boolean isReady() {
            return bytes.hasRemaining();
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            int count = Math.min(length, bytes.remaining());
            bytes.get(buffer, from, count);
            return count;
        }
    }
}
