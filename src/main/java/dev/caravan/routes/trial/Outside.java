package dev.caravan.routes.trial;

import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.util.URISupport;
import org.springframework.util.PatternMatchUtils;

/** Answers for all that a trial does not reach, by the patterns of its request, and else by a recording. Thread-safe. */
final class Outside {
    private final TrialRequest request;
    private final Recording recording;
    private final RecordedAnswers answers;

    Outside(TrialRequest request, Recording recording) {
        this.request = request;
        this.recording = recording;
        this.answers = new RecordedAnswers(request.answers());
    }

    /** A message that would leave. The body becomes the answer, if there is one. */
    void send(Exchange exchange, String uri) {
        String target = URISupport.sanitizeUri(uri);
        Optional<TrialAnswer> answer = answer(exchange, target, uri);
        if (answer.isEmpty() && isBeanOrLanguage(uri)) {
            recording.notTried(target);
        }
        answer.ifPresent(given -> {
            if (given.error() == null) {
                exchange.getMessage().setBody(given.body());
            } else {
                exchange.setException(new TrialFailure(given.error()));
            }
        });
    }

    /** What would be called for its value. */
    Object evaluate(Exchange exchange, String target) {
        Optional<TrialAnswer> answer = answer(exchange, target, target);
        if (answer.isEmpty()) {
            recording.notTried(target);
        }
        return answer.map(Outside::body).orElse(null);
    }

    /** A message that would be fetched; empty if nothing answers. */
    Optional<String> poll(String uri) {
        return answer(null, URISupport.sanitizeUri(uri), uri).map(Outside::body);
    }

    private static String body(TrialAnswer answer) {
        if (answer.error() != null) {
            throw new TrialFailure(answer.error());
        }
        return answer.body();
    }

    /** Notes the call. @param exchange null if it asks for a message */
    private Optional<TrialAnswer> answer(Exchange exchange, String target, String uri) {
        Optional<String> failing = matching(request.failures(), uri);
        Optional<String> pattern = failing.or(() -> matching(request.stubs(), uri));
        Optional<TrialAnswer> answer = pattern.map(found -> new TrialAnswer(
                        target,
                        request.stubs().get(found),
                        failing.map(request.failures()::get).orElse(null)))
                .or(() -> answers.next(target));
        recording.call(
                exchange,
                target,
                pattern.or(() -> answer.map(recorded -> TrialCall.RECORDING)).orElse(null));
        return answer;
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
