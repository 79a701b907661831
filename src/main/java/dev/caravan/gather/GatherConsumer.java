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
        try {
            while (active) {
                long begin = System.nanoTime();
                if (gathering.await(LOOK_MILLIS) && next()) {
                    pause(endpoint.getPeriod() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Works a batch, if one is left. */
    private boolean next() throws InterruptedException {
        gathering.turn().lockInterruptibly();
        try {
            List<Object> batch = active ? gathering.poll(endpoint.getSize()) : List.of();
            if (endpoint.getRetryDelay() > 0) {
                insist(batch);
            } else if (!batch.isEmpty()) {
                gathering.work(batch, this::succeeds);
            }
            return !batch.isEmpty();
        } finally {
            gathering.turn().unlock();
        }
    }

    private void insist(List<Object> batch) throws InterruptedException {
        while (!batch.isEmpty() && !succeeds(batch)) {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(endpoint.getRetryDelay());
            while (active && System.nanoTime() - until < 0) {
                pause(Math.min(LOOK_MILLIS, endpoint.getRetryDelay()));
            }
            if (!active) {
                gathering.putBack(batch);
                return;
            }
        }
    }

    private boolean succeeds(List<Object> batch) {
        Exchange exchange = createExchange(false);
        try {
            exchange.getMessage().setBody(batch);
            getProcessor().process(exchange);
        } catch (Exception e) {
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

    private static void pause(long millis) throws InterruptedException {
        if (millis > 0) {
            TimeUnit.MILLISECONDS.sleep(millis);
        }
    }

    private void begin() {
        gathering.bound(endpoint.getCapacity(), endpoint.isDropOldest());
        active = true;
        if (endpoint.getPeriod() == 0 && endpoint.getRetryDelay() == 0) {
            gathering.workedBy(this, this::succeeds, endpoint.getSize());
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
        gathering.notWorkedBy(this);
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
