package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.job.Job;
import dev.caravan.job.JobTypes;
import dev.caravan.job.store.JobHashes;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The step of {@code job-webhook-delivery}, the handler of deliveries. Thread-safe. */
@Component
public class WebhookSender {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
    private static final int GONE = 410;
    private static final int SERVER_ERROR = 500;
    private static final List<String> FIELDS = List.of("type", "payload", "fingerprint");

    private final Definitions<Webhook> store;
    private final Receivers receivers;
    private final ObjectProvider<WebhookClient> client;
    private final JobHashes hashes;
    private final Outages outages;

    WebhookSender(
            Definitions<Webhook> store,
            Receivers receivers,
            ObjectProvider<WebhookClient> client,
            JobHashes hashes,
            Outages outages) {
        this.store = store;
        this.receivers = receivers;
        this.client = client;
        this.hashes = hashes;
        this.outages = outages;
    }

    /**
     * Sends what the job says, as the webhook is now.
     *
     * @return the result of the job
     * @throws WebhookFailed if it did not arrive
     * @throws IllegalArgumentException if it did not arrive, and another attempt would not help
     */
    public String send(Job job) {
        JsonObject delivery = stored(job);
        String name = delivery.get("webhook").getAsString();
        Webhook webhook = store.read(name);
        if (webhook == null) {
            LOG.info("There is no webhook {} any more: nothing was sent", name);
            return "{\"sent\":false}";
        }
        JsonObject message = delivery.getAsJsonObject("message");
        if (!WebhookDeliveries.isTest(message)) {
            outages.check(webhook);
        }
        long begin = System.nanoTime();
        int status = send(webhook, request(webhook, job.id(), message.toString()));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        LOG.info("The receiver of the webhook {} responded with {} after {} ms", name, status, millis);
        if (status == GONE) {
            String because = "The receiver responded with 410: it wants no more";
            // Another URL, which it has got meanwhile, is another receiver.
            store.change(name, now -> now == null || !now.url().equals(webhook.url()) ? now : now.pause(because));
            LOG.warn("The webhook {} is paused: its receiver responded with 410", name);
            throw new IllegalArgumentException(because);
        }
        if (status < 200 || status > 299) {
            throw new WebhookFailed(responded(status), null);
        }
        return "{\"sent\":true,\"status\":" + status + ",\"millis\":" + millis + "}";
    }

    /**
     * Not what the message has: anybody who may publish to the worker queue could write that, and have it signed; also one that
     * names a job of another type, whose payload its client has chosen.
     */
    private JsonObject stored(Job job) {
        Map<String, String> hash = hashes.fields(List.of(job.id()), FIELDS).get(0);
        if (!hash.keySet().containsAll(FIELDS) || !JobTypes.WEBHOOK.equals(hash.get("type"))) {
            throw new IllegalArgumentException("The server has not submitted this delivery");
        }
        return JsonParser.parseString(hash.get("payload")).getAsJsonObject();
    }

    private HttpPost request(Webhook webhook, String id, String message) {
        byte[] body = message.getBytes(UTF_8);
        Instant now = Instant.now();
        String timestamp = Long.toString(now.getEpochSecond());
        HttpPost request = new HttpPost(receivers.url(webhook.url()));
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        request.setHeader("webhook-id", id);
        request.setHeader("webhook-timestamp", timestamp);
        request.setHeader(
                "webhook-signature",
                webhook.secrets().stream()
                        .filter(secret -> secret.isValid(now))
                        .map(secret -> WebhookSignature.of(secret.text(), id, timestamp, body))
                        .collect(Collectors.joining(" ")));
        return request;
    }

    private int send(Webhook webhook, HttpPost request) {
        int status;
        try {
            status = client.getObject().send(request);
        } catch (Receivers.NotAllowed e) {
            throw new IllegalArgumentException(e.getMessage()); // without a cause, which would count in its place
        } catch (IOException e) {
            LOG.debug("A delivery did not arrive", e);
            // The message of any other cause has its address.
            String because = e instanceof HostLookup.NoResponse
                    ? e.getMessage()
                    : "The receiver was not reached, or did not respond in time ("
                            + e.getClass().getSimpleName() + ")";
            outages.failed(webhook, because);
            throw new WebhookFailed(because, null);
        }
        if (status >= SERVER_ERROR) {
            outages.failed(webhook, responded(status));
        } else {
            outages.responded(webhook);
        }
        return status;
    }

    private static String responded(int status) {
        return "The receiver responded with " + status;
    }
}
