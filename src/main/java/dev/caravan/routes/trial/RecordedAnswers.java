package dev.caravan.routes.trial;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.util.URISupport;

/** What calls left in a recording: each is given once, in their order; the last one of a target again and again. Thread-safe. */
final class RecordedAnswers {
    private final List<TrialAnswer> left;

    RecordedAnswers(List<TrialAnswer> answers) {
        this.left = new ArrayList<>(answers.stream()
                .map(answer -> new TrialAnswer(normal(answer.target()), answer.body(), answer.error()))
                .toList());
    }

    synchronized Optional<TrialAnswer> next(String target) {
        String asked = normal(target);
        List<TrialAnswer> fitting =
                left.stream().filter(answer -> asked.equals(answer.target())).toList();
        if (fitting.size() > 1) {
            left.remove(fitting.get(0));
        }
        return fitting.stream().findFirst();
    }

    /** A component knows its endpoints by other texts than those of the file: options in another order, and encoded. */
    private static String normal(String target) {
        try {
            return URLDecoder.decode(URISupport.normalizeUri(target), UTF_8);
        } catch (URISyntaxException | RuntimeException e) {
            return target;
        }
    }
}
