package dev.caravan.http;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.stereotype.Component;

/**
 * Names Jetty's threads, and lets it reserve none: with reserved threads, the thread that reads a request wakes another
 * to select and later one more to be reserved, which costs more than a request of ours.
 */
@Component
class JettyThreads implements JettyServerCustomizer {
    @Override
    public void customize(Server server) {
        if (server.getThreadPool() instanceof QueuedThreadPool threads) {
            threads.setReservedThreads(0);
            threads.setName("http");
        }
    }
}
