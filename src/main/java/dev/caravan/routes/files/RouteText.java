package dev.caravan.routes.files;

/**
 * A route as it stands in a file.
 *
 * @param line where it begins, from 1
 * @param revision names its content, comments and layout aside: two texts that mean the same have the same one
 */
public record RouteText(String id, int line, String revision) {}
