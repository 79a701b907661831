package dev.caravan.routes.figures;

/**
 * A step at which exchanges failed.
 *
 * @param revision of the file
 * @param step the id that the file gives it, else its kind, such as {@code setBody}
 * @param line where it begins in this revision of the file; null if that is not known
 * @param text of this line; null like it
 */
public record FailurePlace(String route, String file, String revision, String step, Integer line, String text) {}
