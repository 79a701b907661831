package dev.caravan.routes.files;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What is wrong with a route file, for its author.
 *
 * @param file its name, relative to the routes directory, with {@code /}
 * @param line from 1; null if it concerns the whole file
 * @param column from 1; null if not known
 * @param route id of the route; null if it concerns none, or if that is not known
 * @param excerpt the line itself, cut after {@value #LONGEST} characters; null without a line
 * @param suggestion the known name that is nearest to an unknown one; null if there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RouteProblem(
        String file, Integer line, Integer column, String route, String reason, String excerpt, String suggestion) {
    private static final int LONGEST = 200;

    public RouteProblem(String file, Integer line, Integer column, String route, String reason) {
        this(file, line, column, route, reason, null, null);
    }

    public static RouteProblem of(String file, String reason) {
        return new RouteProblem(file, null, null, null, reason);
    }

    /** The same with its line out of the text of the file. */
    public RouteProblem excerptFrom(String text) {
        if (line == null) {
            return this;
        }
        return new RouteProblem(file, line, column, route, reason, excerpt(text, line), suggestion);
    }

    /** A line of a text, printable. */
    public static String excerpt(String text, int line) {
        String whole = text.lines().skip(line - 1L).findFirst().orElse("");
        String cut = whole.substring(0, Math.min(whole.length(), LONGEST)).stripTrailing();
        return cut.replace('\t', ' ').replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }

    /** The same, as found by a node of this name. */
    public RouteProblem on(String node) {
        return new RouteProblem(file, line, column, route, reason + " (on " + node + ")", excerpt, suggestion);
    }

    /** Where and why, as compilers write it. */
    @Override
    public String toString() {
        return file + (line == null ? "" : ":" + line + (column == null ? "" : ":" + column))
                + (route == null || column != null ? "" : " (route " + route + ")") + ": " + reason
                + (suggestion == null ? "" : ", did you mean \"" + suggestion + "\"?");
    }

    /** The same as a sentence, to which others can be added. */
    public String sentence() {
        String text = toString();
        return text.endsWith("?") || text.endsWith(".") ? text : text + ".";
    }
}
