package dev.caravan.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chaos.Effects.Disturbance;
import dev.caravan.chaos.Effects.Run;
import dev.caravan.chaos.Effects.Span;
import dev.caravan.chaos.Figures.Submission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The accounts find what they are there for. */
class FiguresTest {
    private final List<Submission> submissions = new ArrayList<>();
    private final List<Disturbance> disturbances = new ArrayList<>();

    @Test
    void runsAtTheSameTimeAreCountedWhereTheyBegin() {
        List<Run> runs = Effects.runs(
                List.of(
                        "begin j 1 a p",
                        "begin k 1 a p",
                        "end j 1 a p",
                        "begin l 1 b p",
                        "begin m 1 b p",
                        "end k 1 a p",
                        "end l 1 b p",
                        "begin n 1 b p",
                        "end n 1 b p"),
                10);

        assertThat(Effects.atOnce(runs, List.of(), false)).isEqualTo(3);
        assertThat(Effects.atOnce(runs, List.of(new Span(10, 11)), true)).isEqualTo(2);
        assertThat(Effects.atOnce(runs, List.of(new Span(10, 14)), false)).isEqualTo(1);
    }

    @Test
    void aJobThatEndedOnceIsGood() {
        accepted("j", "p");

        assertThat(account(Set.of("j"), "begin j 1 a p", "end j 1 a p").isGood())
                .isTrue();
    }

    @Test
    void anAcceptedJobWithoutAnEndOrWithoutAnEffectIsLost() {
        accepted("j", "p");

        assertThat(account(Set.of(), "begin j 1 a p", "end j 1 a p").count(Figures.LOST))
                .isOne();
        assertThat(account(Set.of("j"), "begin j 1 a p").count(Figures.LOST)).isOne();
    }

    @Test
    void aRejectedJobThatBeginsIsFoundAndOneWithoutAResponseMayRun() {
        submission("p", null).rejected();
        submission("q", null).unknown();

        Figures figures = account(Set.of(), "begin j 1 a p", "begin k 1 a q", "end k 1 a q");

        assertThat(figures.broken().get(Figures.RAN)).singleElement().asString().contains("job=j");
        assertThat(figures.counts()).containsEntry("unknown", 1L);
    }

    @Test
    void twoWholeRunsAreADoubleAndACrashInBetweenIsTold() {
        accepted("j", "p");
        String[] twice = {"begin j 1 a p", "end j 1 a p", "begin j 2 b p", "end j 2 b p"};

        assertThat(account(Set.of("j"), twice).count(Figures.DOUBLED)).isOne();
        disturbances.add(new Disturbance("b", 0, Long.MAX_VALUE));
        assertThat(account(Set.of("j"), twice).count(Figures.DOUBLED))
                .as("another node")
                .isOne();
        disturbances.add(new Disturbance("a", 4, Long.MAX_VALUE));
        assertThat(account(Set.of("j"), twice).count(Figures.DOUBLED))
                .as("too late")
                .isOne();
        disturbances.add(new Disturbance("a", 2, Long.MAX_VALUE));
        Figures crashed = account(Set.of("j"), twice);
        assertThat(crashed.isGood()).isTrue();
        assertThat(crashed.counts()).containsEntry("doubled after a crash", 1L);
    }

    @Test
    void aRunThatWasCutOffIsNoDouble() {
        accepted("j", "p");

        assertThat(account(Set.of("j"), "begin j 1 a p", "begin j 2 b p", "end j 2 b p")
                        .isGood())
                .isTrue();
    }

    @Test
    void aKeyHasOneJobAndItsPayload() {
        Submission first = submission("p", "key");
        first.rejected();
        Submission second = submission("q", "key");
        second.accepted("j");
        second.accepted("k");

        Figures figures = account(Set.of("j", "k"), "begin j 1 a p", "end j 1 a p", "begin k 1 a q", "end k 1 a q");

        assertThat(figures.count(Figures.KEYS))
                .as("j has another payload, and there are two jobs")
                .isEqualTo(2);
        assertThat(figures.count(Figures.RAN)).isOne();
    }

    private Submission submission(String payload, String key) {
        submissions.add(new Submission(payload, key));
        return submissions.get(submissions.size() - 1);
    }

    private void accepted(String job, String payload) {
        submission(payload, null).accepted(job);
    }

    private Figures account(Set<String> finished, String... notes) {
        return Figures.of(submissions, Effects.runs(List.of(notes), 0), disturbances, finished, 0, List.of());
    }
}
