package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.rabbitmq.NotConfirmed;
import dev.caravan.http.JsonBody;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * Makes jobs of what clients send. The id of a job with an Idempotency-Key is made of the user and the key (a version 5
 * UUID), so that every node, without asking, gives the same id to the same key of the same user. Thread-safe.
 */
@Component
public class JobSubmissions {
    private static final UUID KEYS = UUID.fromString("3f2c9a1e-6f0b-4a53-9f0e-2f6d1c5b7a90");
    private static final UUID FIRINGS = UUID.fromString("8f0f6d5c-2f0e-4d53-8a65-0d4b7e1c9a37");
    private static final UUID UNIQUE = UUID.fromString("c4f5e6a2-0d3b-4b7e-9b57-1a2d3e4f5061");
    private static final UUID CALLBACKS = UUID.fromString("6e0d3c7a-52b1-4d0f-8a4e-9c1b7f20d358");
    private static final UUID DELIVERIES = UUID.fromString("5f0b3c1e-6a2d-4c58-9a44-7d1f0e6b92c3");
    private static final int LATE_MINUTES = 10;
    private static final Pattern KEY = Pattern.compile("[\\x20-\\x7e]{1,255}");

    private final JobSettings settings;
    private final JobTypes types;
    private final String tokenPrefix = UUID.randomUUID().toString().substring(0, 13) + "-";
    private final AtomicLong tokens = new AtomicLong();

    public JobSubmissions(JobSettings settings, JobTypes types) {
        this.settings = settings;
        this.types = types;
    }

