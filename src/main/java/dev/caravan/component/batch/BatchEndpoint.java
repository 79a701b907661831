package dev.caravan.component.batch;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultAsyncProducer;
import org.apache.camel.support.DefaultEndpoint;

/** The queue of a name. The options are the consumer's. See {@link BatchComponent}. */
final class BatchEndpoint extends DefaultEndpoint {
    private final BatchQueue queue;
    private int size = 500;
    private int capacity = 10_000;
    private boolean dropOldest;
    private long period;
    private long retryDelay;
    private Executor executor;

    BatchEndpoint(String uri, Component component, BatchQueue queue) {
        super(uri, component);
        this.queue = queue;
    }

    BatchQueue queue() {
        return queue;
    }

    /** How many make a batch, at the most; default 500. */
    public void setSize(int size) {
        this.size = size;
    }

    public int getSize() {
        return size;
    }

    /** How many may wait; default 10,000. A producer with more waits too, without holding a thread. */
    public void setCapacity(int capacity) {
        this.capacity = capacity;
    }

    public int getCapacity() {
        return capacity;
    }

    /** Whether the oldest are dropped, and counted, when more wait than may; default false. */
    public void setDropOldest(boolean dropOldest) {
        this.dropOldest = dropOldest;
    }

    public boolean isDropOldest() {
        return dropOldest;
    }

    /** From the beginning of one batch to that of the next, in milliseconds, at the least; default 0. */
    public void setPeriod(long period) {
        this.period = period;
    }

    public long getPeriod() {
        return period;
    }

    /**
     * The pause, in milliseconds, after which a batch whose route failed is given to it again, the same list, until it
     * succeeds; default 0: it is not, the failure is logged.
     */
    public void setRetryDelay(long retryDelay) {
        this.retryDelay = retryDelay;
    }

    public long getRetryDelay() {
        return retryDelay;
    }

    /**
     * The executor that runs the route, such as {@code #webSocketExecutor}; default none: the consumer has a thread of its
     * own. Neither with a period nor with a retry, which would hold a thread of the executor.
     */
    public void setExecutor(Executor executor) {
        this.executor = executor;
    }

    public Executor getExecutor() {
        return executor;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        if (executor != null && (period > 0 || retryDelay > 0)) {
            throw new IllegalArgumentException(getEndpointUri()
                    + ": the option executor goes with neither period nor retryDelay, which hold a thread");
        }
        BatchConsumer consumer = new BatchConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public Producer createProducer() {
        return new DefaultAsyncProducer(this) {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                Object body = exchange.getMessage().getBody();
                Collection<?> bodies =
                        body instanceof Collection<?> many ? many : body == null ? List.of() : List.of(body);
                if (!bodies.isEmpty()) {
                    if (!queue.add(bodies, callback)) {
                        return false;
                    }
                    queue.added();
                }
                callback.done(true);
                return true;
            }
        };
    }
}
