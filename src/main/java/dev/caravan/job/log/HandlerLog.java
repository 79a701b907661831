package dev.caravan.job.log;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.caravan.job.Job;
import dev.caravan.job.JobAttempts;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobTypes;
import dev.caravan.job.LogLine;
import dev.caravan.job.store.JobLog;
import java.time.Duration;
import java.util.Set;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Gives what is logged while a handler runs to the log of its job: an appender beside those that are configured, so that it gets
 * what they get. A line belongs to the job that the MDC of its thread names ({@link JobAttempts#describe}). Thread-safe.
 */
@Component
class HandlerLog extends UnsynchronizedAppenderBase<ILoggingEvent> implements InitializingBean, DisposableBean {
    private static final String NAME = "caravan-job-log";

    private final JobLog log;
    private final JobTypes types;
    private final Duration retention;
    private final boolean wanted;

    HandlerLog(JobLog log, JobTypes types, JobSettings settings, @Value("${caravan.roles}") Set<String> roles) {
        this.log = log;
        this.types = types;
        this.retention = settings.retention();
        this.wanted = settings.logLines() > 0 && roles.contains("worker");
        setName(NAME);
    }

    @Override
    public void afterPropertiesSet() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (wanted && factory instanceof LoggerContext logback) {
            setContext(logback);
            start();
            root().addAppender(this);
        }
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Override
    protected void append(ILoggingEvent event) {
        String job = MDC.get(JobAttempts.MDC_JOB);
        String type = job == null ? null : MDC.get(JobAttempts.MDC_TYPE);
        if (type == null || !Job.isId(job)) {
            return;
        }
        Duration ofType = types.of(type).retention();
        IThrowableProxy thrown = event.getThrowableProxy();
        String text = event.getFormattedMessage();
        log.add(
                job,
                ofType == null ? retention : ofType,
                new LogLine(
                        event.getTimeStamp(),
                        event.getLevel().toString(),
                        (int) Job.number(MDC.get(JobAttempts.MDC_ATTEMPT)),
                        thrown == null ? text : text + "\n" + ThrowableProxyUtil.asString(thrown)));
    }

    @Override
    public void destroy() {
        if (isStarted()) {
            root().detachAppender(this);
            stop();
        }
    }
}
