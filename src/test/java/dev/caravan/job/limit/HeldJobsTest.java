package dev.caravan.job.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.recovery.JobHandlers;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.LimitSlots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Redis and the route are played. */
class HeldJobsTest {
    private static final String TYPE = "invoice";

    private final LimitSlots slots = mock();
    private final JobIndex index = mock();
    private final JobHashes hashes = mock();
    private final JobTypes types = mock();
    private final PausedTypes paused = mock();
    private final ReleaseTrigger trigger = mock();
    private final HeldJobs jobs = new HeldJobs(
            slots,
            index,
            hashes,
            types,
            mock(JobHandlers.class),
            paused,
            trigger,
            Settings.with(Map.of("due-period", "1h")));

    @BeforeEach
    void holdJobs() {
        when(types.handles(TYPE)).thenReturn(true);
        when(paused.limits(TYPE)).thenReturn(TypeLimits.NONE);
        when(index.typesIn(JobState.HELD)).thenReturn(Map.of(TYPE, 2500L));
        when(hashes.fitting(any())).thenAnswer(call -> call.getArgument(0));
        when(hashes.all(any())).thenAnswer(call -> call.<Collection<String>>getArgument(0).stream()
                .map(id -> Map.of("type", TYPE, "state", id.equals("gone") ? "CANCELLED" : "HELD"))
                .toList());
    }

    /** A million of them would wait for minutes for the next calls of the timer. */
    @Test
    void allJobsOfATypeThatWasResumedGoOnAtOnce() {
        List<String> ids = IntStream.range(0, 2500).mapToObj(Integer::toString).toList();
        when(slots.grant(eq(TYPE), any(), anyInt()))
                .thenReturn(reply(ids.subList(0, 1000)))
                .thenReturn(reply(ids.subList(1000, 2000)))
                .thenReturn(reply(ids.subList(2000, 2500)));

        jobs.find();

        List<String> released = new ArrayList<>();
        for (List<Job> next = jobs.next(); !next.isEmpty(); next = jobs.next()) {
            assertThat(next).hasSizeLessThanOrEqualTo(1000);
            next.forEach(job -> released.add(job.id()));
        }
        assertThat(released).isEqualTo(ids);
        verify(slots, times(3)).grant(eq(TYPE), any(), anyInt());
    }

    @Test
    void turnsThatComeWhileTheRouteRunsGoTogether() {
        CompletableFuture<Boolean> run = new CompletableFuture<>();
        when(trigger.run()).thenReturn(run).thenReturn(new CompletableFuture<>());

        for (int i = 0; i < 10; i++) {
            jobs.release(TYPE, List.of(Integer.toString(i)));
        }

        verify(trigger, times(2)).run();
        assertThat(jobs.next()).hasSize(10);
        jobs.release(TYPE, List.of("late"));
        verify(trigger, times(2)).run();
        run.complete(true);
        verify(trigger, times(3)).run();
        assertThat(jobs.next()).extracting(Job::id).containsExactly("late");
    }

    @Test
    void aRouteThatHasFailedIsLeftToTheTimer() {
        when(trigger.run()).thenReturn(CompletableFuture.completedFuture(false));

        jobs.release(TYPE, List.of("1"));

        verify(trigger).run();
        jobs.release(TYPE, List.of("2"));
        verify(trigger, times(2)).run();
    }

    @Test
    void theTurnOfAJobThatWasCancelledGoesToTheNext() {
        when(trigger.run()).thenReturn(new CompletableFuture<>());
        when(slots.drop(eq(TYPE), any(), any())).thenReturn(reply(List.of("next")));

        jobs.release(TYPE, List.of("gone", "1"));

        assertThat(jobs.next()).extracting(Job::id).containsExactly("1");
        verify(slots).drop(TYPE, TypeLimits.NONE, List.of("gone"));
        assertThat(jobs.next()).extracting(Job::id).containsExactly("next");
    }

    private static CompletableFuture<List<String>> reply(List<String> ids) {
        return CompletableFuture.completedFuture(ids);
    }
}
