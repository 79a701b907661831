package dev.caravan.routes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.TestRedis;
import dev.caravan.routes.figures.FailurePlace;
import dev.caravan.routes.figures.LastError;
import dev.caravan.routes.figures.RevisionFigures;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Figures of routes in Redis. */
@Timeout(60)
class FiguresStoreTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final FiguresStore store = new FiguresStore(REDIS.template());

    private static List<RevisionFigures> figures(long total) {
        LastError error = new LastError(
                Instant.ofEpochSecond(5),
                "java.lang.IllegalStateException: \"it\"",
                new FailurePlace("job-a", "jobs/a.camel.yaml", "3f2a9c01b7de", "setBody", 7, "- setBody:"));
        return List.of(
                new RevisionFigures("b", Instant.ofEpochSecond(9), null, total, 1, 10L, 20L, error),
                new RevisionFigures("a", Instant.ofEpochSecond(1), Instant.ofEpochSecond(9), 0, 0, null, null, null));
    }

    @Test
    void nodesSeeWhatOthersTold() {
        assertThat(store.others("job-a", "1")).isEmpty();
        assertThat(store.tell("1", "one", Map.of("job-a", figures(1), "job-b", figures(2))))
                .isFalse();
        assertThat(store.tell("2", "two", Map.of("job-a", figures(3)))).isFalse();

        assertThat(store.others("job-a", "1")).containsExactly(new NodeFigures("two", figures(3)));
        assertThat(store.others("job-a", "2")).containsExactly(new NodeFigures("one", figures(1)));
        assertThat(store.others("job-b", "2")).containsExactly(new NodeFigures("one", figures(2)));
        assertThat(store.others("job-b", "1")).isEmpty();

        assertThat(store.tell("2", "two", Map.of("job-a", figures(4)))).isTrue();
        assertThat(store.others("job-a", "1")).containsExactly(new NodeFigures("two", figures(4)));
        assertThat(store.tell("2", "two", Map.of("job-a", List.of()))).isTrue();
        assertThat(store.others("job-a", "1")).isEmpty();
    }

    @Test
    void whatIsNotToldAgainExpires() {
        store.tell("1", "one", Map.of("job-a", figures(1)));
        assertThat(store.tell("1", "one", Map.of())).isTrue();
        for (String key : List.of(FiguresStore.NODES, FiguresStore.NODES + ":1")) {
            assertThat(REDIS.template().getExpire(key)).as(key).isBetween(1L, 60L);
        }
        REDIS.template().delete(FiguresStore.NODES + ":1");
        assertThat(store.others("job-a", "2")).isEmpty();
        assertThat(store.tell("1", "one", Map.of())).as("to be told again").isFalse();
    }

    @Test
    void thousandsOfRoutesAreTold() {
        Map<String, List<RevisionFigures>> many = new TreeMap<>();
        for (int i = 0; i < 5000; i++) {
            many.put("job-" + i, figures(i));
        }
        store.tell("1", "one", many);
        assertThat(store.others("job-4999", "2")).containsExactly(new NodeFigures("one", figures(4999)));
    }
}
