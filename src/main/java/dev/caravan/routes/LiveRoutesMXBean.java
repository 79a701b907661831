package dev.caravan.routes;

import java.util.List;

/** The route files for JMX consoles. Operations fail with the reason as their message. */
public interface LiveRoutesMXBean {
    /** Where the files are; null if they are the ones in the jar. */
    String getDirectory();

    /** Whether {@link #check} and {@link #rollback} are allowed. */
    boolean isWritable();

    /** The accepted files, each with its revision. */
    List<String> getFiles();

    /** What was rejected in the directory as it is now. */
    List<String> getProblems();

    /** What a text would change; fails with the reason if it would be rejected. Changes nothing. */
    String check(String file, String text);

    /** Makes a kept revision of a file the current one, and returns what that changed. */
    String rollback(String file, String revision);
}
