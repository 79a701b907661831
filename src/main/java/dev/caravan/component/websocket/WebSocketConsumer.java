package dev.caravan.component.websocket;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/**
 * Sends the events of a path's connections to a route. Leaves the connections to a successor when it is suspended or
 * stopped.
 */
public final class WebSocketConsumer extends DefaultConsumer implements Suspendable {
    private final WebSocketEndpoint endpoint;

    WebSocketConsumer(WebSocketEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
    }

    String path() {
        return endpoint.getPath();
    }

    public WebSocketComponent component() {
        return endpoint.component();
    }

    public WebSocketEndpoint options() {
        return endpoint;
    }

    /** Runs the route, and calls back when it is done, on any thread. */
    void process(Exchange exchange, AsyncCallback done) {
        getAsyncProcessor().process(exchange, doneSync -> {
            if (exchange.getException() != null) {
                getExceptionHandler()
                        .handleException("Failed to process a WebSocket event", exchange, exchange.getException());
            }
            done.done(doneSync);
        });
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        component().paths().attach(this);
    }

    @Override
    protected void doSuspend() throws Exception {
        component().paths().detach(this);
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        component().paths().attach(this);
    }

    @Override
    protected void doStop() throws Exception {
        component().paths().stop(this);
        super.doStop();
    }

    @Override
    protected void doShutdown() throws Exception {
        component().paths().remove(this);
        super.doShutdown();
    }
}
