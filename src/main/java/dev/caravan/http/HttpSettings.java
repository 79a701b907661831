package dev.caravan.http;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The limits of the HTTP edge. An invalid value stops the start.
 *
 * @param timeout how long a route may take to respond once it has the whole request, then the request is answered 503.
 *     Longer than the longest wait that the API offers; at least 1ms
 * @param maxBody largest request body; a larger one is answered 413. 1B to 1GB: a body is held in memory as a whole. Raise
 *     it together with {@code caravan.jobs.max-payload}
 * @param bodyTimeout how long a client may take to send its body, then it is answered 408 and the connection is closed; also
 *     how long the headers of a request may take. At least 1ms
 * @param maxBuffered bytes of all bodies for routes that are arriving at the same time; more are answered 503. Clients
 *     without a login, such as senders to hooks, have a quarter of it, and one address a quarter of that. A body of up to 8 KB
 *     is always taken. At least {@code max-body}
 * @param maxConnectionsPerAddress how many connections one address, or one IPv6 network of 64 bits, may have open; further
 *     ones are closed unread. 0: any number. Bounds nothing where {@code server.forward-headers-strategy} names a proxy
 * @param forwarded where {@code server.forward-headers-strategy} names a proxy, whose headers Caravan believes. True: {@code
 *     Forwarded} (RFC 7239) alone. False: {@code X-Forwarded-*} alone
 * @param maxStreams how many streams of events ({@code text/event-stream}) may be open on this node; one more is answered
 *     503. 0: none
 * @param maxStreamsPerUser how many of them one user may have; one more is answered 429. 0: as many as there may be
 * @param streamHeartbeat how often a comment is sent on each stream, which finds clients that are gone and keeps proxies from
 *     ending it; at least 1ms
 * @param headers request headers that routes see; all others stay outside. Credentials and Camel's own headers are refused
 */
@ConfigurationProperties("caravan.http")
record HttpSettings(
        @DefaultValue("75s") Duration timeout,
        @DefaultValue("1MB") DataSize maxBody,
        @DefaultValue("20s") Duration bodyTimeout,
        @DefaultValue("64MB") DataSize maxBuffered,
        @DefaultValue("2000") int maxConnectionsPerAddress,
        @DefaultValue("false") boolean forwarded,
        @DefaultValue("2000") int maxStreams,
        @DefaultValue("200") int maxStreamsPerUser,
        @DefaultValue("15s") Duration streamHeartbeat,
        @DefaultValue({
                    "Accept",
                    "Content-Type",
                    "Idempotency-Key",
                    "Last-Event-ID",
                    "Traceparent",
                    "Tracestate",
                    "Webhook-Id",
                    "Webhook-Signature",
                    "Webhook-Timestamp",
                    "X-Hub-Signature-256"
                })
                List<String> headers) {

    private static final DataSize LARGEST_BODY = DataSize.ofGigabytes(1);
    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token", "x-xsrf-token");

    HttpSettings {
        check(timeout.toMillis() > 0, "timeout", timeout, "must be at least 1ms");
        check(bodyTimeout.toMillis() > 0, "body-timeout", bodyTimeout, "must be at least 1ms");
        check(
                maxConnectionsPerAddress >= 0,
                "max-connections-per-address",
                maxConnectionsPerAddress,
                "must be at least 0");
        check(maxStreams >= 0, "max-streams", maxStreams, "must be at least 0");
        check(maxStreamsPerUser >= 0, "max-streams-per-user", maxStreamsPerUser, "must be at least 0");
        check(streamHeartbeat.toMillis() > 0, "stream-heartbeat", streamHeartbeat, "must be at least 1ms");
        check(maxBody.toBytes() > 0, "max-body", maxBody, "must be at least 1B");
        check(maxBody.compareTo(LARGEST_BODY) <= 0, "max-body", maxBody, "must be at most 1GB");
        check(
                maxBuffered.compareTo(maxBody) >= 0,
                "max-buffered",
                maxBuffered,
                "must be at least caravan.http.max-body");
        headers = List.copyOf(headers);
        for (String header : headers) {
            check(HeaderNames.isToken(header), "headers", header, "is not a header name");
            check(!HeaderNames.isCamel(header), "headers", header, "is a header that steers Camel");
            check(
                    !CREDENTIALS.contains(header.toLowerCase(Locale.ROOT)),
                    "headers",
                    header,
                    "is a credential: it must not travel into queues");
        }
    }

    private static void check(boolean sound, String setting, Object value, String complaint) {
        if (!sound) {
            throw new IllegalArgumentException("caravan.http." + setting + ": " + value + " " + complaint);
        }
    }
}
