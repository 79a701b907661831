package dev.caravan.gather;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/** Gives one batch after the other to a route, on a thread of its own; the next one when the route is done. */
final class GatherConsumer extends DefaultConsumer implements Suspendable, Runnable {
    /** How often a consumer looks whether it is still to go on. */
    private static final long LOOK_MILLIS = 100;

    private final GatherEndpoint endpoint;
    private final Gathering gathering;
    private ExecutorService executor;
    private volatile boolean active;

    GatherConsumer(GatherEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.gathering = endpoint.gathering();
    }

    @Override
    public void run() {
        gathering.turn().lock();
        try {
            while (active) {
                long begin = System.nanoTime();
                List<Object> batch = gathering.take(endpoint.getSize(), LOOK_MILLIS);
                if (!batch.isEmpty()) {
                    work(batch);
                    pause(endpoint.getPeriod() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            gathering.turn().unlock();
        }
    }

    private void work(List<Object> batch) throws InterruptedException {
        boolean worked = false;
        try {
            while (!succeeds(batch) && endpoint.getRetryDelay() > 0) {
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

    @Override
    protected void doSuspend() throws Exception {
        active = false;
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        begin();
    }

    @Override
    protected void doStop() throws Exception {
        active = false;
        if (executor != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(executor);
            executor = null;
        }
        super.doStop();
    }
}
