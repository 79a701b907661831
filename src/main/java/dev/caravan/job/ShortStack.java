package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * A stack trace without the frames that say nothing about a handler: those of Camel, of Java and of the libraries below it. Of
 * each exception the first frames stay, whatever they are.
 */
final class ShortStack {
    /** Bytes of UTF-8. */
    static final int LONGEST = 2000;

    private static final int FIRST = 3;
    private static final int MOST = 12;
    private static final int CAUSES = 5;
    private static final int MESSAGE = 200;

    private static final String[] BELOW = {
        "org.apache.camel.",
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "groovy.lang.",
        "org.codehaus.groovy.",
        "org.apache.groovy.",
        "org.springframework.",
        "org.eclipse.jetty.",
        "com.rabbitmq.",
        "io.lettuce.",
        "io.netty.",
        "dev.caravan.component.",
        "dev.caravan.job."
    };

    private ShortStack() {}

    static String of(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable each = failure; each != null && seen.size() < CAUSES && seen.add(each); each = each.getCause()) {
            text.append(seen.size() == 1 ? "" : "Caused by: ")
                    .append(title(each))
                    .append('\n');
            append(text, each.getStackTrace());
        }
        return cut(text.toString());
    }

    /** Where a thread is. */
    static String of(StackTraceElement[] frames) {
        StringBuilder text = new StringBuilder();
        append(text, frames);
        return cut(text.toString());
    }

    private static String cut(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length <= LONGEST) {
            return text;
        }
        int end = LONGEST;
        while ((bytes[end] & 0xC0) == 0x80) { // not within a character
            end--;
        }
        return new String(bytes, 0, end, UTF_8) + "…";
    }

    private static String title(Throwable failure) {
        String message = failure.getMessage() == null ? "" : ": " + failure.getMessage();
        return failure.getClass().getName()
                + (message.length() > MESSAGE ? message.substring(0, MESSAGE) + "…" : message);
    }

    private static void append(StringBuilder text, StackTraceElement[] frames) {
        int shown = 0;
        int left = 0;
        for (int i = 0; i < frames.length; i++) {
            if (shown < MOST && (i < FIRST || !isBelow(frames[i].getClassName()))) {
                appendLeft(text, left);
                left = 0;
                text.append("  at ").append(frames[i]).append('\n');
                shown++;
            } else {
                left++;
            }
        }
        appendLeft(text, left);
    }

    private static void appendLeft(StringBuilder text, int frames) {
        if (frames > 0) {
            text.append("  … ").append(frames).append(" more\n");
        }
    }

    private static boolean isBelow(String name) {
        for (String prefix : BELOW) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
