package dev.caravan.routes.recording;

/**
 * A route as it ran.
 *
 * @param file in which it stands; null if it is in none
 * @param revision of the route; null if it is in no file
 * @param line where it begins in the file; null if it is in none
 * @param text from this line on; null if it is in no file
 */
public record RecordedRoute(String id, String file, String revision, Integer line, String text) {}
