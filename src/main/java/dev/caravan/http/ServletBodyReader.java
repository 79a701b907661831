package dev.caravan.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;

/**
 * Collects the body of a servlet's request without blocking a thread.
 *
 * <p>A request without a body passes here too: the server calls back only after the dispatch of the request has
 * returned through all filters. Only from then on may another thread write the response without interfering with them.
 */
record ServletBodyReader(ServletInputStream in, ArrivingBody body) implements ReadListener, ArrivingBody.Source {

    /** Starts, and returns at once. */
    void begin() {
        in.setReadListener(this);
        if (!in.isReady()) {
            body.awaitMore();
        }
    }

    @Override
    public void onDataAvailable() throws IOException {
        if (body.take(this) && !in.isFinished()) {
            body.awaitMore();
        }
    }

    @Override
    public boolean isReady() {
        return in.isReady() && !in.isFinished();
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        return in.read(buffer, from, length);
    }

    @Override
    public void onAllDataRead() {
        body.complete();
    }

    @Override
    public void onError(Throwable failure) {
        body.fail(failure);
    }
}
