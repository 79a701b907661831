package dev.caravan.component.batch;

import java.util.Collection;
import java.util.List;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultAsyncProducer;
import org.apache.camel.support.DefaultEndpoint;

/** A name under which bodies are gathered. The options are the consumer's. See {@link BatchComponent}. */
final class BatchEndpoint extends DefaultEndpoint {
    private final BatchQueue gathering;
    private int size = 500;
    private int capacity = 10_000;
    private boolean dropOldest;
    private long period;
    private long retryDelay;
    private boolean callerRuns;

    BatchEndpoint(String uri, Component component, BatchQueue gathering) {
        super(uri, component);
        this.gathering = gathering;
    }

    BatchQueue gathering() {
        return gathering;
    }

    /** How many make a batch, at the most; default 500. */
    public void setSize(int size) {
        this.size = size;
    }

    public int getSize() {
        return size;
    }

    /** How many may wait; default 10,000. Whoever comes with more waits too, without holding a thread. */
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
     * Whether a batch may be worked by the threads of whoever brings the first of it, those of {@code websocket-jetty:},
     * after what waits for them; default false. Not together with a period or a retry.
     */
    public void setCallerRuns(boolean callerRuns) {
        this.callerRuns = callerRuns;
    }

    public boolean isCallerRuns() {
        return callerRuns && period == 0 && retryDelay == 0;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
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
                    if (!gathering.add(bodies, callback)) {
                        return false;
                    }
                    gathering.work();
                }
                callback.done(true);
                return true;
            }
        };
    }
}
