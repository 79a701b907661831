package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.embedded.jetty.JettyWebServer;

class JettyThreadsTest {
    @Test
    void keepsNoThreadReady() {
        JettyServletWebServerFactory factory = new JettyServletWebServerFactory(0);
        factory.setThreadPool(new QueuedThreadPool());
        new JettyThreads(new ServerProperties()).customize(factory);

        JettyWebServer web = (JettyWebServer) factory.getWebServer();
        try {
            web.start();
            QueuedThreadPool threads = (QueuedThreadPool) web.getServer().getThreadPool();
            assertThat(threads.getReservedThreads()).isZero();
            assertThat(threads.getMaxReservedThreads()).isZero();
        } finally {
            web.stop();
        }
    }
}
