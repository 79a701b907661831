package dev.caravan.http;

import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Named for what they do, and none that Jetty keeps ready: with them, whoever finds a request wakes another thread to look for the next one and
 * later one more to be ready in its place, which costs more than a request of ours does.
 */
@Component
class JettyThreads implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {
    @Override
    public void customize(JettyServletWebServerFactory factory) {
        factory.addServerCustomizers(server -> {
            if (server.getThreadPool() instanceof QueuedThreadPool threads) {
                threads.setReservedThreads(0);
                threads.setName("http");
            }
        });
    }
}
