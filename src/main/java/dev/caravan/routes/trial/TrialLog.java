package dev.caravan.routes.trial;

import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Puts what the steps of a trial log into its recording, whatever the level, and not into the log of the node. */
final class TrialLog extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient Recording recording;

    TrialLog(Recording recording) {
        this.recording = recording;
        this.name = "trial";
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String message, Object[] arguments, Throwable failure) {
        String text = MessageFormatter.basicArrayFormat(message, arguments);
        recording.log(level + " " + text);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null; // nobody asks where it is logged
    }

    @Override
    public boolean isTraceEnabled() {
        return true;
    }

    @Override
    public boolean isDebugEnabled() {
        return true;
    }

    @Override
    public boolean isInfoEnabled() {
        return true;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }
}