    /**
     * The first transition of a job.
     *
     * @param key the Idempotency-Key, or null
     * @param user who submits it, or null if nobody has logged in
     * @param options what else it asks for
     * @throws org.springframework.web.ErrorResponseException 400, 413, 415 or 422
     */
    public JobTransition read(
            String type, String contentType, byte[] body, String key, String user, JobOptions options) {
        int size = body == null ? 0 : body.length;
        String payload = payload(contentType, body);
        String token = tokenPrefix + tokens.incrementAndGet();
        if (key == null) {
            Job job = Job.create(UUID.randomUUID().toString(), type, payload, token);
            return with(
                    options,
                    JobTransition.submitted(job, null, settings.keyRetention()).by(user, size),
                    user);
        }
        if (!KEY.matcher(key).matches()) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "Idempotency-Key must be 1 to 255 printable ASCII characters.");
        }
        Job job = Job.create(idOf(user, key).toString(), type, payload, token);
        return with(
                options,
                JobTransition.submitted(job, fingerprint(type, payload), settings.keyRetention())
                        .by(user, size),
                user);
    }

    /** With what the submission asks for, else with what the file of its type says. */
    private JobTransition with(JobOptions options, JobTransition submitted, String user) {
        Job job = submitted.job();
        JobType type = types.of(job.type());
        PayloadMismatch.unlessMatching(type, job);
        Duration retention = type.retention() == null ? settings.retention() : type.retention();
        JobTransition asked = options.or(type).applyTo(submitted, retention);
        if (type.unique() != null) {
            if (options.uniqueKey() != null) {
                throw new ResponseStatusException(
                        HttpStatus.BAD_REQUEST,
                        "Jobs of this type have a unique key already (x-unique): leave out uniqueKey.");
            }
            return unique(asked, "", type.unique().keyOf(job), type.unique().period());
        }
        return options.uniqueKey() == null
                ? asked
                : unique(asked, user == null ? "" : user, options.uniqueKey(), options.uniqueFor());
    }

    /**
     * A key of the type, or, of a submission, of the user. So that a second submission sends no second message, the id is one of
     * those with a key.
     */
    private static JobTransition unique(JobTransition submitted, String owner, String key, String period) {
        Job job = submitted.job();
        JobTransition named = job.hasKey()
                ? submitted
                : submitted.under(named(UNIQUE, job.id()).toString());
        String text = owner.length() + ":" + owner + key;
        return named.unique(fingerprint(job.type(), text), period);
    }

    /**
     * The first transition of the job of a firing. Whoever submits it, and however often, it is one job: its id is made of the
     * schedule and the time, and so is what tells its submissions from those of others.
     *
     * @param payload JSON text, or null
     * @param keep how long it is known at the least after it has ended
     * @throws PayloadMismatch if the payload does not match the schema of the type, or gives no unique key
     */
    public JobTransition fired(String schedule, long firing, String type, String payload, Duration keep) {
        Job job = Job.create(
                idOfFiring(schedule, firing).toString(), type, payload, tokenPrefix + tokens.incrementAndGet());
        Duration kept = keep.compareTo(settings.keyRetention()) > 0 ? keep : settings.keyRetention();
        return with(
                JobOptions.NONE,
                JobTransition.submitted(job, fingerprint(schedule, Long.toString(firing)), kept),
                null);
    }

    /**
     * The first transition of a job that nobody has sent: a schedule submits it at no time of its own, or an act on many jobs is one.
     *
     * @throws PayloadMismatch if the payload does not match the schema of the type, or gives no unique key
     */
    public JobTransition now(String type, String payload) {
        Job job = Job.create(UUID.randomUUID().toString(), type, payload, tokenPrefix + tokens.incrementAndGet());
        return with(JobOptions.NONE, JobTransition.submitted(job, null, settings.keyRetention()), null);
    }

    /**
     * The first transition of the callback job of a batch. Whoever submits it, and however often, it is one job, as that of a firing
     * is.
     *
     * @param user whose batch it is, or null if nobody had logged in
     * @throws PayloadMismatch if the payload does not match the schema of the type, or gives no unique key
     */
    public JobTransition calledBack(String batch, String type, String payload, String user, JobOptions options) {
        Job job = Job.create(named(CALLBACKS, batch).toString(), type, payload, tokenPrefix + tokens.incrementAndGet());
        return with(
                options,
                JobTransition.submitted(job, fingerprint(type, batch), settings.keyRetention())
                        .by(user, payload.getBytes(UTF_8).length),
                user);
    }

    /**
     * The first transition of the job that tells a webhook of something. Whoever submits it, and however often, it is one job.
     *
     * @param about what it tells of: the same text, the same job
     * @param payload JSON text
     * @param tag by which the deliveries of the webhook are found
     */
    public JobTransition delivery(String webhook, String about, String payload, String tag) {
        String id = named(DELIVERIES, webhook + ":" + about).toString();
        Job job = Job.create(id, JobTypes.WEBHOOK, payload, tokenPrefix + tokens.incrementAndGet());
        return with(
                JobOptions.of(Map.of("tags", tag)::get),
                JobTransition.submitted(job, fingerprint(webhook, about), settings.keyRetention()),
                null);
    }

    /** The id of the job of a firing, the same on every node: a version 5 UUID of the schedule and the time in milliseconds. */
    public static UUID idOfFiring(String schedule, long firing) {
        return named(FIRINGS, schedule + ":" + firing);
    }

    /**
     * The withdrawal of a submission that failed. If the broker may have the message, it lasts as long as an Idempotency-Key;
     * else for {@value #LATE_MINUTES} minutes, in which Redis may yet store the submission that it did not confirm in time.
     */
    public JobTransition withdrawn(Job job, Throwable cause) {
        boolean sent =
                !(cause instanceof DataAccessException) && !(cause instanceof NotConfirmed failed && !failed.isSent());
        return JobTransition.withdrawn(job, sent ? settings.keyRetention() : Duration.ofMinutes(LATE_MINUTES));
    }

    /**
     * The payload that a client sends.
     *
     * @return JSON text, or null if there is none
     * @throws ResponseStatusException 400, 413 or 415
     */
    public String payload(String contentType, byte[] body) {
        if (body != null && body.length > 0 && !JsonBody.isJson(contentType)) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "The payload must be JSON, sent as Content-Type: application/json.");
        }
        if (body != null && body.length > settings.maxPayload().toBytes()) {
            throw new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE,
                    "The payload is over " + settings.maxPayload().toBytes() + " bytes.");
        }
        try {
            return JsonBody.read(body);
        } catch (IllegalArgumentException e) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, e.getMessage());
        }
    }

    /** The length of the user's name tells where it ends, so that no name and key read like another name and key. */
    private static UUID idOf(String user, String key) {
        return named(KEYS, (user == null ? "-" : user.length() + ":" + user) + ":" + key);
    }

    private static UUID named(UUID namespace, String name) {
        ByteBuffer hash = ByteBuffer.wrap(digest(
                "SHA-1",
                ByteBuffer.allocate(16)
                        .putLong(namespace.getMostSignificantBits())
                        .putLong(namespace.getLeastSignificantBits())
                        .array(),
                name.getBytes(UTF_8)));
        long high = hash.getLong() & ~0xF000L | 0x5000L;
        long low = hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private static String fingerprint(String type, String payload) {
        byte[] body = payload == null ? new byte[0] : payload.getBytes(UTF_8);
        return HexFormat.of().formatHex(digest("SHA-256", (type + "\n").getBytes(UTF_8), body), 0, 16);
    }

    private static byte[] digest(String algorithm, byte[] first, byte[] second) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(first);
            return digest.digest(second);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has " + algorithm, e);
        }
    }
}
