package dev.caravan.routes.trial;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.util.URISupport;
import org.springframework.util.PatternMatchUtils;

/** Answers for all that a trial does not reach, by the patterns of its request. Thread-safe. */
final class Outside {
    private final TrialRequest request;
    private final Recording recording;

    Outside(TrialRequest request, Recording recording) {
        this.request = request;
        this.recording = recording;
    }

    /** A message that would leave. The body becomes the answer, if there is one. */
    void send(Exchange exchange, String uri) {
        String target = URISupport.sanitizeUri(uri);
        Optional<String> stub =
                answer(exchange, target, uri, body -> exchange.getMessage().setBody(body));
        if (stub.isEmpty() && isBeanOrLanguage(uri)) {
            recording.notTried(target);
        }
    }

    /** What would be called for its value. */
    Object evaluate(Exchange exchange, String target) {
        Object[] value = new Object[1];
        if (answer(exchange, target, target, body -> value[0] = body).isEmpty()) {
            recording.notTried(target);
        }
        if (exchange.getException() instanceof TrialFailure failure) {
            exchange.setException(null);
            throw failure;
        }
        return value[0];
    }

    /** A message that would be fetched; empty if nothing answers. */
    Optional<String> poll(String uri) {
        String target = URISupport.sanitizeUri(uri);
        Optional<String> failing = matching(request.failures(), uri);
        Optional<String> stub = failing.or(() -> matching(request.stubs(), uri));
        recording.call(null, target, stub.orElse(null));
        failing.ifPresent(pattern -> {
            throw new TrialFailure(request.failures().get(pattern));
        });
        return stub.map(request.stubs()::get);
    }

    private Optional<String> answer(Exchange exchange, String target, String uri, Consumer<String> body) {
        Optional<String> failing = matching(request.failures(), uri);
        Optional<String> stub = failing.or(() -> matching(request.stubs(), uri));
        recording.call(exchange, target, stub.orElse(null));
        if (failing.isPresent()) {
            exchange.setException(new TrialFailure(request.failures().get(failing.get())));
        } else {
            stub.ifPresent(pattern -> body.accept(request.stubs().get(pattern)));
        }
        return stub;
    }

    private static boolean isBeanOrLanguage(String uri) {
        return uri.startsWith("bean:") || uri.startsWith("class:") || uri.startsWith("language:");
    }

    /** The first pattern that fits the whole endpoint, or what stands before its options. */
    private static Optional<String> matching(Map<String, String> patterns, String uri) {
        String whole = plain(uri);
        int query = whole.indexOf('?');
        String path = query < 0 ? whole : whole.substring(0, query);
        return patterns.keySet().stream()
                .filter(pattern -> PatternMatchUtils.simpleMatch(plain(pattern), whole)
                        || PatternMatchUtils.simpleMatch(plain(pattern), path))
                .findFirst();
    }

    private static String plain(String uri) {
        return uri.replaceFirst("://", ":");
    }

    /** What the request has an endpoint or a bean fail with. */
    static final class TrialFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        TrialFailure(String message) {
            super(message, null, false, false);
        }
    }
}
