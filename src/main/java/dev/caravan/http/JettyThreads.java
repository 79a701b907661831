package dev.caravan.http;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BlockingArrayQueue;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Names Jetty's threads, and lets it wake fewer of them. It reserves none: with reserved threads, the thread that reads a
 * request wakes another to select and later one more to be reserved, which costs more than a request of ours. And after a
 * late response, the thread that sent it looks for the next request of that connection: {@link JettyDirect} lets no request
 * hold it.
 */
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class JettyThreads implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {
    private final ServerProperties.Jetty.Threads settings;

    JettyThreads(ServerProperties settings) {
        this.settings = settings.getJetty().getThreads();
    }

    /** Leaves virtual threads as they are. */
    @Override
    public void customize(JettyServletWebServerFactory factory) {
        if (factory.getThreadPool() instanceof QueuedThreadPool threads
                && threads.getVirtualThreadsExecutor() == null) {
            QueuedThreadPool own = new Threads(threads, queue());
            own.setName("http");
            own.setReservedThreads(0);
            factory.setThreadPool(own);
        }
    }

    /** As Spring Boot makes it. */
    private BlockingQueue<Runnable> queue() {
        Integer capacity = settings.getMaxQueueCapacity();
        if (capacity == null) {
            return null;
        }
        return capacity == 0 ? new SynchronousQueue<>() : new BlockingArrayQueue<>(capacity);
    }

    private static final class Threads extends QueuedThreadPool {
        Threads(QueuedThreadPool settings, BlockingQueue<Runnable> queue) {
            super(settings.getMaxThreads(), settings.getMinThreads(), settings.getIdleTimeout(), queue);
        }

        @Override
        public void execute(Runnable task) {
            if (task instanceof HttpConnection) {
                task.run();
            } else {
                super.execute(task);
            }
        }
    }
}
