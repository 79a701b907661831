package dev.caravan.component.batch;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/** Gives one batch after the other to a route, on a thread of its own or a lent one; the next one when the route is done. */
final class BatchConsumer extends DefaultConsumer implements Suspendable, Runnable {
    /** How often a consumer that pauses looks whether it is still to go on. */
    private static final long LOOK_MILLIS = 100;

    private final BatchEndpoint endpoint;
    private final BatchQueue gathering;
    private ExecutorService executor;
    private volatile boolean active;

    BatchConsumer(BatchEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.gathering = endpoint.gathering();
    }

    @Override
    public void run() {
        try {
            while (active) {
                long begin = System.nanoTime();
                if (gathering.await(() -> active) && next()) {
                    pause(endpoint.getPeriod() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Works a batch, if one is left, when it is this consumer's turn. */
    private boolean next() throws InterruptedException {
        gathering.turn().lockInterruptibly();
        try {
            List<Object> batch = active ? gathering.poll(endpoint.getSize()) : List.of();
            if (batch.isEmpty()) {
                return false;
            }
            if (endpoint.getRetryDelay() > 0) {
                insist(batch);
            } else {
                succeeds(batch);
            }
            return true;
        } finally {
            gathering.turn().unlock();
        }
    }

    private void insist(List<Object> batch) throws InterruptedException {
        boolean worked = false;
        try {
            while (!succeeds(batch)) {
                pause(endpoint.getRetryDelay());
                if (!active) {
                    return;
                }
            }
            worked = true;
        } finally {
            if (!worked) {
                gathering.putBack(batch);
            }
        }
    }

    private boolean succeeds(List<Object> batch) {
        Exchange exchange = createExchange(false);
        try {
            exchange.getMessage().setBody(batch);
            getProcessor().process(exchange);
        } catch (Throwable e) { // an error too: nobody else would go on with what waits
            exchange.setException(e);
        }
        try {
            Exception failure = exchange.getException();
            if (failure != null && endpoint.getRetryDelay() == 0) {
                getExceptionHandler().handleException("A batch was not worked", exchange, failure);
            }
            return failure == null;
        } finally {
            releaseExchange(exchange, false);
        }
    }

    /** Ends early when the consumer is not to go on. */
    private void pause(long millis) throws InterruptedException {
        long left = millis;
        while (active && left > 0) {
            long nap = Math.min(LOOK_MILLIS, left);
            TimeUnit.MILLISECONDS.sleep(nap);
            left -= nap;
        }
    }

    private void begin() {
        gathering.bound(endpoint.getCapacity(), endpoint.isDropOldest());
        active = true;
        if (endpoint.isCallerRuns()) {
            gathering.lend(this, this::succeeds, endpoint.getSize());
        }
        executor.execute(this);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        executor = endpoint.getCamelContext()
                .getExecutorServiceManager()
                .newSingleThreadExecutor(this, endpoint.getEndpointKey());
        begin();
    }

    private void end() {
        active = false;
        gathering.wake();
        gathering.endLending(this);
    }

    @Override
    protected void doSuspend() throws Exception {
        end();
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        begin();
    }

    @Override
    protected void doStop() throws Exception {
        end();
        if (executor != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(executor);
            executor = null;
        }
        super.doStop();
    }
}
