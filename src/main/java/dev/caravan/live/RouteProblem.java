package dev.caravan.live;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What is wrong with a route file, in words for the one who edits it.
 *
 * @param file its name, relative to the routes directory, with {@code /}
 * @param line from 1; null if it concerns the whole file
 * @param column from 1; null if not known
 * @param route id of the route; null if it concerns none, or if that is not known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RouteProblem(String file, Integer line, Integer column, String route, String reason) {
    static RouteProblem of(String file, String reason) {
        return new RouteProblem(file, null, null, null, reason);
    }

    @Override
    public String toString() {
        return file + (line == null ? "" : ":" + line + (column == null ? "" : ":" + column))
                + (route == null ? "" : " (route " + route + ")") + ": " + reason;
    }
}
