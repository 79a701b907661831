package dev.caravan.component.batch;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/** Runs a route with one batch after the other, on a thread of its own or on the endpoint's executor. */
final class BatchConsumer extends DefaultConsumer implements Suspendable {
    /** How often a consumer that pauses checks whether it is still active, in milliseconds. */
    private static final long CHECK_MILLIS = 100;

    private final BatchEndpoint endpoint;
    private final BatchQueue queue;
    /** Called by the queue after something was added; the same object adds and removes it. */
    private final Runnable listener = this::schedule;
    /** Whether the executor has a task of this consumer. */
    private final AtomicBoolean scheduled = new AtomicBoolean();
    /** The thread of its own; null with an executor. */
    private ExecutorService thread;

    private volatile boolean active;

    BatchConsumer(BatchEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.queue = endpoint.queue();
    }

    /** The executor runs it behind the tasks that it has: what is added until then is in the same batch. */
    private void schedule() {
        if (active && scheduled.compareAndSet(false, true)) {
            endpoint.getExecutor().execute(this::runOnce);
        }
    }

    private void runOnce() {
        try {
            processNext();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            scheduled.set(false);
            if (queue.size() > 0) {
                schedule();
            }
        }
    }

    private void runLoop() {
        try {
            while (active) {
                long begin = System.nanoTime();
                if (queue.await(() -> active) && processNext()) {
                    pause(endpoint.getPeriod() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the consumer before this one, if that still processes a batch. False if nothing was left. */
    private boolean processNext() throws InterruptedException {
        queue.processing().lockInterruptibly();
        try {
            List<Object> batch = active ? queue.poll(endpoint.getSize()) : List.of();
            if (batch.isEmpty()) {
                return false;
            }
            if (endpoint.getRetryDelay() > 0) {
                processUntilDone(batch);
            } else {
                process(batch);
            }
            return true;
        } finally {
            queue.processing().unlock();
        }
    }

    private void processUntilDone(List<Object> batch) throws InterruptedException {
        boolean done = false;
        try {
            while (!process(batch)) {
                pause(endpoint.getRetryDelay());
                if (!active) {
                    return;
                }
            }
            done = true;
        } finally {
            if (!done) {
                queue.putBack(batch);
            }
        }
    }

    private boolean process(List<Object> batch) {
        Exchange exchange = createExchange(false);
        try {
            exchange.getMessage().setBody(batch);
            getProcessor().process(exchange);
        } catch (Throwable e) { // an Error too: it must not end the thread that processes what waits
            exchange.setException(e);
        }
        try {
            Exception failure = exchange.getException();
            if (failure != null && endpoint.getRetryDelay() == 0) {
                getExceptionHandler()
                        .handleException("The route failed with a batch of " + batch.size(), exchange, failure);
            }
            return failure == null;
        } finally {
            releaseExchange(exchange, false);
        }
    }

    /** Returns early when the consumer is stopped. */
    private void pause(long millis) throws InterruptedException {
        long left = millis;
        while (active && left > 0) {
            long nap = Math.min(CHECK_MILLIS, left);
            TimeUnit.MILLISECONDS.sleep(nap);
            left -= nap;
        }
    }

    private void begin() {
        queue.bound(endpoint.getCapacity(), endpoint.isDropOldest());
        active = true;
        if (thread != null) {
            thread.execute(this::runLoop);
        } else {
            queue.setListener(listener);
            schedule();
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (endpoint.getExecutor() == null) {
            thread = endpoint.getCamelContext()
                    .getExecutorServiceManager()
                    .newSingleThreadExecutor(this, endpoint.getEndpointKey());
        }
        begin();
    }

    private void end() {
        active = false;
        queue.removeListener(listener);
        queue.wake();
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
        if (thread != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(thread);
            thread = null;
        }
        super.doStop();
    }
}
