package dev.caravan.job.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.JobAttempts;
import dev.caravan.job.JobType;
import dev.caravan.job.JobTypes;
import dev.caravan.job.LogLine;
import dev.caravan.job.Settings;
import dev.caravan.job.store.JobLog;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Which lines become those of a job. */
class HandlerLogTest {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerLogTest.class);

    private final JobLog log = mock();
    private final JobTypes types = mock();
    private HandlerLog appender;

    private void begin(Map<String, String> settings, String role) {
        when(types.of(anyString())).thenReturn(JobType.PLAIN);
        appender = new HandlerLog(log, types, Settings.with(settings), Set.of(role));
        appender.afterPropertiesSet();
    }

    private static void describe(String job) {
        MDC.put(JobAttempts.MDC_JOB, job);
        MDC.put(JobAttempts.MDC_TYPE, "hello");
        MDC.put(JobAttempts.MDC_ATTEMPT, "2");
    }

    @AfterEach
    void end() {
        MDC.clear();
        appender.destroy();
    }

    @Test
    void aLineOfAThreadThatRunsAJobIsOneOfTheJob() {
        begin(Map.of(), "worker");
        describe("job-1");
        LOG.warn("Hello {}", "Ada", new IllegalStateException("broken"));
        MDC.clear();
        LOG.warn("Of nobody");

        ArgumentCaptor<LogLine> line = ArgumentCaptor.captor();
        verify(log, times(1)).add(eq("job-1"), eq(Duration.ofHours(24)), line.capture());
        assertThat(line.getValue().level()).isEqualTo("WARN");
        assertThat(line.getValue().attempt()).isEqualTo(2);
        assertThat(line.getValue().text())
                .startsWith("Hello Ada\njava.lang.IllegalStateException: broken")
                .contains("HandlerLogTest");
    }

    @Test
    void whatTheNodeDoesNotLogTheJobDoesNotEither() {
        begin(Map.of(), "worker");
        describe("job-1");
        LOG.trace("too fine");
        verify(log, never()).add(any(), any(), any());
    }

    @Test
    void aJobThatLibrariesNameIsNoneOfOurs() {
        begin(Map.of(), "worker");
        MDC.put(JobAttempts.MDC_JOB, "nightly");
        LOG.warn("Step 1");
        describe("no id: {}");
        LOG.warn("Step 2");
        verify(log, never()).add(any(), any(), any());
    }

    @Test
    void itCanBeSwitchedOffAndIsForWorkersAlone() {
        begin(Map.of("log-lines", "0"), "worker");
        describe("job-1");
        LOG.warn("off");
        begin(Map.of(), "api");
        LOG.warn("not here");
        verify(log, never()).add(any(), any(), any());
    }

    @Test
    void nothingComesAfterItsEnd() {
        begin(Map.of(), "worker");
        appender.destroy();
        describe("job-1");
        LOG.warn("late");
        verify(log, never()).add(any(), any(), any());
    }
}
