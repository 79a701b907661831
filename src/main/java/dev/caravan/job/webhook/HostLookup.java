package dev.caravan.job.webhook;

import dev.caravan.component.DaemonThreads;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Looks up the addresses of hosts, and waits for them only for a while: a name server that is silent would hold a handler for as
 * long as the system tries, and Java cannot end that. A host has one thread at the most. Thread-safe.
 */
@Component
class HostLookup implements DisposableBean {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_HOSTS = 16;

    private final Resolver resolver;
    private final Duration timeout;
    private final Map<String, CompletableFuture<InetAddress[]>> underWay = new ConcurrentHashMap<>();
    private final ExecutorService threads = new ThreadPoolExecutor(
            0, MOST_HOSTS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), new DaemonThreads("caravan-lookup"));

    /** What looks a host up, however long that takes. */
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** There was no response in time. The message names no host: all users may read it. */
    static final class NoResponse extends UnknownHostException {
        private static final long serialVersionUID = 1;

        NoResponse(String message) {
            super(message);
        }
    }

    @Autowired
    HostLookup() {
        this(InetAddress::getAllByName, TIMEOUT);
    }

    HostLookup(Resolver resolver, Duration timeout) {
        this.resolver = resolver;
        this.timeout = timeout;
    }

    /** @throws NoResponse if that takes too long */
    InetAddress[] addresses(String host) throws UnknownHostException {
        try {
            return underWay.computeIfAbsent(host, this::begin).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof UnknownHostException unknown ? unknown : new UnknownHostException(host);
        } catch (TimeoutException e) {
            throw new NoResponse("The name of the receiver was not looked up within " + timeout.toSeconds()
                    + " s: its name server does not respond");
        } catch (RejectedExecutionException e) {
            throw new NoResponse("The name of the receiver was not looked up: the name servers of " + MOST_HOSTS
                    + " receivers do not respond");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoResponse("The name of the receiver was not looked up: the attempt was ended");
        }
    }

    private CompletableFuture<InetAddress[]> begin(String host) {
        CompletableFuture<InetAddress[]> addresses = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                addresses.complete(resolver.addresses(host));
            } catch (UnknownHostException | RuntimeException e) {
                addresses.completeExceptionally(e);
            } finally {
                underWay.remove(host);
            }
        });
        return addresses;
    }

    @Override
    public void destroy() {
        threads.shutdownNow();
    }
}
