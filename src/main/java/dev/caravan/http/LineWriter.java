package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the lines of a response, as fast as the client reads them. Used by one thread at a time; no method blocks. */
final class LineWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LineWriter.class);

    private final AsyncContext context;
    private final ServletOutputStream out;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    /** Whether written bytes still have to be flushed. */
    private boolean written;

    /**
     * @param context of the request, whose response has its status and headers
     * @param ready called when more can be written
     * @param failed called when nothing can be written any more
     * @throws IOException if the client is gone
     */
    LineWriter(AsyncContext context, Runnable ready, Consumer<Throwable> failed) throws IOException {
        this.context = context;
        this.out = context.getResponse().getOutputStream();
        out.setWriteListener(new WriteListener() {
            @Override
            public void onWritePossible() {
                ready.run();
            }

            @Override
            public void onError(Throwable cause) {
                failed.accept(new IOException("The client does not read", cause));
            }
        });
    }

    void add(byte[] line) {
        waiting.writeBytes(line);
    }

    /** How many bytes wait for the client. */
    int waiting() {
        return waiting.size();
    }

    /**
     * Writes what waits, as much as the server takes.
     *
     * @param last whether {@link #complete} follows, which flushes
     * @return whether nothing waits any more
     */
    boolean write(boolean last) throws IOException {
        while (out.isReady()) {
            if (waiting.size() > 0) {
                byte[] all = waiting.toByteArray();
                waiting.reset();
                written = true;
                out.write(all);
            } else if (written && !last) {
                written = false;
                out.flush();
            } else {
                return true;
            }
        }
        return false;
    }

    void complete() {
        waiting.reset();
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.debug("Already over", e);
        }
    }
}
