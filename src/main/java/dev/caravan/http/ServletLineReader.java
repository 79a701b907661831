package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.function.Consumer;
import org.springframework.http.HttpStatus;

/**
 * Tells a {@link LineStream} when more of a servlet's request has arrived. Starts the route with the first bytes: the server
 * calls back only after the dispatch of the request has returned, and only then may another thread write the response.
 */
final class ServletLineReader implements ReadListener {
    private final ServletInputStream in;
    private final LineAccess.Client client;
    private final PendingResponse pending;
    private final Consumer<ServletLineReader> route;
    private boolean started;
    private volatile LineStream lines;
    private volatile boolean allRead;
    private volatile Throwable failure;

    /** @param client who sends the lines */
    ServletLineReader(
            ServletInputStream in,
            LineAccess.Client client,
            PendingResponse pending,
            Consumer<ServletLineReader> route) {
        this.in = in;
        this.client = client;
        this.pending = pending;
        this.route = route;
    }

    LineAccess.Client client() {
        return client;
    }

    /** Starts, and returns at once. */
    void begin() {
        in.setReadListener(this);
    }

    /** From now on the stream reads. */
    void handOver(LineStream stream, AsyncContext context, RestConsumer.Shared shared) throws IOException {
        stream.open(context, in, shared);
        lines = stream;
        notifyStream(stream);
    }

    @Override
    public void onDataAvailable() {
        proceed();
    }

    @Override
    public void onAllDataRead() {
        allRead = true;
        proceed();
    }

    @Override
    public void onError(Throwable cause) {
        failure = cause;
        LineStream stream = lines;
        if (stream != null) {
            notifyStream(stream);
        } else {
            pending.send(Problems.reply(
                    Problems.of(HttpStatus.BAD_REQUEST, "The request body could not be read to its end."),
                    Problems.closing(),
                    pending.path()));
        }
    }

    private void proceed() {
        LineStream stream = lines;
        if (stream != null) {
            notifyStream(stream);
        } else if (!started) {
            started = true;
            route.accept(this);
        }
    }

    private void notifyStream(LineStream stream) {
        if (failure != null) {
            stream.failed(failure);
        } else if (allRead) {
            stream.allRead();
        } else {
            stream.readable();
        }
    }
}
