package dev.caravan.routes.trial;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.trial.TrialResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs the tests that lie beside a route file, each as a trial. Thread-safe. */
public final class RouteTests {
    private static final int LONGEST = 500;
    /** A number is what it is worth: 8 and 8.0 are equal. */
    private static final Comparator<JsonNode> BY_VALUE = (one, other) -> one.isNumber() && other.isNumber()
            ? one.decimalValue().compareTo(other.decimalValue())
            : one.equals(other) ? 0 : 1;

    private final JsonMapper json = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private final Trials trials;
    private final long maxSize;

    /** @param maxSize of a file with tests, in bytes */
    public RouteTests(Trials trials, long maxSize) {
        this.trials = trials;
        this.maxSize = maxSize;
    }

    /** @throws RoutesRejected if the tests cannot be read */
    public void read(String name, byte[] tests) throws RoutesRejected {
        RouteTestReader.read(name, tests, maxSize);
    }

    /**
     * @param file that a save would accept
     * @param name of the file with the tests
     * @param timeout after which no case begins: those that are left are red
     * @throws RoutesRejected if the tests cannot be read
     */
    public List<RouteTestResult> run(RouteFile file, String name, byte[] tests, Duration timeout)
            throws RoutesRejected, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        List<RouteTestResult> results = new ArrayList<>();
        for (RouteTest test : RouteTestReader.read(name, tests, maxSize)) {
            if (System.nanoTime() - end > 0) {
                String late = "was not run: the tests before took " + timeout.toMillis() + " ms";
                results.add(new RouteTestResult(name, test.line(), test.name(), late, 0, List.of()));
                continue;
            }
            TrialResult result = trials.await(file, test.request());
            results.add(new RouteTestResult(
                    name, test.line(), test.name(), failure(test, result), result.micros(), result.notTried()));
        }
        return results;
    }

    private String failure(RouteTest test, TrialResult result) {
        if (result.outcome() != Outcome.ENDED) {
            boolean isWanted = result.outcome() == Outcome.FAILED
                    && test.error() != null
                    && result.error().contains(test.error());
            return isWanted ? null : "failed with \"" + shown(result.error()) + "\"" + wantedError(test);
        }
        if (test.error() != null) {
            return "left " + shown(result.body()) + wantedError(test);
        }
        return test.result() == null || isSame(test.result(), String.valueOf(result.body()))
                ? null
                : "left " + shown(result.body()) + ", not " + shown(test.result());
    }

    private static String wantedError(RouteTest test) {
        return test.error() == null ? "" : ", not with an error that contains \"" + shown(test.error()) + "\"";
    }

    /** As JSON if both are, else as text. */
    private boolean isSame(String wanted, String found) {
        if (wanted.equals(found)) {
            return true;
        }
        try {
            return json.readTree(wanted).equals(BY_VALUE, json.readTree(found));
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static String shown(String text) {
        return text == null || text.length() <= LONGEST ? String.valueOf(text) : text.substring(0, LONGEST) + "...";
    }
}
