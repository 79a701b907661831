package dev.caravan.job;

import dev.caravan.component.StepId;
import org.apache.camel.NamedNode;
import org.apache.camel.util.URISupport;

/**
 * The step of a handler at which an attempt failed.
 *
 * @param name its id if the file gives it one, else what it is and what it does; the same however the rest of the file changes
 * @param place its file and line, {@code jobs/totals.camel.yaml:14}; null if the handler is in no file
 */
record FailedStep(String name, String place) {
    private static final int LONGEST = 100;
    /** What the names of route files follow in the location that Camel knows. */
    private static final String FILES = "routes/";

    static FailedStep of(NamedNode step) {
        return new FailedStep(name(step), place(step));
    }

    private static String name(NamedNode step) {
        String own = StepId.own(step);
        String name = own == null ? described(step) : own;
        String line = name.strip().replaceAll("\\s+", " ");
        return line.length() > LONGEST ? line.substring(0, LONGEST) : line;
    }

    /** {@code setBody[jq{.amount}]}, {@code to[direct:other]}, {@code stop}. */
    private static String described(NamedNode step) {
        String kind = step.getShortName();
        String label = step.getLabel();
        if (label == null || label.isEmpty() || label.equals(kind + "[]")) {
            return kind;
        }
        // Who reads jobs need not know the passwords in the URI of a route.
        return URISupport.sanitizeUri(label.startsWith(kind) ? label : kind + '[' + label + ']');
    }

    private static String place(NamedNode step) {
        String location = step.getLocation();
        int file = location == null ? -1 : location.indexOf(FILES);
        return file < 0 || step.getLineNumber() <= 0
                ? null
                : location.substring(file + FILES.length()) + ':' + step.getLineNumber();
    }
}
