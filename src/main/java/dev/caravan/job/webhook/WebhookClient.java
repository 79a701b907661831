package dev.caravan.job.webhook;

import dev.caravan.component.DaemonThreads;
import java.io.IOException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/**
 * Sends requests to receivers: to those that {@link Receivers} allows, once each, within {@code caravan.webhooks.timeout}, and
 * without following redirects, which may lead anywhere. Thread-safe.
 */
@Component
@Lazy // the first delivery makes it: most nodes send none
class WebhookClient implements DisposableBean {
    private static final int CONNECTIONS = 64;
    private static final Timeout CONNECT = Timeout.ofSeconds(5);
    /** Then the name of its host is looked up again. */
    private static final TimeValue OLDEST_CONNECTION = TimeValue.ofMinutes(1);
    /** A response that is shorter leaves its connection for the next request. */
    private static final int MAX_RESPONSE = 16 * 1024;

    /** Of its headers, nobody reads any, but the client keeps them. */
    private static final Http1Config HEADERS =
            Http1Config.custom().setMaxLineLength(8192).setMaxHeaderCount(100).build();

    private final long timeoutMillis;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor deadlines =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-webhooks"));

    WebhookClient(WebhookSettings settings, Receivers receivers) {
        timeoutMillis = settings.timeout().toMillis();
        deadlines.setRemoveOnCancelPolicy(true);
        Timeout timeout = Timeout.of(settings.timeout());
        client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(receivers)
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(HEADERS)
                                .build())
                        .setMaxConnTotal(CONNECTIONS)
                        .setMaxConnPerRoute(CONNECTIONS)
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setSocketTimeout(timeout)
                                .setTimeToLive(OLDEST_CONNECTION)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(timeout)
                        .setResponseTimeout(timeout)
                        .setProtocolUpgradeEnabled(false)
                        .build())
                .setUserAgent("Caravan")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
    }

    /**
     * Sends a request.
     *
     * @return the status of the response
     * @throws Receivers.NotAllowed if the host may not be reached
     */
    int send(HttpPost request) throws IOException {
        // For all of it: a receiver that sends a byte now and then holds no handler.
        ScheduledFuture<?> deadline = deadlines.schedule(request::abort, timeoutMillis, TimeUnit.MILLISECONDS);
        try {
            ClassicHttpResponse response = client.executeOpen(null, request, null);
            leave(request, response);
            return response.getCode();
        } finally {
            deadline.cancel(false);
        }
    }

    /** Nobody gets what a receiver says: it could be what somebody must not see. */
    private static void leave(HttpPost request, ClassicHttpResponse response) {
        try (response) {
            HttpEntity body = response.getEntity();
            if (body != null && body.getContent().readNBytes(MAX_RESPONSE + 1).length > MAX_RESPONSE) {
                request.abort();
            }
        } catch (IOException e) {
            request.abort(); // the status has come all the same
        }
    }

    @Override
    public void destroy() throws IOException {
        deadlines.shutdownNow();
        client.close();
    }
}
