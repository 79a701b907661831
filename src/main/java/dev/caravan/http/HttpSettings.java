package dev.caravan.http;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The limits of the HTTP edge. A value that makes no sense stops the start.
 *
 * @param timeout how long a route may take to answer once it has the whole request, then the request is answered 503.
 *     Longer than the longest wait that the API offers. At least 1 ms
 * @param maxBody the largest request body, in bytes; a larger one is answered 413. From 1 byte to 1 GB: a body is held
 *     in memory as a whole
 * @param bodyTimeout how long a client may take to send its whole body, then it is answered 408 and the connection is
 *     closed; also how long the headers of a request may take. At least 1 ms
 * @param maxArriving bytes of all bodies for routes that are arriving at the same time; what is more is answered 503. A body
 *     of up to 8 KB is always taken. At least {@code maxBody}
 * @param maxConnectionsPerAddress how many connections one address may have open, of IPv6 one network of 64 bits; further
 *     ones are closed unread. 0: any number. Bounds nothing where {@code server.forward-headers-strategy} names a proxy
 * @param forwarded which headers of a proxy are believed, where {@code server.forward-headers-strategy} says so: true
 *     {@code Forwarded} alone, false {@code X-Forwarded-*} alone
 * @param maxStreams how many streams of events ({@link EventStream}) may be open; one more is answered 503. 0: none
 * @param maxStreamsPerUser how many of them one user may have; one more is answered 429. 0: as many as there may be
 * @param streamBeat how often a comment is sent on a stream, which finds clients that are gone and keeps proxies from
 *     ending it. At least 1 ms
 * @param headers the request headers that routes get to see; all others stay outside. Credentials and names of Camel's
 *     own headers are refused
 */
@ConfigurationProperties("caravan.http")
record HttpSettings(
        @DefaultValue("75s") Duration timeout,
        @DefaultValue("1MB") DataSize maxBody,
        @DefaultValue("20s") Duration bodyTimeout,
        @DefaultValue("64MB") DataSize maxArriving,
        @DefaultValue("2000") int maxConnectionsPerAddress,
        @DefaultValue("false") boolean forwarded,
        @DefaultValue("2000") int maxStreams,
        @DefaultValue("200") int maxStreamsPerUser,
        @DefaultValue("15s") Duration streamBeat,
        @DefaultValue({"Accept", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Traceparent", "Tracestate"})
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
        check(streamBeat.toMillis() > 0, "stream-beat", streamBeat, "must be at least 1ms");
        check(maxBody.toBytes() > 0, "max-body", maxBody, "must be at least 1B");
        check(maxBody.compareTo(LARGEST_BODY) <= 0, "max-body", maxBody, "must be at most 1GB");
        check(
                maxArriving.compareTo(maxBody) >= 0,
                "max-arriving",
                maxArriving,
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
