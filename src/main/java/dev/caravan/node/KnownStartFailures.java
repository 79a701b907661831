package dev.caravan.node;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.springframework.boot.context.config.ConfigDataResourceNotFoundException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionFailedException;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** What the machine or the settings can do to a start: what happened, and what to do, in one sentence each. */
@Order(Ordered.HIGHEST_PRECEDENCE)
class KnownStartFailures implements FailureAnalyzer {
    @Override
    public FailureAnalysis analyze(Throwable failure) {
        FailureAnalysis refused = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String reason = reason(cause);
            if (reason != null) {
                return new FailureAnalysis(reason, null, cause);
            }
            if (refused == null && cause instanceof StartRefused) { // unless one of its causes says more
                refused = new FailureAnalysis(cause.getMessage(), null, cause);
            }
        }
        return refused;
    }

    private static String reason(Throwable cause) {
        if (cause instanceof PortInUseException port) {
            return "Port " + port.getPort() + " is in use. Stop what listens there, or choose another one:"
                    + " --server.port=" + (port.getPort() + 1);
        }
        if (cause instanceof BindException bind) {
            return bad(bind);
        }
        if (cause instanceof ConfigDataResourceNotFoundException missing) {
            return missing.getReferenceDescription()
                    + " (spring.config.import) is not there. Correct its name, or write" + " optional: before it.";
        }
        if (cause instanceof MarkedYAMLException yaml) {
            return "A settings file is not YAML: " + yaml.getProblem()
                    + (yaml.getProblemMark() == null
                            ? ""
                            : ", line " + (yaml.getProblemMark().getLine() + 1) + ", column "
                                    + (yaml.getProblemMark().getColumn() + 1));
        }
        if (cause instanceof IOException io) {
            return disk(io);
        }
        return null;
    }

    private static String bad(BindException bind) {
        ConfigurationProperty property = bind.getProperty();
        Throwable root = bind;
        ConversionFailedException conversion = null;
        while (root.getCause() != null) {
            root = root.getCause();
            if (root instanceof ConversionFailedException failed) {
                conversion = failed;
            }
        }
        if (property == null) {
            return root.getMessage();
        }
        String wanted = conversion == null
                ? root.getMessage()
                : "it must be " + kind(conversion.getTargetType().getType());
        return property.getName() + " is \"" + property.getValue() + "\" (" + property.getOrigin() + "): " + wanted;
    }

    private static String kind(Class<?> type) {
        return switch (type.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "double", "Double", "float", "Float" -> "a number";
            case "boolean", "Boolean" -> "true or false";
            case "Duration" -> "a duration such as 500ms, 5s or 1m";
            case "DataSize" -> "a size such as 64KB or 1MB";
            default -> "a " + type.getSimpleName().toLowerCase(Locale.ROOT);
        };
    }

    private static String disk(IOException e) {
        String message = String.valueOf(e.getMessage());
        String file = e instanceof FileSystemException files && files.getFile() != null ? files.getFile() : null;
        if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
            return "The disk is full" + (file == null ? "" : ": " + file + " cannot be written")
                    + ". Free some space, or name another directory: java -Djava.io.tmpdir=DIR -jar …";
        }
        if (e instanceof AccessDeniedException || message.contains("Permission denied")) {
            return "No permission for " + (file == null ? message.replace(" (Permission denied)", "") : file)
                    + ". Allow this user to read and write it, or name another one.";
        }
        if (message.contains("Read-only file system")) {
            return "The file system is read-only" + (file == null ? "" : ": " + file + " cannot be written")
                    + ". Name another directory: java -Djava.io.tmpdir=DIR -jar …";
        }
        return null;
    }
}
